/**
 * One collection held still while writes go on: the entries there are now, and the before-image of each that changes.
 *
 * Opening copies the list of entries in one turn (8 bytes and about 10 ns each); a write costs one more look-up for
 * each open view. Documents are frozen, so a before-image is three references.
 */
import type { Entry } from '../store/entry.js';

export interface ViewedDocument {
  readonly key: Entry['key'];
  readonly document: object;
  readonly revision: number;
  readonly expiresAt: number | undefined;
}

export class CollectionView {
  readonly #entries: readonly Entry[];
  readonly #images = new Map<Entry, ViewedDocument>();
  readonly #onRelease: (view: CollectionView) => void;

  constructor(entries: Iterable<Entry>, onRelease: (view: CollectionView) => void) {
    this.#entries = [...entries];
    this.#onRelease = onRelease;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Called before an entry changes, is removed, or is put back. O(1). */
  keep(entry: Entry): void {
    if (this.#images.has(entry)) return;
    const { key, document, revision, expiresAt } = entry;
    this.#images.set(entry, { key, document, revision, expiresAt });
  }

  /** Every document as it was, once. May be read in slices. */
  *documents(): Iterable<ViewedDocument> {
    for (const entry of this.#entries) yield this.#images.get(entry) ?? entry;
  }

  /** Ends the view: writes no longer keep images for it. Idempotent. */
  release(): void {
    this.#onRelease(this);
  }
}
