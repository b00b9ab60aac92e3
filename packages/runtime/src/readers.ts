/** Readers of a database in other threads: `openReader` for generated code, and its types. */

export { openReader, type ReaderOptions } from './database/readers/open-reader.js';
export type { OpenReader, Reader, ReadsOf, WriteName } from './database/readers/reader.js';
export type { ReaderState } from './database/readers/reader-progress.js';

/** The port of `db.readerPort()`: Node's. */
export type ReaderPort = import('node:worker_threads').MessagePort;
