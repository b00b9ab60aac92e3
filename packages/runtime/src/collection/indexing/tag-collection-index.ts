/** A tag index as queries see it: one tag, or `{ any, all, none }`. */
import type { IndexModel } from '@nuthatch/model';
import { TagIndex } from '../../indexes/tag-index.js';
import type { TagSets } from '../../indexes/tag-selection.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import type { AskedValues } from './asked-values.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import { TagCondition, TagSetsCondition } from './tag-condition.js';
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
