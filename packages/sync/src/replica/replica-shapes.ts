/** The shapes of a replica, which may change while it runs. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '@nuthatch/runtime/sync';
import { LIMITS } from '../protocol/limits.js';
import { ReplicaShape } from './replica-shape.js';

export interface ShapeChange {
  readonly added: readonly ReplicaShape[];
  readonly removed: readonly ReplicaShape[];
}

export class ReplicaShapes {
  readonly #collections: ReadonlyMap<string, Collection>;
  #lastId = 0;
  #all: readonly ReplicaShape[] = [];
  /** Ids of those whose image is still on its way. */
  readonly open = new Set<number>();

  constructor(collections: ReadonlyMap<string, Collection>) {
    this.#collections = collections;
  }

  get all(): readonly ReplicaShape[] {
    return this.#all;
  }

  byId(id: number): ReplicaShape | undefined {
    return this.#all.find((shape) => shape.id === id);
  }

  othersThan(shape: ReplicaShape): readonly ReplicaShape[] {
    return this.#all.filter((other) => other !== shape);
  }

  /**
   * Takes what is asked for from now on; a shape that was there keeps its number.
   *
   * @param subscribe collection → `true`, a condition, or an array of them.
   * @throws DatabaseError `INVALID_OPTION`, `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY`; then nothing has changed.
   */
  change(subscribe: unknown): ShapeChange {
    const wanted = this.#read(subscribe);
    const before = this.#all;
    this.#all = wanted.map((shape) => before.find(({ name }) => name === shape.name) ?? shape);
    const added = this.#all.filter((shape) => !before.includes(shape));
    const removed = before.filter((shape) => !this.#all.includes(shape));
    for (const { id } of removed) this.open.delete(id);
    return { added, removed };
  }

  #read(subscribe: unknown): readonly ReplicaShape[] {
    if (typeof subscribe !== 'object' || subscribe === null || Array.isArray(subscribe))
      throw badShapes('`subscribe` must be an object of collections and what is held of them');
    const shapes = new Map<string, ReplicaShape>();
    for (const [name, asked] of Object.entries(subscribe)) {
      const collection = this.#collections.get(name);
      if (collection === undefined) throw badShapes(`there is no collection ${name} to subscribe to`);
      if (asked === undefined) continue;
      for (const condition of Array.isArray(asked) ? asked : [asked]) {
        if (condition !== true && (typeof condition !== 'object' || condition === null))
          throw badShapes(`what is held of ${name} must be true, an object, or an array of these`);
        const shape = new ReplicaShape(++this.#lastId, collection, condition === true ? undefined : condition);
        requireSendable(shape.condition, name);
        if (!shapes.has(shape.name)) shapes.set(shape.name, shape);
      }
    }
    if (shapes.size > LIMITS.shapeCount)
      throw badShapes(`${shapes.size} shapes are asked for, where a replica has at most ${LIMITS.shapeCount}`);
    return [...shapes.values()];
  }
}

/** A server ends the connection of one that sends more, at each try: the replica would be offline for ever. */
function requireSendable({ length }: Uint8Array, collection: string): void {
  if (length <= LIMITS.conditionBytes) return;
  throw badShapes(
    `a condition on ${collection} takes ${length} bytes, where a shape has at most ${LIMITS.conditionBytes}: ask for fewer values, or give several conditions in an array`,
  );
}

function badShapes(what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option: 'subscribe' });
}
