import { createHash } from 'node:crypto';
import type { Collection, StoreKey } from '@nuthatch/runtime/sync';
import { anyValueBytes } from '../documents/any-value.js';
import { type ShapeCondition, shapeCondition } from '../documents/shape-condition.js';

/** A shape as the replica asks for it. */
export class ReplicaShape {
  readonly id: number;
  readonly collection: Collection;
  /** The condition's bytes, as SUB carries them. */
  readonly condition: Uint8Array;
  /** Names it over restarts: of the same collection and condition. */
  readonly name: string;
  readonly #asked: ShapeCondition;

  /** @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY`. */
  constructor(id: number, collection: Collection, condition: unknown) {
    this.id = id;
    this.collection = collection;
    this.#asked = shapeCondition(collection, condition);
    this.condition = anyValueBytes(condition);
    const hash = createHash('sha256').update(collection.name).update('\0').update(this.condition).digest('hex');
    this.name = hash.slice(0, 32);
  }

  matches(key: StoreKey, document: object): boolean {
    const { conditions, keys } = this.#asked;
    return (keys === undefined || keys.has(key)) && conditions.every((condition) => condition.matches(document));
  }
}
