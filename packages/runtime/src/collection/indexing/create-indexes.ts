import type { IndexModel } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { AskedValues } from './asked-values.js';
import type { CollectionIndex } from './collection-index.js';
import { RangeCollectionIndex } from './range-collection-index.js';
import { TagCollectionIndex } from './tag-collection-index.js';
import { UniqueCollectionIndex } from './unique-collection-index.js';
import { type ValueExtractor, valueExtractor } from './value-extractor.js';

/** The empty indexes of a collection, in the model's order. @throws DatabaseError `MODEL_MISMATCH`. */
export function createIndexes(definition: CollectionDefinition, store: ShardedStore): readonly CollectionIndex[] {
  return definition.model.indexes.map((model) =>
    createIndex(definition, model, valueExtractor(definition, model), store),
  );
}

/** One empty index. */
export function createIndex(
  definition: CollectionDefinition,
  model: IndexModel,
  extract: ValueExtractor,
  store: ShardedStore,
): CollectionIndex {
  const asked = new AskedValues(definition, model);
  if (model.kind === 'unique') return new UniqueCollectionIndex(model, asked, extract, store);
  return model.kind === 'tag'
    ? new TagCollectionIndex(model, asked, extract, store, holdsDates(definition, model.fields[0]!))
    : new RangeCollectionIndex(model, asked, extract, store);
}

function holdsDates({ model }: CollectionDefinition, name: string): boolean {
  const type = [...model.fields, ...model.computed].find((field) => field.name === name)?.type;
  const element = type?.kind === 'array' || type?.kind === 'set' ? type.element : type;
  return element?.kind === 'date' || (element?.kind === 'nullable' && element.of.kind === 'date');
}
