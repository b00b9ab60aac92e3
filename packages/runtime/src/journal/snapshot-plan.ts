import { pageName, snapshotName } from './journal-format.js';
import type { Manifest, PageEntry, SnapshotEntry } from './manifest.js';

/** The manifest with a new snapshot, and the files that it then no longer names. */
export interface SnapshotPlan {
  readonly manifest: Manifest;
  readonly dropped: readonly string[];
}

/**
 * The manifest with this snapshot. The snapshot so far becomes the one to fall back to: only pages that it covers as
 * well are dropped, so that a new one which proves to be damaged takes nothing with it. O(pages).
 */
export function planSnapshot(before: Manifest, entry: SnapshotEntry, lastModelId: number): SnapshotPlan {
  const { snapshot, previousSnapshot, pages, salvaged } = before;
  const coveredSeq = snapshot?.seq ?? 0;
  const isDropped = ({ sealed }: PageEntry): boolean => sealed !== undefined && sealed.lastSeq <= coveredSeq;
  const kept = pages.filter((page) => !isDropped(page));
  const dropped = pages.filter(isDropped).map((page) => pageName(page.number));
  if (previousSnapshot) dropped.push(snapshotName(previousSnapshot.number));
  const holes = salvaged.filter((hole) => kept.some((page) => page.number === hole.page));
  const manifest: Manifest = {
    ...before,
    lastModelId,
    pages: kept,
    snapshot: entry,
    previousSnapshot: snapshot,
    salvaged: holes,
  };
  return { manifest, dropped };
}
