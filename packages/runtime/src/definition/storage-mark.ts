/**
 * How a journal says that a collection was switched between memory and disk: a document of a collection of the engine's
 * own, so that pages, snapshots, backups and tools need to know nothing new.
 *
 *   memory    none of the collection's documents before the mark counts, and none follows
 *   copying   none before the mark counts; those that follow are a copy that is not whole yet
 *   disk      the documents in the journal are the collection
 *
 * Never change: files hold it.
 */
import { type CollectionStorage, type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { createModelCodec } from '../codec/model-codec.js';
import type { CollectionDefinition } from './collection-definition.js';

export type MarkedStorage = 'memory' | 'copying' | 'disk';

export interface StorageMark {
  /** Name of the collection. */
  readonly collection: string;
  readonly storage: MarkedStorage;
  /** The storage of its class at the switch: once the class says something else, the class counts. */
  readonly declared: CollectionStorage;
}

/** No class can have this name. */
export const STORAGE_COLLECTION = '$storage';

const MODEL: DocumentModel = {
  name: 'StorageMark',
  collection: STORAGE_COLLECTION,
  storage: 'disk',
  key: { fields: ['collection'] },
  fields: ['collection', 'storage', 'declared'].map((name) => ({
    name,
    type: { kind: 'string' },
    optional: false,
    rules: [],
  })),
  computed: [],
  indexes: [],
};
const FINGERPRINT = modelFingerprint(MODEL);

export const STORAGE_DEFINITION: CollectionDefinition = {
  model: MODEL,
  fingerprint: FINGERPRINT,
  declarationFingerprint: FINGERPRINT,
  documentClass: class {} as unknown as CollectionDefinition['documentClass'],
  codec: createModelCodec(MODEL) as CollectionDefinition['codec'],
  unknownFields: () => undefined,
  build: (input) => ({ ...input }),
  merge: (document, patch) => ({ ...document, ...patch }),
  validate: () => undefined,
  seal: (document) => Object.freeze(document),
};
