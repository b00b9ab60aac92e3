/**
 * When compaction is worth its while: by the ratio of dead to live bytes, or by age.
 *
 * Asks the files, not counters of this process: a hundred short-lived processes come to compact just like one
 * long-lived. Dead is what a new snapshot would not hold: documents that were replaced or deleted since the last one,
 * and what frames need besides documents. New documents are live: a bulk load is opened as fast from pages as from
 * a snapshot, and compacting on its way would cost a quarter of its time for nothing.
 */
import type { FileJournal } from '../journal/file-journal.js';

export interface CompactionRule {
  /** Compact when there are this many times as many dead bytes as live ones. Default 1. */
  readonly ratio?: number;
  /** By ratio never for less dead bytes than this. Default 8 MiB: about a tenth of a second of opening. */
  readonly leastBytes?: number;
  /** Compact when the oldest frame to replay is older than this, in milliseconds, whatever its size. Default: never. */
  readonly maxAgeMs?: number;
}

const DEFAULTS = { ratio: 1, leastBytes: 8 * 1024 * 1024 };

/** Whether the rule asks for a compaction now. O(1), no I/O. */
export function isCompactionDue(journal: FileJournal, rule: CompactionRule = {}): boolean {
  const { backlog, manifest } = journal.checkpointPort.log;
  if (backlog.byteCount === 0) return false;
  const deadBytes = backlog.freedBytes;
  const liveBytes = Math.max(0, (manifest.snapshot?.byteCount ?? 0) + backlog.byteCount - deadBytes);
  const { leastBytes = DEFAULTS.leastBytes, ratio = DEFAULTS.ratio } = rule;
  if (deadBytes >= Math.max(leastBytes, ratio * liveBytes)) return true;
  return rule.maxAgeMs !== undefined && Date.now() - (backlog.fromMs ?? Date.now()) >= rule.maxAgeMs;
}

/** Milliseconds until it comes due by age; undefined when nothing waits for that. O(1). */
export function dueInMs(journal: FileJournal, rule: CompactionRule): number | undefined {
  const fromMs = journal.checkpointPort.log.backlog.fromMs;
  if (rule.maxAgeMs === undefined || fromMs === undefined) return undefined;
  return Math.max(0, rule.maxAgeMs - (Date.now() - fromMs));
}
