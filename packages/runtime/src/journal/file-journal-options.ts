import { DatabaseError } from '@nuthatch/model';

export interface FileJournalOptions {
  /** A new page is begun when the last one is this long. Default 16 MiB; may differ at every open. */
  readonly pageBytes?: number;
  /** A new page is begun when the last one holds so many transactions. Default: whatever their count. */
  readonly pageTransactions?: number;
  /** A new page is begun by the first write after the last one is this old, in milliseconds. Default: at any age. */
  readonly pageAgeMs?: number;
  /** The longest transaction accepted, encoded. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** `drained()` waits while more than this is pending. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Time from a write at level `interval` to its sync. Default 100 ms. */
  readonly flushIntervalMs?: number;
}

export const JOURNAL_DEFAULTS: Required<FileJournalOptions> = {
  pageBytes: 16 * 1024 * 1024,
  pageTransactions: Number.MAX_SAFE_INTEGER,
  pageAgeMs: Number.MAX_SAFE_INTEGER,
  maxFrameBytes: 64 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  flushIntervalMs: 100,
};

/** The least and the greatest value of each option, all of them whole numbers. */
export const JOURNAL_BOUNDS: Readonly<Record<keyof FileJournalOptions, readonly [min: number, max: number]>> = {
  pageBytes: [4096, 2 ** 32 - 1],
  pageTransactions: [1, Number.MAX_SAFE_INTEGER],
  pageAgeMs: [1, Number.MAX_SAFE_INTEGER],
  maxFrameBytes: [4096, 2 ** 30],
  maxPendingBytes: [4096, 2 ** 40],
  flushIntervalMs: [1, 2 ** 31 - 1],
};

/** Fills in the defaults. @throws DatabaseError `INVALID_OPTION` for a value out of its bounds. */
export function resolveFileJournalOptions(options: FileJournalOptions): Required<FileJournalOptions> {
  const resolved = { ...JOURNAL_DEFAULTS, ...options };
  for (const [name, [min, max]] of Object.entries(JOURNAL_BOUNDS)) {
    const value = resolved[name as keyof FileJournalOptions];
    if (Number.isSafeInteger(value) && value >= min && value <= max) continue;
    const what = `${name} is ${String(value)}, it must be a whole number from ${min} to ${max}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: name, value });
  }
  return resolved;
}
