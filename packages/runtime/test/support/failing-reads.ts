/** A file system whose synchronous reads, those of cold documents, fail when a test says so. */
import type { FileSystem } from '../../src/file-system/file-system.js';

export class FailingReads {
  /** Reads that succeed until one fails. */
  left = Number.POSITIVE_INFINITY;
  /** All reads fail from then on. */
  isPermanent = false;

  heal(): void {
    this.left = Number.POSITIVE_INFINITY;
  }

  of(inner: FileSystem): FileSystem {
    return new Proxy(inner, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'open') return typeof value === 'function' ? value.bind(target) : value;
        return async (path: string, mode: 'read') => {
          const handle = await target.open(path, mode);
          const readSync = handle.readSync!.bind(handle);
          handle.readSync = (into, position) => {
            this.#ask();
            return readSync(into, position);
          };
          return handle;
        };
      },
    });
  }

  #ask(): void {
    if (this.left-- > 0) return;
    if (!this.isPermanent) this.heal();
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  }
}
