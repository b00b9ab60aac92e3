/** References of models → foreign keys of tables; and which collections have to be copied together for them. */
import { DatabaseError } from '@nuthatch/model';
import { type CollectionShape, type ForeignKeyShape, tagColumns } from './collection-shape.js';
import type { NameSet } from './target-names.js';

/**
 * Of each field that refers to documents: its column, or the columns of the tag table that its list, or its keys of several
 * parts, stand in. Pinned releases are not copied, so those have none. O(references).
 */
export function foreignKeysOf(
  shape: CollectionShape,
  shapes: ReadonlyMap<string, CollectionShape>,
  names: NameSet,
): readonly ForeignKeyShape[] {
  return (shape.model.references ?? []).flatMap(({ field, to, pin }) => {
    const target = shapes.get(to);
    const column = shape.columns.find((each) => each.field === field);
    if (target === undefined || pin || column === undefined) return [];
    const hasParts = target.keyColumns.length > 1;
    const list = shape.tagTables.find(
      (tag) => tag.field === field && tag.isList && (tag.parts !== undefined) === hasParts,
    );
    if (list === undefined && (hasParts || column.kind === 'json')) return [];
    const { table, columns } =
      list === undefined
        ? { table: shape.table, columns: [column.name] }
        : { table: list.table, columns: tagColumns(list) };
    const name = names.take(`${table}_${columns.join('_')}_fkey`);
    const targetColumns = target.keyColumns.map((key) => key.name);
    return [{ name, table, columns, to, targetTable: target.table, targetColumns }];
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
