/**
 * An open database for programs that know none of its classes: `db.reflect()`. Collections and models as data,
 * documents as JSON, every edit validated by the model as those of repositories are. It works on a replica as well, where
 * edits go to the outbox, and inside the function of a transaction, which its writes join.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../../collection/collection.js';
import { showValue } from '../../definition/show-value.js';
import type { Repository } from '../repository.js';
import type { CollectionTypes } from '../repository-types.js';
import { type CollectionDescription, ReflectedCollection } from './reflected-collection.js';

/** The collections of an open database, and its repositories by name. */
export interface ReflectionParts {
  readonly collections: ReadonlyMap<string, Collection>;
  /** The rows of views. */
  readonly views: ReadonlyMap<string, Collection>;
  /** The database has a directory. */
  readonly isOnDisk: boolean;
  readonly repositories: Readonly<Record<string, Repository<CollectionTypes>>>;
}

export class Reflection {
  readonly #parts: ReflectionParts;
  readonly #reflected = new Map<string, ReflectedCollection>();

  /** Use `db.reflect()`. */
  constructor(parts: ReflectionParts) {
    this.#parts = parts;
  }

  /** Every collection, in the order in which the database was given them. O(collections). */
  collections(): readonly CollectionDescription[] {
    return [...this.#parts.collections.keys()].map((name) => this.collection(name).describe());
  }

  /** Every view. `collection(name)` reads and watches its rows; writes are refused with `READ_ONLY_VIEW`. O(views). */
  views(): readonly CollectionDescription[] {
    return [...this.#parts.views.keys()].map((name) => this.collection(name).describe());
  }

  /** A collection, or a view. @throws DatabaseError `INVALID_OPTION` for one that there is not. */
  collection(name: string): ReflectedCollection {
    const known = this.#reflected.get(name);
    if (known !== undefined) return known;
    const { collections, views } = this.#parts;
    const collection = collections.get(name) ?? views.get(name);
    if (collection === undefined) {
      const what = `there is no collection ${showValue(name)}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'collection', collection: String(name) });
    }
    const reflected = new ReflectedCollection(collection, this.#parts.repositories[name]!, this.#parts.isOnDisk);
    this.#reflected.set(name, reflected);
    return reflected;
  }
}
