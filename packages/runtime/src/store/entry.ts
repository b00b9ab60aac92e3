/**
 * The cell of one document: what the store holds under a key and what indexes point at, so that a change of a field
 * that is not indexed replaces `document` here and touches no index.
 */
import type { StoreKey } from '../structures/store-key.js';

export type { StoreKey };

/** Grows for the life of the process; smaller means made earlier. */
let nextOrdinal = 0;

/** One shape for all collections: every field is set at once, in this order. */
export class Entry {
  readonly key: StoreKey;
  /** The current document, frozen. After a delete: the last one. */
  document: object;
  /** The document's change number, 1 at insert. */
  revision: number;
  /** Epoch milliseconds at which the document expires; undefined: never. */
  expiresAt: number | undefined;
  /** Order in which entries were made: keeps posting lists in order, never stored. */
  readonly ordinal: number;

  constructor(key: StoreKey, document: object, revision: number, expiresAt?: number) {
    this.key = key;
    this.document = document;
    this.revision = revision;
    this.expiresAt = expiresAt;
    this.ordinal = nextOrdinal++;
  }
}
