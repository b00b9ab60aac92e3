/**
 * What all copies of this package in a process have made. Two copies, of two versions or in two folders, do not know each
 * other's databases and classes; a refusal that says so saves an hour.
 */

const KEY = Symbol.for('@nuthatch/runtime: made by all copies');

/** One for the process, whichever copy is loaded first. */
function madeByAll(): WeakSet<object> {
  const holder = globalThis as { [KEY]?: WeakSet<object> };
  holder[KEY] ??= new WeakSet();
  return holder[KEY];
}

/** Notes a database that was opened, or a class whose generated code was loaded. O(1). */
export function noteMade(made: object): void {
  madeByAll().add(made);
}

/** For the end of a refusal of what this copy does not know; empty unless another copy does. O(1). */
export function otherCopyHint(value: unknown): string {
  const isKnown =
    ((typeof value === 'object' && value !== null) || typeof value === 'function') && madeByAll().has(value);
  return isKnown
    ? '; it is of another copy of @nuthatch/runtime: `npm ls @nuthatch/runtime` shows where there are two'
    : '';
}
