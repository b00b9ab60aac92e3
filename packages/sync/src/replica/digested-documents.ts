/**
 * Which document a digest names: of one that leaves and that the replica was never told of, the server says no more.
 * Made when the first digest of a connection comes: most connections have none.
 */
import type { StoreKey, SyncPort } from '@nuthatch/runtime/sync';
import { leaveDigest } from '../protocol/leave-digest.js';
import type { LocalState } from './local-state.js';

interface DocumentPlace {
  readonly collection: string;
  readonly key: StoreKey;
}

export class DigestedDocuments {
  readonly #port: SyncPort;
  readonly #state: LocalState;
  #nonce: Uint8Array = new Uint8Array(0);
  #places: Map<string, DocumentPlace> | undefined;

  constructor(port: SyncPort, state: LocalState) {
    this.#port = port;
    this.#state = state;
  }

  /** A connection begins: digests are made with its nonce. */
  begin(nonce: Uint8Array): void {
    this.#nonce = nonce;
    this.#places = undefined;
  }

  /** A document has come. O(1). */
  note(collection: string, key: StoreKey): void {
    this.#places?.set(this.#digestOf(collection, key), { collection, key });
  }

  /** Undefined: it is not here. O(1), the first time O(documents). */
  find(digest: Uint8Array): DocumentPlace | undefined {
    this.#places ??= this.#all();
    return this.#places.get(Buffer.from(digest).toString('hex'));
  }

  #all(): Map<string, DocumentPlace> {
    const places = new Map<string, DocumentPlace>();
    const add = (collection: string, key: StoreKey): void =>
      void places.set(this.#digestOf(collection, key), { collection, key });
    for (const { name, store } of this.#port.collections.values())
      for (const slot of store.slots()) add(name, store.keyOf(slot));
    for (const { collection, key } of this.#state.bases()) add(collection, key);
    return places;
  }

  #digestOf(collection: string, key: StoreKey): string {
    return Buffer.from(leaveDigest(this.#nonce, collection, key)).toString('hex');
  }
}
