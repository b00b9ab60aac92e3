/** One open file of the machine: positioned reads and writes, and syncs. */
import * as fs from 'node:fs';
import type { FileHandle } from './file-system.js';
import { call } from './node-call.js';

const { O_DSYNC, O_RDWR } = fs.constants;

export class NodeFileHandle implements FileHandle {
  readonly #descriptor: number;
  /** Another descriptor of the file, each of whose writes is durable; opened when first asked for. */
  #durableDescriptor: number | undefined;
  #hasDurableDescriptor: boolean;
  /** Which file it is; looked up when first asked. */
  #own: fs.BigIntStats | undefined;

  constructor(descriptor: number, isWritable: boolean) {
    this.#descriptor = descriptor;
    // A file opened for reading could be opened again for writing.
    this.#hasDurableDescriptor = isWritable && process.platform === 'linux';
  }

  write(data: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#descriptor, data, position);
  }

  writeDurably(data: Uint8Array, position: number): Promise<void> {
    if (this.#durableDescriptor !== undefined) return writeAll(this.#durableDescriptor, data, position);
    return this.#writeDurablyFirst(data, position);
  }

  async #writeDurablyFirst(data: Uint8Array, position: number): Promise<void> {
    if (this.#hasDurableDescriptor) await this.#openDurably();
    if (this.#durableDescriptor !== undefined) return writeAll(this.#durableDescriptor, data, position);
    await this.write(data, position);
    await this.sync();
  }

  /** One trip to the thread pool instead of two. By way of the open file itself: its name may mean another one by now. */
  async #openDurably(): Promise<void> {
    const self = `/proc/self/fd/${this.#descriptor}`;
    try {
      this.#durableDescriptor = await call<number>((done) => fs.open(self, O_RDWR | O_DSYNC, done));
    } catch {
      // No /proc here: two calls do the same.
      this.#hasDurableDescriptor = false;
    }
  }

  writeSync(data: Uint8Array, position: number): void {
    let done = 0;
    while (done < data.length) {
      const byteCount = fs.writeSync(this.#descriptor, data, done, data.length - done, position + done);
      if (byteCount === 0) throw noProgress();
      done += byteCount;
    }
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return call<number>((done) => fs.read(this.#descriptor, into, 0, into.length, position, done));
  }

  readSync(into: Uint8Array, position: number): number {
    return fs.readSync(this.#descriptor, into, 0, into.length, position);
  }

  sync(): Promise<void> {
    return call<void>((done) => fs.fdatasync(this.#descriptor, done));
  }

  truncate(byteCount: number): Promise<void> {
    return call<void>((done) => fs.ftruncate(this.#descriptor, byteCount, done));
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#descriptor, done))).size;
  }

  hasName(path: string): boolean {
    this.#own ??= fs.fstatSync(this.#descriptor, { bigint: true });
    const { ino, dev } = this.#own;
    const there = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    // File systems without inodes tell nothing.
    return there !== undefined && (ino === 0n || (there.ino === ino && there.dev === dev));
  }

  async close(): Promise<void> {
    const durable = this.#durableDescriptor;
    this.#durableDescriptor = undefined;
    this.#hasDurableDescriptor = false;
    try {
      if (durable !== undefined) await call<void>((done) => fs.close(durable, done));
    } finally {
      await call<void>((done) => fs.close(this.#descriptor, done));
    }
  }
}

function writeAll(descriptor: number, data: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => writeRest(descriptor, data, 0, position, resolve, reject));
}

/** A full disk shows as a short count first and as ENOSPC when the rest is tried. */
function writeRest(
  descriptor: number,
  data: Uint8Array,
  done: number,
  position: number,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  fs.write(descriptor, data, done, data.length - done, position + done, (error, byteCount) => {
    if (error) return reject(error);
    const doneNow = done + byteCount;
    if (doneNow >= data.length) return resolve();
    if (byteCount === 0) return reject(noProgress());
    writeRest(descriptor, data, doneNow, position, resolve, reject);
  });
}

function noProgress(): NodeJS.ErrnoException {
  return Object.assign(new Error('ENOSPC: a write wrote nothing'), { code: 'ENOSPC', syscall: 'write' });
}
