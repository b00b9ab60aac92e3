/** A disk whose every call takes its time: a kill may come between any two of them, and other events do. */
import type { FileHandle, FileSystem } from '../../runtime/src/file-system/file-system.js';

/** Calls that block the loop, or answer at once. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(['writeSync', 'readSync', 'hasName', 'lock']);

/** @param delay waits before each call; one that never ends leaves the call undone, as a kill does. */
export function slowFiles(files: FileSystem, delay: () => Promise<void>): FileSystem {
  return slow(files, delay, (opened) => slow(opened as FileHandle, delay, (result) => result));
}

function slow<T extends object>(target: T, delay: () => Promise<void>, wrap: (result: unknown) => unknown): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = value.bind(target) as (...args: unknown[]) => unknown;
      if (AT_ONCE.has(name)) return call;
      return async (...args: unknown[]) => {
        await delay();
        const result = await call(...args);
        return name === 'open' ? wrap(result) : result;
      };
    },
  });
}
