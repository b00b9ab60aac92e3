/** What `copyTo` takes and answers. */

import type { TargetDifference, WrittenCounts } from './external-store.js';

export interface CopyProgress {
  readonly phase: 'copying' | 'verifying';
  readonly collection: string;
  /** Documents of this phase done and due, over all collections. */
  readonly doneCount: number;
  readonly totalCount: number;
  readonly rowsPerSecond: number;
  /** Estimated; undefined in the beginning. */
  readonly remainingMs: number | undefined;
}

export interface CopyOptions {
  /** Names of the collections to copy. Default: every one that is kept on disk. */
  readonly collections?: readonly string[] | undefined;
  /** Compares the target and counts, but writes nothing. Default false. */
  readonly dryRun?: boolean | undefined;
  /**
   * How the result is held against the source: `checksum` reads every row back, `count` counts them. Default `checksum`.
   */
  readonly verify?: 'checksum' | 'count' | 'none' | undefined;
  /** Tables that hold rows of another writer: `refuse`, or `replace` by this database's documents. Default `refuse`. */
  readonly existing?: 'refuse' | 'replace' | undefined;
  /** Documents handed to the target at once, at most; fewer when they are larger than 8 MiB together. Default 2,000. */
  readonly batchRowCount?: number | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  /** Stops between two batches when aborted; the target can be resumed. */
  readonly signal?: AbortSignal | undefined;
}

export interface CollectionReport extends Partial<WrittenCounts> {
  readonly collection: string;
  readonly table: string;
  /** Documents at the copied seq. */
  readonly count: number;
  /** The target held them all at this very seq: nothing was written. */
  readonly wasThere: boolean;
  /** Equal on both sides; absent unless `verify` is `checksum`. */
  readonly checksum?: string;
}

export interface CopyReport {
  /** The target holds the documents of this transaction and all before it, of none after it. */
  readonly seq: bigint;
  readonly isDryRun: boolean;
  readonly collections: readonly CollectionReport[];
  /** Tables that were missing and are there now; with `dryRun` those that would be made. */
  readonly differences: readonly TargetDifference[];
  readonly copyMs: number;
  readonly verifyMs: number;
}
