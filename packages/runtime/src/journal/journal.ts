/**
 * The port between the commit path and a journal: the part of a journal that is ours. It numbers transactions, gathers
 * them into frames and settles them, that is, reports how far they have come; it never touches memory state. After
 * `failed` it accepts nothing more. What keeps the frames stands below it, behind a port of its own: frame-log.ts.
 *
 *   commit path ─▶ Journal ─┬─ FileJournal ──────▶ FrameLog        files of this process alone
 *                           ├─ NodeJournal ──────▶ JournalEngine   an engine that several nodes share; cluster package
 *                           └─ TransientJournal                    nothing
 */
import type { DatabaseError } from '@nuthatch/model';
import type { Durability } from './durability.js';
import type { Effect, JournaledTransaction } from './effect.js';

/** Reports of progress; seqs only grow. Called from the event loop, never from inside `append` of a FileJournal. */
export interface JournalListener {
  /** Every transaction up to `seq` is written to the operating system. */
  written(seq: number): void;
  /** Every transaction up to `seq` is on the disk. Implies `written`. */
  synced(seq: number): void;
  /** Transactions after the last `written` (or `synced`) seq are lost; the journal is closed and stays closed. */
  failed(error: DatabaseError): void;
}

/** What a journal that several nodes share reports besides. */
export interface SharedJournalListener extends JournalListener {
  /**
   * Other nodes wrote first: everything that is not settled is to be taken back, what they wrote applied, and the
   * rest run and appended again, in one turn. Only a shared journal says so; its `lastSeq` is that of the last settled
   * transaction then, and of the last one in `arrived` when what waits is appended again.
   *
   * @param between called when memory shows exactly what is settled.
   * @param hasLost what waits had been sent since the last time, and others came first.
   * @throws what arrived and cannot be applied: nothing that waited is in memory any more, and the journal must fail.
   */
  overtaken(arrived: readonly StoredTransaction[], between?: () => void, hasLost?: boolean): void;
  /** @param isOutcomeUnknown the first of what waited may be in the journal all the same: nobody could tell any more. */
  failed(error: DatabaseError, isOutcomeUnknown?: boolean): void;
}

export interface JournalStats {
  readonly pageCount: number;
  /** Bytes on disk over all live pages and snapshots. */
  readonly diskBytes: number;
  /** Bytes accepted by `append` and not yet written. */
  readonly pendingBytes: number;
  /** Number of the last transaction; 0 before the first. */
  readonly lastSeq: number;
  /** Every transaction up to here was given to the operating system. */
  readonly writtenSeq: number;
  /** Every transaction up to here is on the disk. */
  readonly syncedSeq: number;
  /** Frames written since the opening: group commits, and more where a batch was large. */
  readonly frameCount: number;
  /** Bytes of those frames. */
  readonly writtenBytes: number;
  /** Fsyncs since the opening that made a transaction durable. */
  readonly fsyncCount: number;
  /** Bytes of frames that an opening would replay, for they came after the snapshot. */
  readonly replayBytes: number;
  /** Epoch milliseconds of the oldest of those frames; undefined when there is none. */
  readonly replayFromMs: number | undefined;
  /** Seq that the newest snapshot on disk holds; 0: there is none. */
  readonly snapshotSeq: number;
  /** Bytes of that snapshot. */
  readonly snapshotBytes: number;
  /** Readers of changes can go on from this seq and from any later one. */
  readonly oldestSince: number;
}

/** A transaction read back. */
export interface StoredTransaction extends JournaledTransaction {
  readonly seq: number;
  readonly effects: readonly Effect[];
  /**
   * Side by side with `effects`: which of the transaction's puts and deletes each is, from 1 on, those of collections
   * that are left out counted too.
   */
  readonly writeCounts: readonly number[];
}

export interface Journal {
  /** Gives transactions their times, in epoch milliseconds. */
  readonly clock: { now(): number };
  /** Seq of the last accepted transaction; 0 before the first. */
  readonly lastSeq: number;
  /** The size limit of one transaction, in bytes; undefined: any amount. */
  readonly maxTransactionBytes?: number;
  /** Set once, before the first `append`. */
  listen(listener: JournalListener): void;
  /**
   * Encodes the transaction into the frame being gathered and gives it seq `lastSeq + 1`. Synchronous; no I/O happens
   * before it returns. A TransientJournal calls `listener.synced` from inside.
   *
   * @throws DatabaseError `TRANSACTION_TOO_LARGE`, `DATABASE_FAILED`, `DATABASE_CLOSED`; nothing was gathered then.
   */
  append(transaction: JournaledTransaction, durability: Durability): number;
  /** Every transaction after this seq is kept and can be read back; `lastSeq` when none is. */
  readonly oldestSince: number;
  /**
   * Reads the transactions after `afterSeq` up to `uptoSeq`, in order, while appending goes on. Collections that today's
   * code does not define are left out. I/O: what holds them.
   *
   * @param afterSeq not below `oldestSince`.
   * @param uptoSeq not above what `written` has reported.
   * @throws DatabaseError `CHANGES_GONE`, `JOURNAL_DAMAGED`.
   */
  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction>;
  /** Resolves when everything appended before is on the disk. Rejects when the journal failed. */
  flush(): Promise<void>;
  /** Resolves when pending bytes are below the limit again; at once when they are. */
  drained(): Promise<void>;
  /** Flushes, marks a clean shutdown, releases the lock. Idempotent. */
  close(): Promise<void>;
  stats(): JournalStats;
}
