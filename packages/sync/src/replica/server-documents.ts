/** The server's versions of what a replica holds: a document with pending edits is there as it was before them. */
import type { Collection, StoreKey } from '@nuthatch/runtime/sync';
import { BucketDigests, bucketCountFor } from '../protocol/bucket-digest.js';
import type { LocalDocuments } from './local-documents.js';
import type { LocalState } from './local-state.js';
import type { ReplicaShape } from './replica-shape.js';

export class ServerDocuments {
  readonly #state: LocalState;
  readonly #documents: LocalDocuments;

  constructor(state: LocalState, documents: LocalDocuments) {
    this.#state = state;
    this.#documents = documents;
  }

  /** Undefined when the server has none, or none that was here. O(1). */
  of(collection: Collection, key: StoreKey): object | undefined {
    const base = this.#state.base(collection.name, key);
    return base === undefined ? collection.store.find(key) : this.#documents.documentOf(base.bytes);
  }

  /** Those of a collection. O(documents). */
  all(collection: Collection): readonly (readonly [StoreKey, object])[] {
    const { store } = collection;
    const held = Array.from(store.slots(), (slot) => [store.keyOf(slot), store.documentOf(slot)] as const);
    const bases = [...this.#state.bases()].filter((base) => base.collection === collection.name);
    if (bases.length === 0) return held;
    const edited = new Set(bases.map(({ key }) => key));
    const found = held.filter(([key]) => !edited.has(key));
    for (const { key, bytes } of bases) {
      const document = this.#documents.documentOf(bytes);
      if (document !== undefined) found.push([key, document]);
    }
    return found;
  }

  /** Keys of all that is here, whether the server has it or only the outbox. O(documents). */
  keys({ name, store }: Collection): Set<StoreKey> {
    const keys = new Set<StoreKey>();
    for (const slot of store.slots()) keys.add(store.keyOf(slot));
    for (const { collection, key } of this.#state.bases()) if (collection === name) keys.add(key);
    return keys;
  }

  /** Digests of what is held of a shape, in buckets. O(documents of the collection). */
  digestsOf(shape: ReplicaShape): readonly Uint8Array[] {
    const { name, store } = shape.collection;
    const digests = new BucketDigests(bucketCountFor(store.size));
    for (const slot of store.slots()) {
      const [key, document] = [store.keyOf(slot), store.documentOf(slot)];
      if (this.#state.base(name, key) === undefined && shape.matches(key, document))
        digests.add(key, store.revisionOf(slot), this.#documents.bytesOf(shape.collection, document));
    }
    for (const { collection: of, key, revision, bytes } of this.#state.bases()) {
      const document = of === name ? this.#documents.documentOf(bytes) : undefined;
      if (document !== undefined && shape.matches(key, document))
        digests.add(key, revision, this.#documents.bytesOf(shape.collection, document));
    }
    return digests.all;
  }
}
