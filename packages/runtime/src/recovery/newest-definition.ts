import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ModelTable } from '../journal/model-table.js';

/**
 * The newest of stored models of one collection: their numbers rise, whatever the order in which their documents are met.
 * O(definitions).
 *
 * @param used not empty; each of the models that were read.
 */
export function newestDefinition(used: Iterable<CollectionDefinition>, models: ModelTable): CollectionDefinition {
  const idOf = (definition: CollectionDefinition): number => models.entryOf(definition).modelId;
  return [...new Set(used)].reduce((best, each) => (idOf(each) > idOf(best) ? each : best));
}
