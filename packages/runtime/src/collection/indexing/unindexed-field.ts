/** The refusal of a field that no index knows, or that is no field: it names what can be asked for. */
import { DatabaseError, keyName } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { isReadableField } from '../../definition/readable-fields.js';
import { showValue } from '../../definition/show-value.js';
import type { CollectionIndex } from './collection-index.js';
import { saidHere } from './words-of-others.js';

/**
 * @param kind of the index that is missing: `index` for any, or a decorator.
 * @param others the indexes of this kind that the class has.
 * @throws DatabaseError `UNINDEXED_FIELD`.
 */
export function refuseUnindexed(
  definition: CollectionDefinition,
  field: unknown,
  kind: string,
  others: readonly CollectionIndex[],
): never {
  const { collection } = definition.model;
  const indexed = others.map(({ model }) => model.name);
  const isAny = kind === 'index';
  const which = isAny ? 'indexed fields' : `fields with ${kind}`;
  const list = indexed.length === 0 ? `there are no ${which}` : `the ${which} are ${indexed.join(', ')}`;
  const key = isAny ? `, the key is ${keyName(definition.model)}` : '';
  const what = `${problem(definition, field, isAny ? 'no index' : `no ${kind}`)}; ${list}${key}`;
  throw new DatabaseError('UNINDEXED_FIELD', what, { collection, field, indexed });
}

function problem(definition: CollectionDefinition, field: unknown, missing: string): string {
  const { collection, indexes } = definition.model;
  if (typeof field !== 'string') return `${showValue(field)} is not a field of ${collection}`;
  const isKnown = isReadableField(definition, field) || indexes.some(({ name }) => name === field);
  if (isKnown) return `${collection}.${field} has ${missing}${keyHint(definition, field)}`;
  return `\`${field}\` is not a field of ${collection}${saidHere([field])}`;
}

/** A part of a composite key has no index by itself: the whole key is asked for under its name. */
function keyHint({ model }: CollectionDefinition, field: string): string {
  const { fields } = model.key;
  if (fields.length < 2 || !fields.includes(field)) return '';
  return `; the condition on a key has all of its fields: ${keyName(model)}: { ${fields.join(', ')} }`;
}
