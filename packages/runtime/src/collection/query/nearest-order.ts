/**
 * The order of documents by their distance from one vector, nearest first: made for one query, it walks as a range index
 * does. Where a document is in hand, as in a watched query, the distance is computed from the document itself.
 */
import { createHash } from 'node:crypto';
import type { IndexModel } from '@nuthatch/model';
import type { Distances, HeldVector, VectorIndex } from '../../indexes/vector-index.js';
import { LeastFirst } from '../../structures/least-first.js';
import type { Slot, SlotReader } from '../../structures/slot.js';
import { compareStoreKeys, type StoreKey } from '../../structures/store-key.js';
import type { Condition, OrderingIndex, WalkStart } from '../indexing/collection-index.js';
import type { VectorCollectionIndex } from '../indexing/vector-collection-index.js';
import type { Direction } from '../query-types.js';

export class NearestOrder implements OrderingIndex {
  readonly model: IndexModel;
  readonly structure: OrderingIndex['structure'];
  /** The vector from which distances are measured; nobody else holds it. */
  readonly from: HeldVector;
  readonly vectors: VectorIndex;
  readonly isApproximate: boolean;
  readonly #source: SlotReader;

  /** @param from a vector as `VectorIndex.held` gives it, of the query's own. */
  constructor(index: VectorCollectionIndex, source: SlotReader, from: HeldVector, isApproximate: boolean) {
    const vectors = index.structure;
    this.vectors = vectors;
    this.from = from;
    this.isApproximate = isApproximate;
    this.#source = source;
    const { name, fields } = index.model;
    const { buffer, byteOffset, byteLength } = from.numbers;
    // A cursor belongs to this very question.
    const digest = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex');
    this.model = { name: `distance of ${name} to ${digest.slice(0, 16)}`, kind: 'range', fields };
    this.structure = {
      valueOf: (document) => vectors.distanceOf(document, from),
      get entryCount() {
        return vectors.entryCount;
      },
    };
  }

  isPosition(value: unknown): boolean {
    return typeof value === 'number' && !Number.isNaN(value);
  }

  compare(a: unknown, b: unknown): number {
    return (a as number) - (b as number);
  }

  /**
   * The entries by rising distance, those of equal distance by key; entries without a vector are left out.
   *
   * @param distances of the entries in question.
   * @param after where to go on.
   */
  *inOrder({ slots, distances, count }: Distances, after?: WalkStart): Iterable<Slot> {
    const source = this.#source;
    const isBefore = (a: number, b: number): boolean =>
      compareStoreKeys(source.keyOf(slots[a]!), source.keyOf(slots[b]!)) < 0;
    const left = after === undefined ? count : keepBehind(slots, distances, count, after, source);
    const first = new LeastFirst(distances, left, isBefore);
    for (let place = first.next(); place !== undefined; place = first.next()) yield slots[place]!;
  }

  walk(_direction: Direction, _condition: Condition | undefined, start: WalkStart | undefined): Iterable<Slot> {
    return this.inOrder(this.vectors.allDistances(this.from), start);
  }

  firstOf(direction: Direction, condition: undefined, start: WalkStart | undefined, limit: number): readonly Slot[] {
    const answer: Slot[] = [];
    for (const slot of this.walk(direction, condition, start)) {
      if (answer.length >= limit) break;
      answer.push(slot);
    }
    return answer;
  }

  allOf(direction: Direction, condition: undefined, start: WalkStart | undefined): Uint32Array {
    return Uint32Array.from(this.walk(direction, condition, start));
  }
}

/** Moves what comes after the position to the front. @returns how many. */
function keepBehind(
  slots: Uint32Array,
  distances: Float64Array,
  count: number,
  { value, key }: WalkStart,
  source: SlotReader,
): number {
  let kept = 0;
  for (let place = 0; place < count; place++) {
    const difference = distances[place]! - (value as number);
    if (difference < 0) continue;
    if (difference === 0 && key !== undefined && !isKeyBehind(source.keyOf(slots[place]!), key)) continue;
    slots[kept] = slots[place]!;
    distances[kept++] = distances[place]!;
  }
  return kept;
}

function isKeyBehind(key: StoreKey, other: StoreKey): boolean {
  return compareStoreKeys(key, other) > 0;
}
