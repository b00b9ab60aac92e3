/** Conditions made of conditions: all of them, one of them, or not. */
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { Condition } from './collection-index.js';
import { differenceOf, isFew, unionOf } from './slot-sets.js';

/** All parts hold. The narrowest gives the entries; the others are looked at. */
export class AllOf implements Condition {
  readonly kind = 'and';
  readonly isExact = false;
  readonly isLoose = true;

  constructor(readonly parts: readonly Condition[]) {}

  get estimate(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { estimate } of this.parts) least = Math.min(least, estimate);
    return least;
  }

  slots(): readonly Slot[] | undefined {
    for (const part of narrowestFirst(this.parts)) {
      const slots = part.slots();
      if (slots !== undefined) return slots;
    }
    return undefined;
  }

  slotsNow(): Uint32Array | undefined {
    const slots = this.slots();
    return slots && Uint32Array.from(slots);
  }

  matches(document: object): boolean {
    for (const part of this.parts) if (!part.matches(document)) return false;
    return true;
  }
}

/** To hold a document against one part costs about as much as so many entries of a list. */
const ENTRIES_PER_LOOK = 8;

/** At least one part holds. */
export class OneOf implements Condition {
  readonly kind = 'or';
  readonly isExact = false;
  readonly #store: ShardedStore;

  constructor(
    readonly parts: readonly Condition[],
    store: ShardedStore,
  ) {
    this.#store = store;
  }

  get isLoose(): boolean {
    return this.parts.some(({ isLoose }) => isLoose === true);
  }

  get estimate(): number {
    let count = 0;
    for (const { estimate } of this.parts) count += estimate;
    return Math.min(count, this.#store.size);
  }

  /**
   * A thousand parts may have nearly all documents each, and the first two of them all. So the lists are put together as
   * soon as they are longer than the collection, and the rest is left out once nothing is missing, or once it is cheaper
   * to look at the documents that are.
   */
  slots(): readonly Slot[] | undefined {
    const { size, end } = this.#store;
    let lists: ArrayLike<Slot>[] = [];
    let count = 0;
    for (const [place, part] of this.parts.entries()) {
      if (count > 2 * size) {
        const found = unionOf(lists, end);
        if (found.length >= size) return found;
        if (this.#isLookCheaper(size - found.length, place)) return undefined;
        lists = [found];
        count = found.length;
      }
      const slots = entriesOf(part, end);
      if (slots === undefined) return undefined;
      lists.push(slots);
      count += slots.length;
    }
    return unionOf(lists, end);
  }

  /** Whether the documents that no part before this place has are sooner held against the rest than the rest is listed. */
  #isLookCheaper(missing: number, place: number): boolean {
    let entries = 0;
    for (const { estimate } of this.parts.slice(place)) entries += estimate;
    return missing * (this.parts.length - place) * ENTRIES_PER_LOOK < entries;
  }

  slotsNow(): Uint32Array | undefined {
    const slots = this.slots();
    return slots && Uint32Array.from(slots);
  }

  matches(document: object): boolean {
    for (const part of this.parts) if (part.matches(document)) return true;
    return false;
  }
}

/** The part does not hold: of documents without a value, too. */
export class NotOf implements Condition {
  readonly kind = 'not';
  readonly parts: readonly [Condition];
  readonly #store: ShardedStore;

  constructor(part: Condition, store: ShardedStore) {
    this.parts = [part];
    this.#store = store;
  }

  get isExact(): boolean {
    return this.parts[0].isExact;
  }

  get estimate(): number {
    const { size } = this.#store;
    return this.isExact ? size - this.parts[0].estimate : size;
  }

  slots(limit = Number.POSITIVE_INFINITY): readonly Slot[] | undefined {
    const [part] = this.parts;
    if (part.isLoose === true) return undefined;
    const { end } = this.#store;
    const slots = entriesOf(part, end);
    return slots && differenceOf(this.#store.slots(), slots, end, limit);
  }

  slotsNow(): Uint32Array | undefined {
    const slots = this.slots();
    return slots && Uint32Array.from(slots);
  }

  matches(document: object): boolean {
    return !this.parts[0].matches(document);
  }
}

/** Many entries of a range are copied side by side: to make a list of them takes three times as long. */
function entriesOf(part: Condition, end: Slot): ArrayLike<Slot> | undefined {
  const isRange = part.kind === undefined && part.slotsFrom === undefined && part.slotsNow !== undefined;
  return isRange && !isFew(part.estimate, end) ? part.slotsNow?.() : part.slots();
}

/** Each is asked once for its estimate, which costs a search in its index. */
export function narrowestFirst(conditions: readonly Condition[]): readonly Condition[] {
  if (conditions.length < 2) return conditions;
  if (conditions.length === 2) {
    const [a, b] = conditions as readonly [Condition, Condition];
    return a.estimate <= b.estimate ? conditions : [b, a];
  }
  const estimated = conditions.map((condition) => ({ condition, estimate: condition.estimate }));
  return estimated.sort((a, b) => a.estimate - b.estimate).map(({ condition }) => condition);
}

/** One condition for several that all hold. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 1 ? conditions[0]! : new AllOf(conditions);
}
