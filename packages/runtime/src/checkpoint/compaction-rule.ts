/**
 * When compaction is worth its while: by the ratio of dead to live bytes, or by age.
 *
 * Asks the files, not counters of this process: a hundred short-lived processes come to compact just like one
 * long-lived. What the snapshot holds stands for the live bytes; the frames behind it, which every opening replays
 * and a new snapshot replaces, for those that compaction frees.
 */
import type { FileJournal } from '../journal/file-journal.js';

export interface CompactionRule {
  /** Compact when the frames to replay are this many times as long as the snapshot. Default 1. */
  readonly ratio?: number;
  /** By ratio never for less than this, in bytes. Default 8 MiB: about a tenth of a second of opening. */
  readonly leastBytes?: number;
  /** Compact when the oldest frame to replay is older than this, in milliseconds, whatever its size. Default: never. */
  readonly maxAgeMs?: number;
}

const DEFAULTS = { ratio: 1, leastBytes: 8 * 1024 * 1024 };

/** Bytes to replay at which compaction is due. O(1). */
export function dueBytesOf(journal: FileJournal, rule: CompactionRule = {}): number {
  const snapshotBytes = journal.checkpointPort?.log.snapshot?.byteCount ?? 0;
  return Math.max(rule.leastBytes ?? DEFAULTS.leastBytes, (rule.ratio ?? DEFAULTS.ratio) * snapshotBytes);
}

/** Whether it is due now. O(1), no I/O. */
export function isCompactionDue(journal: FileJournal, rule: CompactionRule = {}): boolean {
  const log = journal.checkpointPort?.log;
  if (log === undefined || log.replayBytes === 0) return false;
  if (log.replayBytes >= dueBytesOf(journal, rule)) return true;
  return rule.maxAgeMs !== undefined && Date.now() - (log.replayFromMs ?? Date.now()) >= rule.maxAgeMs;
}

/** Milliseconds until it comes due by age; undefined when nothing waits for that. O(1). */
export function dueInMs(journal: FileJournal, rule: CompactionRule): number | undefined {
  const fromMs = journal.checkpointPort?.log.replayFromMs;
  if (rule.maxAgeMs === undefined || fromMs === undefined) return undefined;
  return Math.max(0, rule.maxAgeMs - (Date.now() - fromMs));
}
