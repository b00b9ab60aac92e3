/** Conditions on tags, and on keys that documents refer to, which are indexed as tags are. */
import type { ScalarValue } from '../../indexes/index-value.js';
import type { TagIndex } from '../../indexes/tag-index.js';
import type { TagSets } from '../../indexes/tag-selection.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import { textOfValue, textOfValues } from './condition-text.js';

/** An index whose structure is one of tags. */
interface Tagged extends CollectionIndex {
  readonly structure: TagIndex;
}

/** Documents with one tag. */
export class TagCondition implements IndexCondition {
  readonly index: Tagged;
  readonly #tag: ScalarValue | undefined;

  constructor(index: Tagged, raw: unknown) {
    this.index = index;
    this.#tag = index.structure.tag(raw);
  }

  get isExact(): boolean {
    return true;
  }

  get values(): readonly unknown[] {
    return [this.#tag];
  }

  get question(): string {
    return `is ${textOfValue(this.#tag)}`;
  }

  get estimate(): number {
    return this.index.structure.count(this.#tag);
  }

  slots(limit?: number): readonly Slot[] {
    return this.index.structure.peek(this.#tag, limit);
  }

  slotsNow(): Uint32Array {
    return this.index.structure.slotsOf(this.#tag);
  }

  slotsFrom(slot: Slot): Iterable<Slot> {
    return this.index.structure.entriesFrom(this.#tag, slot);
  }

  matches(document: object): boolean {
    return this.index.structure.isCarriedBy(document, this.#tag);
  }
}

/** Documents with any of, all of and none of some tags. */
export class TagSetsCondition implements IndexCondition {
  readonly index: Tagged;
  readonly isExact = false;
  readonly #sets: TagSets;
  readonly #store: ShardedStore;
  readonly #any: ReadonlySet<unknown> | undefined;
  readonly #all: ReadonlySet<unknown>;
  readonly #none: ReadonlySet<unknown>;

  constructor(index: Tagged, sets: TagSets, store: ShardedStore) {
    this.index = index;
    this.#sets = sets;
    this.#store = store;
    const asSet = (tags: readonly unknown[] = []): ReadonlySet<unknown> =>
      new Set(tags.map((tag) => index.structure.tag(tag)));
    this.#any = sets.any === undefined ? undefined : asSet(sets.any);
    this.#all = asSet(sets.all);
    this.#none = asSet(sets.none);
  }

  get values(): readonly unknown[] | undefined {
    for (const tag of this.#all) return [tag];
    return this.#any && [...this.#any];
  }

  get question(): string {
    const any = this.#any === undefined ? '' : textOfValues(this.#any);
    return `any ${any} all ${textOfValues(this.#all)} none ${textOfValues(this.#none)}`;
  }

  get estimate(): number {
    return this.index.structure.sets.estimate(this.#sets, Number.MAX_SAFE_INTEGER);
  }

  slots(): readonly Slot[] {
    return this.index.structure.sets.select(this.#sets, () => this.#store.slots());
  }

  slotsFrom(slot: Slot): Iterable<Slot> {
    return this.index.structure.sets.selectFrom(this.#sets, slot) ?? this.#without(slot);
  }

  *#without(first: Slot): Iterable<Slot> {
    const { structure } = this.index;
    const none = this.#sets.none ?? [];
    for (const slot of this.#store.slotsFrom(first)) if (!none.some((tag) => structure.has(tag, slot))) yield slot;
  }

  matches(document: object): boolean {
    const tags = this.index.structure.valueOf(document) ?? [];
    if (this.#any !== undefined && !tags.some((tag) => this.#any?.has(tag) === true)) return false;
    for (const tag of this.#all) if (!tags.includes(tag as string)) return false;
    return !tags.some((tag) => this.#none.has(tag));
  }
}
