/** Objects whose values are found out when they are read, and are printed all the same. */

/** What `console.log` and `util.inspect` ask an object for. The same symbol in every realm and bundle. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The object itself, printed with the values of its getters, where Node would show `[Getter]`. */
export function withShownGetters<T extends object>(object: T): T {
  return Object.defineProperty(object, INSPECT, { value: (): object => ({ ...object }) });
}
