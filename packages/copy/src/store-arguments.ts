/** The arguments of the methods of an external store, for every caller: checked before anything is read or written. */
import { described, invalid, requireArgument, requireShape } from './argument-check.js';
import type { CollectionShape } from './collection-shape.js';
import type { CopyPosition } from './copy-position.js';
import type { StoreChange } from './external-store.js';

/** @throws DatabaseError `INVALID_OPTION`. */
export function requireShapes(shapes: unknown): asserts shapes is readonly CollectionShape[] {
  if (!Array.isArray(shapes))
    throw invalid('shapes', `expected a list of shapes of \`shapesOf\`, found ${described(shapes)}`);
  for (const shape of shapes) requireShape(shape);
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requirePage(shape: unknown, limit: unknown): void {
  requireShape(shape);
  requireArgument(limit, 'limit', 'whole number of 1 or more');
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requirePositions(positions: unknown): void {
  if (!Array.isArray(positions))
    throw invalid('positions', `expected a list of positions, found ${described(positions)}`);
  for (const position of positions) requirePosition(position);
}

/** As `completeAt` makes it. @throws DatabaseError `INVALID_OPTION`. */
export function requirePosition(value: unknown): void {
  const { collection, historyId, seq, fingerprint, isComplete } = Object(value) as Partial<CopyPosition>;
  const texts = [collection, historyId, fingerprint];
  if (texts.every((text) => typeof text === 'string') && typeof seq === 'bigint' && typeof isComplete === 'boolean')
    return;
  throw invalid('position', `expected a position of \`completeAt\`, found ${described(value)}`);
}

/** @throws DatabaseError `INVALID_OPTION`. O(changes). */
export function requireChanges(changes: unknown): void {
  if (!Array.isArray(changes)) throw invalid('changes', `expected a list of changes, found ${described(changes)}`);
  for (const change of changes) {
    const { shape, key, document, seq } = Object(change) as Partial<StoreChange>;
    requireShape(shape);
    if (Array.isArray(key) && typeof seq === 'bigint' && (document === undefined || Object(document) === document))
      continue;
    throw invalid('changes', `expected a shape, key, document and seq for each change, found ${described(change)}`);
  }
}

/** @throws DatabaseError `INVALID_OPTION`. O(documents). */
export function requireDocuments(documents: unknown): void {
  if (Array.isArray(documents) && documents.every((document) => typeof document === 'object' && document !== null))
    return;
  throw invalid('documents', `expected a list of documents, found ${described(documents)}`);
}
