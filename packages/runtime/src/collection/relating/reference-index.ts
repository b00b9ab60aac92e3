/**
 * Key → documents that refer to it, for fields that no index of the class answers for: keys of several parts, dates,
 * pinned releases, indexes with a condition. A tag index over store keys.
 *
 * Queries ask it for whole keys where the field has no index of its own: one key, or `any`, `all` and `none` of several.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import { TagIndex } from '../../indexes/tag-index.js';
import type { TagSets } from '../../indexes/tag-selection.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, IndexCondition } from '../indexing/collection-index.js';
import { TagCondition, TagSetsCondition } from '../indexing/tag-condition.js';
import type { ReferenceField } from './reference-field.js';

const LISTS: readonly string[] = ['any', 'all', 'none'];

/** Whether it stands beside the indexes of the class. */
export function isHidden(index: CollectionIndex): boolean {
  return index instanceof ReferenceIndex;
}

export class ReferenceIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: TagIndex;
  readonly isOfObjects: boolean;
  readonly field: ReferenceField;
  readonly #store: ShardedStore;

  constructor(field: ReferenceField, source: ShardedStore) {
    const { name } = field;
    this.field = field;
    this.isOfObjects = field.hasParts;
    this.#store = source;
    this.model = { name, kind: 'tag', fields: [name] };
    const keys = (document: object): unknown => field.keysIn(document);
    this.structure = new TagIndex({ source, name, valueOf: Object.assign(keys, { fields: [name] }) });
  }

  /** @throws DatabaseError `INVALID_QUERY`; `INVALID_KEY` for what is no key of the class that the field refers to. */
  condition(query: unknown): IndexCondition {
    const lists = this.#listsOf(query);
    return lists === undefined
      ? new TagCondition(this, this.#keyOf(query))
      : new TagSetsCondition(this, lists, this.#store);
  }

  /** The lists of keys that are asked for; undefined: one key is. */
  #listsOf(query: unknown): TagSets | undefined {
    if (typeof query !== 'object' || query === null || isDate(query) || this.field.isKey(query)) return undefined;
    const names = Object.keys(query);
    // What is no key is refused as such.
    if (this.isOfObjects && !names.some((name) => LISTS.includes(name))) return undefined;
    const lists = names.map((name) => {
      const keys = (query as Readonly<Record<string, unknown>>)[name];
      if (!LISTS.includes(name))
        this.#refuse(`asks for ${name}: it takes a key, or \`any\`, \`all\`, \`none\`, \`in\`, \`not\`, \`absent\``);
      if (!Array.isArray(keys) || keys.length === 0) this.#refuse(`needs a list of keys as \`${name}\``);
      return [name, Array.from(keys as readonly unknown[], (key) => this.#keyOf(key))] as const;
    });
    return Object.fromEntries(lists);
  }

  #keyOf(key: unknown): StoreKey {
    if (key === undefined || key === null)
      this.#refuse(`is ${String(key)}: leave the condition out to mean every document`);
    return this.field.requireStoreKey(key);
  }

  #refuse(what: string): never {
    const { name } = this.model;
    throw new DatabaseError('INVALID_QUERY', `the condition on ${name} ${what}`, { index: name });
  }
}
