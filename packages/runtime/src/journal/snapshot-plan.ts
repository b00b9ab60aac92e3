import { deltaBehind, imageNames } from './deltas.js';
import { pageName } from './journal-format.js';
import type { DeltaEntry, Manifest, PageEntry, SnapshotEntry } from './manifest.js';

/** The manifest with a new snapshot or delta, and the files that it then no longer names. */
export interface SnapshotPlan {
  readonly manifest: Manifest;
  readonly dropped: readonly string[];
}

/**
 * The manifest with this snapshot. The snapshot so far becomes the one to fall back to, with the delta behind it: only pages
 * that both cover as well are dropped, so that a new one which proves to be damaged takes nothing with it. O(pages).
 */
export function planSnapshot(before: Manifest, entry: SnapshotEntry, lastModelId: number): SnapshotPlan {
  const { snapshot, deltas = [] } = before;
  const delta = deltaBehind(before);
  const coveredSeq = delta?.seq ?? snapshot?.seq ?? 0;
  const isDropped = ({ sealed }: PageEntry): boolean => sealed !== undefined && sealed.lastSeq <= coveredSeq;
  // Without one that goes on from it, deltas behind pages are needed, too.
  const kept = delta === undefined ? deltas.filter(({ seq }) => seq > coveredSeq) : [delta];
  return planned(before, { lastModelId, snapshot: entry, previousSnapshot: snapshot }, kept, isDropped);
}

/**
 * The manifest with this delta. The one before it stays, to fall back to, and so do the snapshots and all that leads from the
 * older one to the newer: dropped are pages after the newer one that the delta before covers as well. O(pages).
 */
export function planDelta(before: Manifest, entry: DeltaEntry, lastModelId: number): SnapshotPlan {
  const { snapshot, deltas = [] } = before;
  const imageSeq = snapshot?.seq ?? 0;
  const last = deltaBehind(before);
  const isDropped = ({ firstSeq, sealed }: PageEntry): boolean =>
    last !== undefined && sealed !== undefined && firstSeq > imageSeq && sealed.lastSeq <= last.seq;
  const kept = deltas.filter((delta) => delta === last || delta.seq <= imageSeq);
  return planned(before, { lastModelId }, [...kept, entry], isDropped);
}

function planned(
  before: Manifest,
  changes: Partial<Manifest>,
  deltas: readonly DeltaEntry[],
  isDropped: (page: PageEntry) => boolean,
): SnapshotPlan {
  const { deltas: _, ...rest } = before;
  const pages = before.pages.filter((page) => !isDropped(page));
  const salvaged = before.salvaged.filter((hole) => pages.some((page) => page.number === hole.page));
  const manifest: Manifest = { ...rest, ...changes, pages, salvaged, ...(deltas.length > 0 && { deltas }) };
  const names = imageNames(manifest);
  const dropped = before.pages.filter(isDropped).map((page) => pageName(page.number));
  return { manifest, dropped: [...dropped, ...imageNames(before).filter((name) => !names.includes(name))] };
}
