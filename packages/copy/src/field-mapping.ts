/** Which columns of a foreign table or file that the fields of a collection are read from, before a row is read. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionShape, ColumnShape } from './collection-shape.js';

/** Field → column. A field that is left out is read from the column of its own name, if there is one. */
export type FieldMapping = Readonly<Record<string, string>>;

export interface MappedColumn {
  readonly column: ColumnShape;
  /** Name in the table or file. */
  readonly name: string;
}

/**
 * The fields that are read, each with its column. A mapping that can only be a mistake is refused; otherwise an
 * optional field would be lost silently.
 *
 * @param where the table or file, for messages.
 * @param found names of the columns that are there.
 * @param hasCase columns of other case are other columns.
 * @throws DatabaseError `INVALID_OPTION` for a mapping of what is not a field, `COPY_TARGET_MISMATCH` for a column that is
 *   missing or not to be told.
 */
export function mappedColumns(
  shape: CollectionShape,
  mapping: FieldMapping | undefined,
  where: string,
  found: readonly string[],
  hasCase: boolean,
): readonly MappedColumn[] {
  const { collection } = shape;
  const fields = shape.columns.filter(({ isComputed }) => !isComputed);
  for (const [field, name] of Object.entries(mapping ?? {})) {
    if (typeof name !== 'string')
      throw invalid(`\`columns.${field}\` is ${typeof name}, expected the name of a column`);
    if (fields.some((column) => column.field === field)) continue;
    const known = fields.map((column) => column.field).join(', ');
    throw invalid(`\`columns\` names the field ${field}, but the fields of ${collection} are ${known}`);
  }
  const alike = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  const refuse = (field: string, what: string, column: string): DatabaseError => {
    const text = `${where} ${what} for the field ${field} of ${collection}; it has ${found.join(', ')}`;
    return new DatabaseError('COPY_TARGET_MISMATCH', text, { source: where, collection, field, column });
  };
  return fields.flatMap((column) => {
    const { field } = column;
    const isMapped = mapping !== undefined && Object.hasOwn(mapping, field);
    const wanted = isMapped ? mapping[field]! : field;
    const there = found.filter((name) => (hasCase ? name === wanted : alike(name, wanted)));
    if (there.length > 1) throw refuse(field, `has the column ${wanted} ${there.length} times`, wanted);
    const [name] = there;
    if (name !== undefined) return [{ column, name }];
    if (isMapped) throw refuse(field, `has no column ${wanted}`, wanted);
    const close = found.find((other) => alike(other, wanted) && !isUsed(mapping, other));
    if (close !== undefined) throw refuse(field, `has a column ${close}, which \`columns\` must name,`, close);
    if (column.isKey) throw refuse(field, `has no column ${wanted}, which is needed`, wanted);
    return [];
  });
}

function isUsed(mapping: FieldMapping | undefined, name: string): boolean {
  return Object.values(mapping ?? {}).includes(name);
}

function invalid(what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option: 'columns' });
}
