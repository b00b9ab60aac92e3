/** Calls a function of the application beside the work at hand: what it throws, or its promise rejects with, ends nothing. */
export function callListener<T>(call: (value: T) => unknown, value: T, onError: (error: unknown) => void): void {
  try {
    letPromiseBe(call(value), onError);
  } catch (error) {
    onError(error);
  }
}

/** Where nobody waits for a promise, its rejection would end the process. @returns whether it is one. */
export function letPromiseBe(answer: unknown, onError: (error: unknown) => void): boolean {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return false;
  Promise.resolve(answer).catch(onError);
  return true;
}
