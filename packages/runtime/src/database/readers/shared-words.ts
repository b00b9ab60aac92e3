/**
 * The words of shared memory by which a database and its readers in other threads know of each other without a message.
 *
 *   of the database   head of its log in bytes, seq of the last settled transaction, whether it is open
 *   of each reader    how far it has read the log, whether it waits to be told of news, whether it was let go of
 *
 * Every word is read and written atomically: what was written before a word was stored is seen by who has loaded it.
 */
import { DatabaseError } from '@nuthatch/model';

const OWNER = { head: 0, seq: 1, isClosed: 2 } as const;

/** @throws DatabaseError `SHARED_MEMORY_MISSING`. */
export function requireSharedMemory(): void {
  if (typeof SharedArrayBuffer === 'function' && typeof Atomics === 'object') return;
  throw new DatabaseError('SHARED_MEMORY_MISSING', 'there is no SharedArrayBuffer here: readers share memory by it');
}

/** Written by the database, read by all its readers. */
export class OwnerWords {
  readonly memory: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Object.keys(OWNER).length * 8)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
  }

  /** Length of the log: all bytes before it are written. */
  get head(): number {
    return Number(Atomics.load(this.#words, OWNER.head));
  }

  set head(bytes: number) {
    Atomics.store(this.#words, OWNER.head, BigInt(bytes));
  }

  /** Of the last transaction in the log, or the one before its beginning. */
  get seq(): bigint {
    return Atomics.load(this.#words, OWNER.seq);
  }

  set seq(seq: bigint) {
    Atomics.store(this.#words, OWNER.seq, seq);
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, OWNER.isClosed) !== 0n;
  }

  close(): void {
    Atomics.store(this.#words, OWNER.isClosed, 1n);
  }
}

/** Written by one reader, and read by the database, which alone lets go of it. */
export class ReaderWords {
  readonly memory: SharedArrayBuffer;
  readonly #position: BigInt64Array;
  /** Waits for news; was let go of. */
  readonly #flags: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.memory = memory;
    this.#position = new BigInt64Array(memory, 0, 1);
    this.#flags = new Int32Array(memory, 8, 2);
  }

  /** Where in the log the reader goes on: all before it may be forgotten. */
  get position(): number {
    return Number(Atomics.load(this.#position, 0));
  }

  set position(bytes: number) {
    Atomics.store(this.#position, 0, BigInt(bytes));
  }

  /** From now on the database says once that there is more. */
  waitForNews(): void {
    Atomics.store(this.#flags, 0, 1);
  }

  /** Whether the reader waited; it does no longer. The first who asks is told. */
  takeWaiting(): boolean {
    return Atomics.load(this.#flags, 0) === 1 && Atomics.exchange(this.#flags, 0, 0) === 1;
  }

  /** The log is kept for it no longer: it needs another image. */
  get isLetGo(): boolean {
    return Atomics.load(this.#flags, 1) === 1;
  }

  set isLetGo(isLetGo: boolean) {
    Atomics.store(this.#flags, 1, isLetGo ? 1 : 0);
  }
}
