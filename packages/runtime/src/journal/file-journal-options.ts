import { DatabaseError } from '@nuthatch/model';

export interface FileJournalOptions {
  /** A new page is begun when the last one is this long. Default 16 MiB; may differ at every open. */
  readonly pageBytes?: number;
  /** The longest transaction accepted, encoded. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** `drained()` waits while more than this is pending. Default 64 MiB. */
  readonly maxPendingBytes?: number;
  /** Time from a write at level `interval` to its sync. Default 100 ms. */
  readonly flushIntervalMs?: number;
}

const DEFAULTS = {
  pageBytes: 16 * 1024 * 1024,
  maxFrameBytes: 64 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  flushIntervalMs: 100,
};
const MIN = { pageBytes: 4096, maxFrameBytes: 4096, maxPendingBytes: 1, flushIntervalMs: 1 };
const MAX = {
  pageBytes: 2 ** 32 - 1,
  maxFrameBytes: 2 ** 30,
  maxPendingBytes: Number.MAX_SAFE_INTEGER,
  flushIntervalMs: 2 ** 31 - 1,
};

/** Fills in the defaults. @throws DatabaseError `INVALID_OPTION` for a value out of its bounds. */
export function resolveFileJournalOptions(options: FileJournalOptions): Required<FileJournalOptions> {
  const resolved = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < MIN[name] || value > MAX[name]) {
      const what = `${name} must be a whole number from ${MIN[name]} to ${MAX[name]}, found ${String(value)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: name, value });
    }
    resolved[name] = value;
  }
  return resolved;
}
