/** A tag index as queries see it: one tag, or `{ any, all, none }`. */
import type { IndexModel } from '@nuthatch/model';
import type { ScalarValue } from '../../indexes/index-value.js';
import { TagIndex, type TagSets } from '../../indexes/tag-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import type { Slot } from '../../structures/slot.js';
import type { AskedValues } from './asked-values.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import { textOfValue, textOfValues } from './condition-text.js';
import type { ValueExtractor } from './value-extractor.js';

const SET_NAMES = ['any', 'all', 'none'] as const;
const DUE = 'one tag, or an object with the lists `any`, `all`, `none` or `in`, with `not` or `absent`';

export class TagCollectionIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: TagIndex;
  readonly #asked: AskedValues;
  readonly #store: ShardedStore;
  readonly #isDate: boolean;

  /**
   * @param isDate the tags are dates.
   */
  constructor(model: IndexModel, asked: AskedValues, extract: ValueExtractor, store: ShardedStore, isDate: boolean) {
    this.model = model;
    this.#asked = asked;
    this.structure = new TagIndex({ source: store, name: model.name, valueOf: extract });
    this.#store = store;
    this.#isDate = isDate;
  }

  /** Tag → count of documents. O(tags). */
  counts(): Map<unknown, number> {
    const tags = new Map<unknown, number>(this.structure.tags());
    return this.#isDate ? new Map(Array.from(tags, ([tag, count]) => [new Date(tag as number), count])) : tags;
  }

  condition(query: unknown): IndexCondition {
    if (typeof query === 'object' && query !== null && !isDate(query))
      return new TagSetsCondition(this, checkedSets(this.#asked, query), this.#store);
    this.requireTag(query);
    return new TagCondition(this, query);
  }

  /** The documents of a tag, by slot. O(documents of the tag). */
  slotsOf(tag: unknown): Uint32Array {
    return this.structure.slotsOf(tag);
  }

  /** @throws DatabaseError `INVALID_QUERY` for an absent tag, `INVALID_INDEX_VALUE` for one of another type. */
  requireTag(tag: unknown): void {
    this.#asked.require(tag);
  }
}

/** Documents with one tag. */
class TagCondition implements IndexCondition {
  readonly index: TagCollectionIndex;
  readonly #tag: ScalarValue | undefined;

  constructor(index: TagCollectionIndex, raw: unknown) {
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
class TagSetsCondition implements IndexCondition {
  readonly index: TagCollectionIndex;
  readonly isExact = false;
  readonly #sets: TagSets;
  readonly #store: ShardedStore;
  readonly #any: ReadonlySet<unknown> | undefined;
  readonly #all: ReadonlySet<unknown>;
  readonly #none: ReadonlySet<unknown>;

  constructor(index: TagCollectionIndex, sets: TagSets, store: ShardedStore) {
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
    return this.index.structure.estimate(this.#sets, Number.MAX_SAFE_INTEGER);
  }

  slots(): readonly Slot[] {
    return this.index.structure.select(this.#sets, () => this.#store.slots());
  }

  slotsFrom(slot: Slot): Iterable<Slot> {
    return this.index.structure.selectFrom(this.#sets, slot) ?? this.#without(slot);
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

/** A copy of the sets: the caller may go on with the lists. Each that is named has tags. */
function checkedSets(asked: AskedValues, query: object): TagSets {
  const sets: { any?: readonly unknown[]; all?: readonly unknown[]; none?: readonly unknown[] } = {};
  const given = Object.keys(query);
  if (given.length === 0 || Array.isArray(query)) asked.refuseShape(query, DUE);
  for (const name of given) {
    if (!SET_NAMES.includes(name as 'any')) asked.refuseShape(query, DUE);
    const tags = (query as Readonly<Record<string, unknown>>)[name];
    if (tags === undefined || tags === null) asked.refuseAbsent(tags, `the list ${name}`);
    if (!Array.isArray(tags)) asked.refuseShape(query, DUE);
    if (tags.length === 0) asked.refuseAbsent(tags, `the list ${name}`);
    const copy = [...(tags as readonly unknown[])];
    for (const tag of copy) asked.require(tag);
    sets[name as 'any'] = copy;
  }
  return sets;
}
