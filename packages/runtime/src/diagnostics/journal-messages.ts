/** What the journal says of each group commit. docs/diagnostics.md describes the messages for readers. */
import { channelOf } from './channel-port.js';
import type { DatabaseSource } from './database-source.js';

/** A batch of frames was written, and its transactions are answered as far as they asked. */
export interface CommitMessage {
  readonly database: DatabaseSource;
  /** Seqs of the first and the last transaction of the batch. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly transactionCount: number;
  readonly frameCount: number;
  /** Bytes of the frames as they are on disk. */
  readonly byteCount: number;
  /** Whether the batch was fsynced, since one of its transactions asked for it. */
  readonly isSynced: boolean;
  /** Milliseconds from the moment the frames left memory until their transactions were answered. */
  readonly durationMs: number;
}

/** The journal was fsynced. */
export interface FsyncMessage {
  readonly database: DatabaseSource;
  /** Every transaction up to here is on the disk. */
  readonly syncedSeq: number;
  /** Transactions that this fsync made durable. */
  readonly transactionCount: number;
  /** Whether the time holds the write as well: a lone frame is written and fsynced in one call; a new page syncs the old. */
  readonly isWithWrite: boolean;
  /** Milliseconds of the call. */
  readonly durationMs: number;
}

export const COMMIT = channelOf<CommitMessage>('nuthatch:commit');
export const FSYNC = channelOf<FsyncMessage>('nuthatch:fsync');
