/** Checks of what the methods of a query take. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { isReadableField, readableFields } from '../definition/readable-fields.js';
import { showValue } from '../definition/show-value.js';
import { unreadable } from '../definition/unreadable.js';

/** @throws DatabaseError `INVALID_QUERY`. */
export function requireCount(what: string, count: unknown): void {
  if (Number.isInteger(count) && (count as number) >= 0) return;
  throw new DatabaseError('INVALID_QUERY', `${what} must be a whole number of 0 or more, found ${showValue(count)}`);
}

/** @throws DatabaseError `INVALID_QUERY` for options that a page does not know. */
export function isTotalAsked(options: unknown): boolean {
  if (options === undefined) return false;
  const isObject = typeof options === 'object' && options !== null;
  const { total, ...others } = isObject ? pageOptions(options) : {};
  if (isObject && Object.keys(others).length === 0 && (total === undefined || typeof total === 'boolean'))
    return total === true;
  throw new DatabaseError(
    'INVALID_QUERY',
    `the options of a page are \`{ total: true }\` or left out, found ${showValue(options)}`,
  );
}

function pageOptions(options: object): { readonly total?: unknown } {
  try {
    return { ...options };
  } catch (error) {
    throw unreadable(error, 'INVALID_QUERY', 'the options of a page');
  }
}

/** @throws DatabaseError `INVALID_QUERY` for what is neither a stored field nor a getter of the class. */
export function requireReadable(definition: CollectionDefinition, method: string, field: unknown): void {
  if (isReadableField(definition, field)) return;
  const { collection } = definition.model;
  const fields = readableFields(definition);
  throw new DatabaseError(
    'INVALID_QUERY',
    `\`${method}\` takes fields of ${collection}, found ${showValue(field)}; its fields are ${fields.join(', ')}`,
    { collection, field: showValue(field), fields },
  );
}

/** The names, each once. @throws DatabaseError `INVALID_QUERY` for none at all, or for what is no field. */
export function selectedFields(definition: CollectionDefinition, fields: readonly unknown[]): readonly string[] {
  if (fields.length === 0) throw new DatabaseError('INVALID_QUERY', '`select` takes one field or more, found none');
  for (const field of fields) requireReadable(definition, 'select', field);
  return [...new Set(fields as readonly string[])];
}
