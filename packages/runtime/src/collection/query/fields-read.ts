/** The fields by which conditions and orders look at documents. */
import type { DocumentModel } from '@nuthatch/model';
import type { CollectionIndex, Condition } from '../indexing/collection-index.js';
import { indexesOfOrder, type QueryOrder } from './query-order.js';

/** Undefined where any field may be read: a getter or the code of a class takes part, or a condition of another kind. */
export function fieldsRead(
  model: DocumentModel,
  conditions: readonly Condition[],
  order: QueryOrder | undefined,
): ReadonlySet<string> | undefined {
  const read = new Set<string>();
  const isKnown =
    conditions.every((condition) => addCondition(model, condition, read)) &&
    indexesOfOrder(order).every((index) => addIndex(model, index, read));
  return isKnown ? read : undefined;
}

/** @returns whether all that it reads is known. */
function addCondition(model: DocumentModel, { kind, index, parts = [] }: Condition, read: Set<string>): boolean {
  switch (kind) {
    case 'and':
    case 'or':
    case 'not':
      return parts.every((part) => addCondition(model, part, read));
    case 'key':
      for (const field of model.key.fields) read.add(field);
      return true;
    // The field is that of the order.
    case 'vector':
      return true;
    case undefined:
    case 'in':
    case 'absent':
    case 'null':
      return index !== undefined && addIndex(model, index, read);
    default:
      return false;
  }
}

function addIndex(
  { fields }: DocumentModel,
  { model: { where, ...index } }: Pick<CollectionIndex, 'model'>,
  read: Set<string>,
): boolean {
  // Conditions of other indexes may look at anything.
  if (where !== undefined || !['unique', 'tag', 'range'].includes(index.kind)) return false;
  for (const field of index.fields) read.add(field);
  return index.fields.every((name) => fields.some((field) => field.name === name));
}
