/** Which generated code belongs to a class: for code that is given the class alone. */
import type { CollectionDefinition, DocumentClass } from './collection-definition.js';
import { noteMade } from './other-copies.js';

const definitions = new WeakMap<object, CollectionDefinition>();

/** Of two for one class the later counts. O(1). */
export function noteDefinition(definition: CollectionDefinition): void {
  definitions.set(definition.documentClass, definition);
  noteMade(definition.documentClass);
}

/** O(1). */
export function definitionOfClass(type: DocumentClass): CollectionDefinition | undefined {
  return definitions.get(type);
}
