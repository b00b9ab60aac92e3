/** References between the collections of a database, tied once all of them are made. */
import type { Transaction } from '../../commit/transaction.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { KeyCodec } from '../../definition/key-codec.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import type { WatchedFeed } from '../watch/watched-feed.js';
import type { ReferenceField } from './reference-field.js';
import type { Referrers } from './referrers.js';

/** The parts of a collection that references need. */
export interface RelatedCollection {
  readonly name: string;
  readonly definition: CollectionDefinition;
  readonly store: ShardedStore;
  readonly keys: KeyCodec;
  publicKey(key: StoreKey): unknown;
  /** Removes an entry by the rules of its class. */
  remove(transaction: Transaction, slot: Slot): void;
  readonly writes: { update(transaction: Transaction, key: unknown, patch: object): object };
  readonly indexes: {
    /** The fields that refer to documents, each with the index that says which do. */
    readonly references: readonly FieldReferrers[];
    conditions(where: object, depth?: number): readonly Condition[];
    /** From now on fields may be asked for what they refer to. */
    tie(links: readonly ReferenceLink[]): void;
  };
  readonly watched: { readonly feed: WatchedFeed };
  readonly rules: { readonly released: ReleasedTargets | undefined } | undefined;
  /** Undefined for a collection that neither refers nor is referred to. */
  links: CollectionLinks | undefined;
}

/** The releases of a collection. */
interface ReleasedTargets {
  recordOf(key: StoreKey, release: number): object | undefined;
  documentOf(key: StoreKey, release: number): object | undefined;
}

export interface FieldReferrers {
  readonly field: ReferenceField;
  readonly referrers: Referrers;
}

/** One field that refers to documents. */
export interface ReferenceLink extends FieldReferrers {
  readonly from: RelatedCollection;
  readonly to: RelatedCollection;
}

/** The references of one collection. A collection without any has none of these. */
export interface CollectionLinks {
  /** By its own fields. */
  readonly outgoing: readonly ReferenceLink[];
  /** By fields that refer to it. */
  readonly incoming: readonly ReferenceLink[];
  /** Some documents, or those that are deleted along with them, may not be deleted as long as others refer to them. */
  readonly isRestricted: boolean;
  /** A delete may take along, or change, other documents of the same collection. */
  readonly reachesItself: boolean;
}

/** Ties the collections of a database. O(references). @returns every link, in order. */
export function linkCollections(collections: ReadonlyMap<string, RelatedCollection>): readonly ReferenceLink[] {
  const links: ReferenceLink[] = [];
  for (const from of collections.values())
    for (const { field, referrers } of from.indexes.references) {
      const to = collections.get(field.model.to);
      // The generator refuses a reference to what is not there; tools open some collections of a directory alone.
      if (to !== undefined) links.push({ from, to, field, referrers });
    }
  for (const collection of collections.values()) {
    const outgoing = links.filter(({ from }) => from === collection);
    const incoming = links.filter(({ to }) => to === collection);
    if (outgoing.length === 0 && incoming.length === 0) continue;
    collection.indexes.tie(outgoing.filter(({ field }) => !field.isPinned));
    collection.links = { outgoing, incoming, ...reachOf(collection, links) };
  }
  return links;
}

/** What deletes of a collection come upon: references that hold them, and the collection itself. O(references). */
function reachOf(
  collection: RelatedCollection,
  links: readonly ReferenceLink[],
): Pick<CollectionLinks, 'isRestricted' | 'reachesItself'> {
  let [isRestricted, reachesItself] = [false, false];
  const deleted = new Set([collection]);
  // It grows while it is read.
  for (const each of deleted)
    for (const { to, from, field } of links) {
      if (to !== each || field.isPinned) continue;
      if (field.onDelete === 'restrict') isRestricted = true;
      else if (from === collection) reachesItself = true;
      if (field.onDelete === 'cascade') deleted.add(from);
    }
  return { isRestricted, reachesItself };
}

/** Whether the document that a value names is there: of a pinned one, its release. O(1). */
export function isThere({ to, field }: ReferenceLink, value: unknown): boolean {
  const key = field.storeKeyOf(value);
  if (key === undefined) return false;
  if (!field.isPinned) return to.store.has(key);
  const { release } = value as { readonly release: number };
  return to.rules?.released?.recordOf(key, release) !== undefined;
}
