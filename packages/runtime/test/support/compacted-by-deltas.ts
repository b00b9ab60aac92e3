/**
 * Small databases whose compactions write only what changed since the snapshot, as large ones do. Nothing is compacted by itself,
 * as with `compaction: 'manual'`.
 */
import type { CompactionRule } from '../../src/checkpoint/compaction-rule.js';

export const BY_DELTAS: CompactionRule = {
  changesShare: 10,
  leastSnapshotBytes: 0,
  leastBytes: Number.MAX_SAFE_INTEGER,
};
