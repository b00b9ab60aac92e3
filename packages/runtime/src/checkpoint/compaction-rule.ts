/**
 * When compaction is worth its while: by the ratio of dead to live bytes, or by age.
 *
 * Asks the files, not counters of this process: a hundred short-lived processes come to compact just like one
 * long-lived. Dead is what a new snapshot would not hold: documents that were replaced or deleted since the last one,
 * and what frames need besides documents. New documents are live: a bulk load is opened as fast from pages as from
 * a snapshot, and compacting on its way would cost a quarter of its time for nothing.
 */
import type { FileJournal } from '../journal/file-journal.js';
import { DELTA_RULE, type DeltaRule } from './delta-rule.js';

export interface CompactionRule {
  /** Compact when there are this many times as many dead bytes as live ones. Default 1. */
  readonly ratio?: number;
  /** By ratio never for less dead bytes than this. Default 8 MiB: about a tenth of a second of opening. */
  readonly leastBytes?: number;
  /**
   * Write a whole snapshot when the oldest change since the last one is older than this, in milliseconds, however little it is.
   * Default: never.
   */
  readonly maxAgeMs?: number;
  /**
   * The part of the snapshot that changes may be as long as to be written alone, without all that did not change. Default 0.25; 0:
   * every compaction writes a whole snapshot.
   */
  readonly changesShare?: number;
  /** Snapshots shorter than this are always written whole. Default 16 MiB, about 0.4 s. */
  readonly leastSnapshotBytes?: number;
}

const DEFAULTS = { ratio: 1, leastBytes: 8 * 1024 * 1024 };

/** Whether the rule asks for a compaction now. O(1), no I/O. */
export function isCompactionDue(journal: FileJournal, rule: CompactionRule = {}): boolean {
  const { backlog, manifest } = journal.checkpointPort.log;
  if (backlog.byteCount + backlog.deltaBytes === 0) return false;
  if (isDueByAge(journal, rule)) return true;
  const deadBytes = backlog.freedBytes;
  const heldBytes = (manifest.snapshot?.byteCount ?? 0) + backlog.deltaBytes + backlog.byteCount;
  const liveBytes = Math.max(0, heldBytes - deadBytes);
  const { leastBytes = DEFAULTS.leastBytes, ratio = DEFAULTS.ratio } = rule;
  return backlog.byteCount > 0 && deadBytes >= Math.max(leastBytes, ratio * liveBytes);
}

/** Whether it is asked for since some change is old: only a whole snapshot takes what was deleted off the disk. O(1). */
export function isDueByAge(journal: FileJournal, { maxAgeMs }: CompactionRule): boolean {
  const { fromMs } = journal.checkpointPort.log.backlog;
  return maxAgeMs !== undefined && Date.now() - (fromMs ?? Date.now()) >= maxAgeMs;
}

/** How what changed is written alone. */
export function deltaRuleOf({ changesShare, leastSnapshotBytes }: CompactionRule = {}): DeltaRule {
  const { share, leastImageBytes } = DELTA_RULE;
  return { share: changesShare ?? share, leastImageBytes: leastSnapshotBytes ?? leastImageBytes };
}

/**
 * Whether so much was replaced since the last compaction that a look is worth its while at how much shorter the changes alone
 * would be. O(1), no I/O.
 *
 * @param lookedBytes of the journal behind the snapshot at the look before: it has to double.
 */
export function isLookDue(journal: FileJournal, rule: CompactionRule, lookedBytes: number): boolean {
  const { backlog, manifest } = journal.checkpointPort.log;
  const { share, leastImageBytes } = deltaRuleOf(rule);
  if (share <= 0 || (manifest.snapshot?.byteCount ?? 0) < leastImageBytes) return false;
  const { leastBytes = DEFAULTS.leastBytes } = rule;
  return backlog.freedBytes >= leastBytes && backlog.byteCount >= Math.max(1, backlog.deltaBytes, 2 * lookedBytes);
}

/** Milliseconds until it comes due by age; undefined when nothing waits for that. O(1). */
export function dueInMs(journal: FileJournal, rule: CompactionRule): number | undefined {
  const fromMs = journal.checkpointPort.log.backlog.fromMs;
  if (rule.maxAgeMs === undefined || fromMs === undefined) return undefined;
  return Math.max(0, rule.maxAgeMs - (Date.now() - fromMs));
}
