/** What a replica subscribed to: a collection and a condition that its indexes answer, cut down by the user's policy. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection, IndexCondition, StoreKey } from '@nuthatch/runtime/sync';

export interface ShapeCondition {
  /** Conditions of indexes, all of which hold. */
  readonly conditions: readonly IndexCondition[];
  /** Keys, as the store has them; undefined: any. */
  readonly keys: ReadonlySet<StoreKey> | undefined;
}

export class Shape {
  readonly id: number;
  readonly collection: Collection;
  /** The replica has it complete: from then on it is told of changes. */
  isHeld = false;
  readonly #asked: ShapeCondition;
  readonly #granted: ShapeCondition;

  constructor(id: number, collection: Collection, asked: ShapeCondition, granted: ShapeCondition) {
    this.id = id;
    this.collection = collection;
    this.#asked = asked;
    this.#granted = granted;
  }

  /** Whether a document belongs to it. O(conditions). */
  matches(key: StoreKey, document: object): boolean {
    return meets(this.#asked, key, document) && meets(this.#granted, key, document);
  }

  /** Keys of the documents that belong to it now, and may of others: each is to be asked again. */
  candidates(): readonly StoreKey[] {
    const { store } = this.collection;
    const conditions = [...this.#asked.conditions, ...this.#granted.conditions];
    const keys = this.#asked.keys ?? this.#granted.keys;
    if (keys !== undefined) return [...keys].filter((key) => store.has(key));
    const [narrowest] = conditions.sort((a, b) => a.estimate - b.estimate);
    const slots = narrowest === undefined ? store.slots() : narrowest.slots();
    return Array.from(slots, (slot) => store.keyOf(slot));
  }
}

function meets({ conditions, keys }: ShapeCondition, key: StoreKey, document: object): boolean {
  return (keys === undefined || keys.has(key)) && conditions.every((condition) => condition.matches(document));
}

/**
 * Reads a condition: undefined for all, `{ $keys: [...] }`, or what `find` takes.
 *
 * @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY`.
 */
export function shapeCondition(collection: Collection, condition: unknown): ShapeCondition {
  if (condition === undefined) return { conditions: [], keys: undefined };
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    throw new DatabaseError('INVALID_QUERY', `a shape of ${collection.name} must be an object of conditions`);
  const { $keys, ...where } = condition as { readonly $keys?: unknown };
  if ($keys !== undefined) {
    if (!Array.isArray($keys) || Object.keys(where).length > 0)
      throw new DatabaseError(
        'INVALID_QUERY',
        '`$keys` must hold an array of keys and cannot stand beside other conditions',
      );
    return { conditions: [], keys: new Set($keys.map((key) => collection.keys.toStoreKey(key))) };
  }
  return { conditions: collection.indexes.conditions(where), keys: undefined };
}
