/**
 * The releases of documents, in the database itself: a collection of the engine's own, so that pages, snapshots, backups
 * and tools need to know nothing new, and that a release is written in the same frame as its document. It has no
 * repository and is announced to nobody. What is in it: journal-format.md, "Releases".
 *
 *   head      what a document is now: a draft, or its newest release; one for each document that was ever released
 *   release   one release: the bytes that were released, and the fingerprint of the model that wrote them
 *   model     the text of such a model, so that the bytes can be read when no class knows it any more
 *
 * Never change its names or the forms of its records: files hold them.
 */
import type { StoreKey } from '../structures/store-key.js';
import type { CollectionDefinition } from './collection-definition.js';
import { type KeyedValue, keyedValuesDefinition } from './keyed-values.js';

/** No class can have this name. */
export const RELEASES_COLLECTION = '$releases';

export const RELEASES_DEFINITION = {
  ...keyedValuesDefinition('ReleaseRecord', RELEASES_COLLECTION),
  isHidden: true,
} as CollectionDefinition<object>;

/** What a transaction did to a document beyond writing it. */
export type ReleaseStep = 'release' | 'revise' | 'discard' | 'lifetime';

export interface HeadRecord {
  readonly collection: string;
  readonly key: StoreKey;
  /** How many there are; they are numbered from 1. */
  readonly releases: number;
  /** The document is the newest of them. */
  readonly isReleased: boolean;
  /** The document's revision from this step on. */
  readonly revision: number;
  /** The step that wrote this record. */
  readonly step: ReleaseStep;
  /** Of a step `lifetime`: the release whose state is now another. */
  readonly changed?: { readonly release: number; readonly state: string };
}

export interface ReleaseRecord {
  readonly collection: string;
  readonly key: StoreKey;
  readonly release: number;
  /** The document's revision from its release on. */
  readonly revision: number;
  readonly releasedAtMs: number;
  readonly fingerprint: string;
  /** Never written again, whatever becomes of the class. */
  readonly bytes: Uint8Array;
  /** Fields that the class did not know. */
  readonly kept?: Uint8Array;
  /** The state of its lifetime since the next draft was begun; absent: as the bytes, or the document itself, say. */
  readonly state?: string;
}

export function headName(collection: string, key: StoreKey): string {
  return `head/${collection}/${(typeof key)[0]}${String(key)}`;
}

export function releaseName(collection: string, key: StoreKey, release: number): string {
  return `release/${release}/${collection}/${(typeof key)[0]}${String(key)}`;
}

export function releasedModelName(fingerprint: string): string {
  return `model/${fingerprint}`;
}

/** The collection that a head or a release is of; undefined for a model. */
export function collectionOfRecord(name: string): string | undefined {
  return /^(?:head|release\/\d+)\/([^/]+)\//.exec(name)?.[1];
}

/** The head that a document of this collection holds; undefined for every other. O(1). */
export function stepOf({ model }: CollectionDefinition, document: object): HeadRecord | undefined {
  const { key, value } = document as KeyedValue;
  return model.collection === RELEASES_COLLECTION && key.startsWith('head/') ? (value as HeadRecord) : undefined;
}
