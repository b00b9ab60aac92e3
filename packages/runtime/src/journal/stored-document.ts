import type { EncodedDocument } from '../codec/encoded-document.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoreKey } from '../structures/store-key.js';

/** One document with all that the journal says of it: what puts, snapshots, dumps and recovered states are made of. */
export interface StoredDocument {
  /** Of the model that the document is, or will be, written with. */
  readonly definition: CollectionDefinition;
  readonly key: StoreKey;
  readonly document: object;
  /** Its bytes, where it need not be encoded: `document` then has only the fields that its reader asked for. */
  readonly encoded?: EncodedDocument | undefined;
  /** The document's revision, 1 at insert. */
  readonly revision: number;
  /** Epoch milliseconds at which the document expires; absent or undefined: never. */
  readonly expiresAt?: number | undefined;
}
