/**
 * Calls a listener of the user: listeners, and those who watch progress.
 *
 * Such code may be async. A promise that rejects and that nobody looks at ends the process, so it is looked at here: what
 * a promise rejects with goes where what is thrown goes.
 */

/**
 * Calls a listener. An error that it throws, or that its promise rejects with, goes to `onError`, never to the caller.
 */
export function tell(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    catchRejection(call(), onError);
  } catch (error) {
    onError(error);
  }
}

/** Looks at what a listener answered: the rejection of a promise, of any kind, goes to `onError`. */
export function catchRejection(answer: unknown, onError: (error: unknown) => void): void {
  if (typeof answer !== 'object' || answer === null) return;
  if (typeof (answer as { readonly then?: unknown }).then !== 'function') return;
  // Promises of other libraries and realms are heard by this one.
  Promise.resolve(answer).then(undefined, onError);
}

/** A callback whose rejections become process warnings. An error that it throws still ends the work that it watches. */
export function withRejectionsCaught<A extends unknown[]>(callback: (...args: A) => unknown): (...args: A) => void {
  return (...args) => catchRejection(callback(...args), warnOfListener);
}

/** For what nobody else can be told of. */
export function warnOfListener(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning('a listener of a Nuthatch database threw', {
    type: 'NuthatchWarning',
    code: 'NUTHATCH_LISTENER',
    detail,
  });
}
