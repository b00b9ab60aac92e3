/** The definition of a model in a test, with the type that the package's users see. */
import type { DocumentModel } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import { definitionOf } from '../../runtime/test/support/definition-of-model.js';

export function copiedDefinition(model: DocumentModel): CollectionDefinition {
  return definitionOf(model) as unknown as CollectionDefinition;
}
