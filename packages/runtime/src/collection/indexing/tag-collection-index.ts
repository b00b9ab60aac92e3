/** A tag index as queries see it: one tag, or `{ any, all, none }`. */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import { TagIndex, type TagSets } from '../../indexes/tag-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import type { ValueExtractor } from './value-extractor.js';

const SET_NAMES = ['any', 'all', 'none'] as const;

export class TagCollectionIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: TagIndex;
  readonly #store: ShardedStore;
  readonly #isDate: boolean;

  /**
   * @param isDate the tags are dates.
   */
  constructor(model: IndexModel, extract: ValueExtractor, store: ShardedStore, isDate: boolean) {
    this.model = model;
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
    const isSets = typeof query === 'object' && query !== null && !(query instanceof Date);
    return isSets
      ? new TagSetsCondition(this, checkedSets(this.model, query), this.#store)
      : new TagCondition(this, query);
  }
}

/** Documents with one tag. */
class TagCondition implements IndexCondition {
  readonly index: TagCollectionIndex;
  readonly #tag: unknown;

  constructor(index: TagCollectionIndex, raw: unknown) {
    this.index = index;
    this.#tag = index.structure.tag(raw) ?? refuseAbsent(index.model);
  }

  get isExact(): boolean {
    return true;
  }

  get estimate(): number {
    return this.index.structure.count(this.#tag);
  }

  slots(limit?: number): readonly Slot[] {
    return this.index.structure.peek(this.#tag, limit);
  }

  matches(document: object): boolean {
    return this.index.structure.valueOf(document)?.includes(this.#tag as string) ?? false;
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

  get estimate(): number {
    return this.index.structure.estimate(this.#sets, Number.MAX_SAFE_INTEGER);
  }

  slots(): readonly Slot[] {
    return this.index.structure.select(this.#sets, () => this.#store.slots());
  }

  matches(document: object): boolean {
    const tags = this.index.structure.valueOf(document) ?? [];
    if (this.#any !== undefined && !tags.some((tag) => this.#any?.has(tag) === true)) return false;
    for (const tag of this.#all) if (!tags.includes(tag as string)) return false;
    return !tags.some((tag) => this.#none.has(tag));
  }
}

function refuseAbsent({ name }: IndexModel): never {
  throw new DatabaseError('INVALID_QUERY', `${name} was asked for with an absent tag`, { index: name });
}

function checkedSets({ name }: IndexModel, query: object): TagSets {
  const given = Object.keys(query);
  const isGood =
    given.length > 0 &&
    given.every((key) => SET_NAMES.includes(key as 'any') && isListOrAbsent((query as Record<string, unknown>)[key]));
  if (isGood) return query as TagSets;
  throw new DatabaseError(
    'INVALID_QUERY',
    `tags of ${name} are asked for by one tag or by lists \`any\`, \`all\`, \`none\`; given: ${given.join(', ') || 'nothing'}`,
    { index: name, given },
  );
}

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || Array.isArray(value);
}
