/**
 * Key → documents that refer to it, for fields that no index of the class answers for: keys of several parts, dates,
 * pinned releases, indexes with a condition. A tag index over store keys, which no query can name; see blob-index.ts.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import { TagIndex } from '../../indexes/tag-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { CollectionIndex, IndexCondition } from '../indexing/collection-index.js';
import type { ReferenceField } from './reference-field.js';

/** Whether no query can name the index. */
export function isHidden(index: CollectionIndex): boolean {
  return index instanceof ReferenceIndex;
}

export class ReferenceIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: TagIndex;
  readonly field: ReferenceField;

  constructor(field: ReferenceField, source: ShardedStore) {
    this.field = field;
    // No field can have this name.
    const name = `$references:${field.name}`;
    this.model = { name, kind: 'tag', fields: [field.name] };
    const keys = (document: object): unknown => field.keysIn(document);
    this.structure = new TagIndex({ source, name, valueOf: Object.assign(keys, { fields: [field.name] }) });
  }

  condition(): IndexCondition {
    const what = `${this.field.name} cannot be asked for its values: ask for what it refers to`;
    throw new DatabaseError('UNINDEXED_FIELD', what, { field: this.field.name });
  }
}
