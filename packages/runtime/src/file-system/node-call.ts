/** Calls of `node:fs` as promises, and what their errors say. */

export function call<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

/** True for an error of Node with this `code`. */
export function isErrno(error: unknown, code: string): boolean {
  return errnoOf(error) === code;
}

/** The `code` of an error of Node, `ENOSPC`; undefined for what is none. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
