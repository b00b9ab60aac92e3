import { DatabaseError } from '@nuthatch/model';
import type { CarriedRelease, Collection, StoreKey, SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';
import { IncomingDocuments } from '../documents/incoming-documents.js';
import { releaseStateOf } from '../documents/incoming-releases.js';
import { OutgoingDocuments, wireModelOf } from '../documents/outgoing-documents.js';
import type { WirePut } from '../protocol/messages.js';
import type { BaseRecord, DocumentBytes, TakenRelease } from './local-state.js';

const NO_BYTES = new Uint8Array(0);

/** Documents of the replica as bytes, for outbox and bases, and back: also after its classes have changed. */
export class LocalDocuments {
  readonly #port: SyncPort;
  readonly #incoming: IncomingDocuments;
  readonly outgoing: OutgoingDocuments;
  /** Number of the model of a fingerprint, among those that were met. */
  readonly #ids = new Map<string, number>();

  constructor(port: SyncPort) {
    this.#port = port;
    this.#incoming = new IncomingDocuments([...port.collections.values()].map(({ definition }) => definition));
    this.outgoing = new OutgoingDocuments(port.collections.values());
  }

  /** Keeps the model of a collection, so that its bytes are readable by later classes. In the same transaction. */
  noteModel(sync: SyncTransaction, { definition }: Collection): void {
    const name = `model/${definition.fingerprint}`;
    if (this.#port.record(name) === undefined) sync.setRecord(name, { ...wireModelOf(definition) });
  }

  bytesOf(collection: Collection, document: object): DocumentBytes {
    const { fingerprint } = collection.definition;
    return { fingerprint, ...this.outgoing.bytesOf(collection.definition, document) };
  }

  /** The document; undefined for a delete. @throws DatabaseError `MIGRATION_REQUIRED` when today's class cannot hold it. */
  documentOf(bytes: DocumentBytes | undefined): object | undefined {
    if (bytes === undefined) return undefined;
    const id = this.#idOf(bytes.fingerprint);
    return this.#incoming.read(id, bytes.document, bytes.kept ?? NO_BYTES)?.document;
  }

  /** What a base keeps of the releases that a put has brought; nothing for a class without. */
  takenOf(
    collection: Collection,
    put: WirePut,
    releases: readonly CarriedRelease[] | undefined,
  ): Pick<BaseRecord, 'released' | 'taken'> {
    if (releases === undefined) return {};
    const released = releaseStateOf(put);
    if (releases.length === 0) return { released };
    const bytesOf = ({ document, ...release }: CarriedRelease): TakenRelease => ({
      ...release,
      bytes: this.bytesOf(collection, document),
    });
    return { released, taken: releases.map(bytesOf) };
  }

  /** @throws DatabaseError `DOCUMENT_NOT_FOUND` for a collection that the replica does not have. */
  collection(name: string): Collection {
    const collection = this.#port.collections.get(name);
    if (collection === undefined)
      throw new DatabaseError('DOCUMENT_NOT_FOUND', `the replica has no collection ${name}`, { collection: name });
    return collection;
  }

  revisionOf(collection: Collection, key: StoreKey): number {
    const slot = collection.store.get(key);
    return slot === undefined ? 0 : collection.store.revisionOf(slot);
  }

  #idOf(fingerprint: string): number {
    const known = this.#ids.get(fingerprint);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#incoming.add(this.#port.record(`model/${fingerprint}`) as never);
    this.#ids.set(fingerprint, id);
    return id;
  }
}
