/** What `loadFrom` takes and answers. */

/** A row that could not be loaded. */
export interface RejectedRow {
  readonly collection: string;
  /** The key's values as text, where the row has them. */
  readonly key: string;
  /** `VALIDATION_FAILED`, `DUPLICATE_KEY`, `INVALID_KEY`, `INVALID_INDEX_VALUE` … */
  readonly code: string;
  readonly reasons: readonly string[];
}

export interface LoadProgress {
  readonly collection: string;
  readonly doneCount: number;
  readonly totalCount: number;
  readonly rowsPerSecond: number;
  readonly remainingMs: number | undefined;
}

export interface LoadOptions {
  /** Names of the collections to load. Default: every one that is kept on disk. */
  readonly collections?: readonly string[] | undefined;
  /** A row whose key is there: `fail` with LOAD_CONFLICT, `skip` the row, or `overwrite` the document. Default `fail`. */
  readonly conflict?: 'fail' | 'skip' | 'overwrite' | undefined;
  /**
   * A file that gets one JSON line for each row that was not loaded, with reasons; written again. Without it the first
   * such row stops the load with LOAD_REJECTED.
   */
  readonly rejectedFile?: string | undefined;
  /** Rows read and written at once, one transaction each. Default 1,000. */
  readonly batchRowCount?: number | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Stops between two batches when aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedCollection {
  readonly collection: string;
  readonly readCount: number;
  readonly loadedCount: number;
  readonly skippedCount: number;
  readonly rejectedCount: number;
  /** The target has no table of it: there was no document when a directory was copied without its classes. */
  readonly isAbsent?: true;
}

export interface LoadReport {
  readonly collections: readonly LoadedCollection[];
  readonly tookMs: number;
}
