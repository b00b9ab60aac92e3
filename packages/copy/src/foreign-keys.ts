/** References of models → foreign keys of tables; and which collections have to be copied together for them. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionShape, ForeignKeyShape } from './collection-shape.js';
import type { NameSet } from './target-names.js';

/**
 * Of each field that refers to documents by one key: its column, or the column of the tag table that its list stands in.
 * Keys of several parts stand in JSON, and pinned releases are not copied: those have none. O(references).
 */
export function foreignKeysOf(
  shape: CollectionShape,
  shapes: ReadonlyMap<string, CollectionShape>,
  names: NameSet,
): readonly ForeignKeyShape[] {
  return (shape.model.references ?? []).flatMap(({ field, to, pin }) => {
    const target = shapes.get(to);
    const [key, ...others] = target?.keyColumns ?? [];
    const column = shape.columns.find((each) => each.field === field);
    if (target === undefined || pin || key === undefined || others.length > 0 || column === undefined) return [];
    const list = shape.tagTables.find((tag) => tag.field === field && tag.isList);
    if (list === undefined && column.kind === 'json') return [];
    const place = list === undefined ? { table: shape.table, column: column.name } : list;
    const name = names.take(`${place.table}_${place.column}_fkey`);
    const { table, column: own } = place;
    return [{ name, table, column: own, to, targetTable: target.table, targetColumn: key.name }];
  });
}

/**
 * A foreign key holds between tables of one seq: whatever refers to a collection is copied with it.
 *
 * @param all shapes of the database. @throws DatabaseError `INVALID_OPTION`.
 */
export function requireWhole(shapes: readonly CollectionShape[], all: readonly CollectionShape[]): void {
  const copied = new Set(shapes.map(({ collection }) => collection));
  for (const { collection, model, foreignKeys = [] } of all)
    for (const { to } of foreignKeys) {
      if (copied.has(collection) === copied.has(to) || (!copied.has(collection) && model.storage === 'memory'))
        continue;
      const [left, chosen] = copied.has(to) ? [collection, to] : [to, collection];
      const what = `foreign keys between ${collection} and ${to} need both: add ${left} to \`collections\` beside ${chosen}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'collections', collection: left });
    }
}
