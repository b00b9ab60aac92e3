/** The readers of a database in other threads. The host of them is made with the first port: most databases have none. */
import type { MessagePort } from 'node:worker_threads';
import type { DatabaseError } from '@nuthatch/model';
import { type HostingParts, hostOf } from './database-host.js';
import { NO_READERS, type ReaderHost, type ReaderHostStats } from './reader-host.js';
import { maxBehindBytesOf, type ReaderPortOptions } from './reader-port-options.js';

export class DatabaseReaders {
  readonly #parts: HostingParts;
  #host: ReaderHost | undefined;

  constructor(parts: HostingParts) {
    this.#parts = parts;
  }

  /** @throws DatabaseError `INVALID_OPTION`, `SHARED_MEMORY_MISSING`; what `requireOpen` throws. */
  newPort(options: ReaderPortOptions | undefined, requireOpen: () => void): MessagePort {
    const cold = [...this.#parts.collections.values()].find(({ isCold }) => isCold);
    const maxBehindBytes = maxBehindBytesOf(options, cold?.name);
    requireOpen();
    this.#host ??= hostOf(this.#parts);
    return this.#host.newPort(maxBehindBytes);
  }

  /** The database has failed. */
  fail(error: DatabaseError): void {
    this.#host?.fail(error);
  }

  close(): void {
    this.#host?.close();
  }

  stats(): ReaderHostStats {
    return this.#host?.stats() ?? NO_READERS;
  }
}
