/** Parts of an image on their way: cut to one length, counted and hashed. */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { cutParts } from './cut-parts.js';
import type { ImageEntry } from './journal-engine.js';

export class ImageDigest {
  readonly #hash = createHash('sha256');
  byteCount = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.byteCount += bytes.length;
  }

  /** Once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** Parts of one length in bytes, the last one shorter, each noted in the digest. */
export async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  digest: ImageDigest,
  partBytes: number,
): AsyncGenerator<Uint8Array, void> {
  for await (const part of cutParts(chunks, partBytes)) {
    digest.add(part);
    yield part;
  }
}

/**
 * The parts as they come. The last one is not given out, and an error thrown, if together they are not the image: who
 * reads them may need no more bytes, and would never ask for the end.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`.
 */
export async function* checkedParts(
  parts: AsyncIterable<Uint8Array>,
  entry: ImageEntry,
  description: string,
): AsyncGenerator<Uint8Array, void> {
  const digest = new ImageDigest();
  let isGood = false;
  for await (const part of parts) {
    digest.add(part);
    if (digest.byteCount >= entry.byteCount) {
      isGood = digest.byteCount === entry.byteCount && digest.sha256() === entry.sha256;
      if (!isGood) break;
    }
    yield part;
  }
  if (isGood) return;
  const what = `the image at frame ${entry.position} of ${description} is damaged: ${digest.byteCount} of ${entry.byteCount} bytes, or other ones`;
  throw new DatabaseError('JOURNAL_DAMAGED', what, { journal: description, position: entry.position });
}
