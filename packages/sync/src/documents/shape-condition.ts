/** The conditions of a shape or a policy on a collection: conditions that its indexes answer, or keys. */
import { DatabaseError } from '@nuthatch/model';
import { asksForOthers, type Collection, type Condition, type StoreKey } from '@nuthatch/runtime/sync';

export interface ShapeCondition {
  /** Conditions as of `find`, all of which hold. */
  readonly conditions: readonly Condition[];
  /** Keys, as the store has them; undefined: any. */
  readonly keys: ReadonlySet<StoreKey> | undefined;
}

/**
 * Reads a condition: undefined for all, `{ $keys: [...] }`, or what `find` takes.
 *
 * @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`.
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
  const conditions = collection.indexes.conditions(where);
  if (asksForOthers(conditions)) {
    const what = `a shape of ${collection.name} asks for what a field refers to; ask for keys or values instead`;
    throw new DatabaseError('INVALID_QUERY', what, { collection: collection.name });
  }
  return { conditions, keys: undefined };
}
