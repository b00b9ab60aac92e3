import { DatabaseError } from '@nuthatch/model';
import { isDateValue } from '../../document/brands.js';
import type { RangeCollectionIndex } from './range-collection-index.js';

/**
 * The sum of a range field over documents, or over the whole index; 0 for none. O(documents).
 *
 * @throws DatabaseError `INVALID_QUERY` when a value is neither number nor bigint, or both occur.
 */
export function sumOfField(index: RangeCollectionIndex, documents: Iterable<object> | undefined): number | bigint {
  const { name, fields } = index.model;
  if (fields.length > 1)
    throw new DatabaseError(
      'INVALID_QUERY',
      `index ${name} has several fields: only an index with one field has a sum`,
      {
        field: name,
      },
    );
  const field = fields[0]!;
  if (documents === undefined) {
    // Dates are held as numbers: the index alone would add them up.
    const least = index.end('asc');
    if (isDateValue(least)) throw noSum(field, 'date');
    return index.structure.sum();
  }
  let sum: number | bigint | undefined;
  for (const document of documents) {
    const value = (document as Record<string, unknown>)[field];
    if (value === undefined || value === null) continue;
    if (typeof value === 'number' && typeof sum !== 'bigint') sum = (sum ?? 0) + value;
    else if (typeof value === 'bigint' && typeof sum !== 'number') sum = (sum ?? 0n) + value;
    else throw noSum(field, isDateValue(value) ? 'date' : typeof value);
  }
  return sum ?? 0;
}

function noSum(field: string, type: string): DatabaseError {
  return new DatabaseError('INVALID_QUERY', `${field} holds a ${type}, which cannot be added to the other values`, {
    field,
    type,
  });
}
