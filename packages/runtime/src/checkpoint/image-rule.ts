/**
 * When an image is worth its while although little of the journal is dead: when an opening without it would take long.
 *
 * Writing costs a pass over all documents, so it is done when nobody waits (in a quiet moment, or at closing), and only when what
 * came behind the last image is a good part of it. A load of any length is thus written into images at most twice in
 * quiet moments, since each is at least twice the one before, and once more at closing.
 */
import type { FileJournal } from '../journal/file-journal.js';

export interface ImageRule {
  /** An opening may take this long, in milliseconds, before an image is written for it. */
  readonly openBudgetMs: number;
  /** Milliseconds that closing may spend on one. */
  readonly closeBudgetMs: number;
}

/**
 * What an opening takes for each byte that it reads document by document (behind the image, or in one without tables), and
 * writing an image for each of its bytes. Measured, with something to spare.
 */
const READ_NS_PER_BYTE = 20;
const WRITE_NS_PER_BYTE = 25;
const NS_PER_MS = 1e6;

/** The part of the image that must have come behind it, by when the next is written. */
const SHARE = { quiet: 1, closing: 1 / 4 } as const;

/** Whether an image should be written now. O(1), no I/O. */
export function isImageWorthIt(journal: FileJournal, { openBudgetMs }: ImageRule, when: keyof typeof SHARE): boolean {
  const { backlog, manifest } = journal.checkpointPort.log;
  const byteCount = backlog.byteCount + backlog.deltaBytes + backlog.untabledBytes;
  const readMs = (byteCount * READ_NS_PER_BYTE) / NS_PER_MS;
  return readMs > openBudgetMs && byteCount >= SHARE[when] * (manifest.snapshot?.byteCount ?? 0);
}

/** Bytes of cold documents that are left in memory until the next image; more of them where the image is long. */
const COLD_BYTES = 64 * 1024 * 1024;
/** The part of the image that they may be: so a load of any length writes each byte into five images at most. */
const COLD_SHARE = 1 / 4;

/** Whether so many bytes of cold documents are in memory that an image should take them over. O(1). */
export function isColdDue(journal: FileJournal, coldBytes: number): boolean {
  const imageBytes = journal.checkpointPort.log.manifest.snapshot?.byteCount ?? 0;
  return coldBytes >= Math.max(COLD_BYTES, COLD_SHARE * imageBytes);
}

/** Milliseconds that writing an image is expected to take. O(1). */
export function expectedImageMs(journal: FileJournal): number {
  const { backlog, manifest } = journal.checkpointPort.log;
  const byteCount = (manifest.snapshot?.byteCount ?? 0) + backlog.byteCount - backlog.freedBytes;
  return (Math.max(0, byteCount) * WRITE_NS_PER_BYTE) / NS_PER_MS;
}
