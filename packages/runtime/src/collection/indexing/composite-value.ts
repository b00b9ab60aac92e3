import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { AskedValues } from './asked-values.js';

/**
 * The parts of a composite index's value, in the index's order, from an object with a value for each field.
 *
 * @throws DatabaseError `INVALID_QUERY` when a field is missing or not of this index, `INVALID_INDEX_VALUE` for a value
 *   of another type.
 */
export function compositeValue({ name, fields }: IndexModel, asked: AskedValues, query: unknown): readonly unknown[] {
  if (typeof query !== 'object' || query === null || Array.isArray(query))
    asked.refuseShape(query, `an object of ${fields.join(', ')}`);
  refuseOthers(name, fields, query);
  return fields.map((field, position) => {
    const value = Object.hasOwn(query, field) ? (query as Record<string, unknown>)[field] : undefined;
    if (value === undefined)
      throw new DatabaseError('INVALID_QUERY', `the condition on index ${name} lacks the field ${field}`, {
        index: name,
        field,
      });
    asked.require(value, position);
    return value;
  });
}

/** @throws DatabaseError `INVALID_QUERY` when the query names a field that is not of the index. */
export function refuseOthers(index: string, fields: readonly string[], query: object): void {
  const other = Object.keys(query).find((field) => !fields.includes(field));
  if (other !== undefined)
    throw new DatabaseError('INVALID_QUERY', `index ${index} has no field ${other}; it has ${fields.join(', ')}`, {
      index,
      field: other,
    });
}
