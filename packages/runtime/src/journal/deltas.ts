/**
 * What the manifest's deltas mean for its pages: a page whose transactions they hold may be gone, so pages may have a gap
 * between two numbers. docs/journal-format.md, "Delta".
 */
import { deltaName, snapshotName } from './journal-format.js';
import type { DeltaEntry, Manifest, PageEntry } from './manifest.js';

/** The pages from the last gap on: every transaction after the first of them stands in one. O(pages). */
export function pagesWithoutGap(pages: readonly PageEntry[]): readonly PageEntry[] {
  let first = pages.length - 1;
  while (first > 0 && pages[first - 1]!.number === pages[first]!.number - 1) first--;
  return pages.slice(Math.max(0, first));
}

/** The delta with which an opening goes on from the newest snapshot; undefined: it goes on with pages. O(deltas). */
export function deltaBehind({ snapshot, deltas = [] }: Pick<Manifest, 'snapshot' | 'deltas'>): DeltaEntry | undefined {
  if (snapshot === null) return undefined;
  return deltas.findLast(({ afterSeq, seq }) => afterSeq <= snapshot.seq && seq > snapshot.seq);
}

/** Names of the files of snapshots and deltas. */
export function imageNames({ snapshot, previousSnapshot, deltas = [] }: Manifest): readonly string[] {
  const snapshots = [snapshot, previousSnapshot].filter((entry) => entry !== null);
  return [...snapshots.map(({ number }) => snapshotName(number)), ...deltas.map(({ number }) => deltaName(number))];
}

/** Length of these files. */
export function imageBytes({ snapshot, previousSnapshot, deltas = [] }: Manifest): number {
  return [snapshot, previousSnapshot, ...deltas].reduce((sum, entry) => sum + (entry?.byteCount ?? 0), 0);
}

/** Every transaction after this seq stands in a page, holes apart. O(pages). */
export function pagesSince(pages: readonly PageEntry[]): number {
  return Math.max(0, (pagesWithoutGap(pages)[0]?.firstSeq ?? 1) - 1);
}

/** The oldest state from which every transaction up to the end can be replayed; 0: an empty database. O(pages). */
export function oldestSeqOf({ pages, snapshot, previousSnapshot, deltas = [] }: Manifest): number {
  const since = pagesSince(pages);
  if (since === 0) return 0;
  const states = [previousSnapshot, snapshot, ...deltas].flatMap((entry) => (entry === null ? [] : [entry.seq]));
  return Math.min(...states.filter((seq) => seq >= since), Number.POSITIVE_INFINITY);
}
