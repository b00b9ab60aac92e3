/** The collections of which a target has tables: a copy of a directory makes none for a class that never had a document. */
import type { CollectionShape } from './collection-shape.js';
import type { ExternalStore } from './external-store.js';

interface CopiedStore extends Pick<ExternalStore, 'positions' | 'check'> {}

/**
 * Collections without a table, where a copy left its positions: they were empty when it was made. Nowhere else: a table
 * that is missing, in a target of which no copy tells, or for a collection that was copied, is a mistake that reading it will
 * name.
 */
export async function withoutTables(
  source: object,
  shapes: readonly CollectionShape[],
): Promise<ReadonlySet<CollectionShape>> {
  if (!isStore(source)) return new Set();
  const copied = new Set((await source.positions()).map(({ collection }) => collection));
  const others = shapes.filter(({ collection }) => !copied.has(collection));
  if (copied.size === 0 || others.length === 0) return new Set();
  const differences = await source.check(others);
  const missing = new Set(differences.filter(({ kind }) => kind === 'missingTable').map(({ table }) => table));
  return new Set(others.filter(({ table }) => missing.has(table)));
}

/** A foreign table and a file have no positions. */
function isStore(source: object): source is CopiedStore {
  return 'positions' in source && 'check' in source;
}
