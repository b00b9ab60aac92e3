/** From a document to what it refers to, and from a key to what refers to it. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { isSetValue } from '../../document/brands.js';
import type { Condition } from '../indexing/collection-index.js';
import { isHidden } from './reference-index.js';
import type { ReferenceLink, RelatedCollection } from './reference-link.js';
import { ReferrerCondition } from './referrer-condition.js';

/** The link of a field. @throws DatabaseError `INVALID_QUERY` for a field that refers to nothing. */
export function linkOf({ name, links }: RelatedCollection, field: unknown): ReferenceLink {
  const link = links?.outgoing.find((each) => each.field.name === field);
  if (link !== undefined) return link;
  const known = (links?.outgoing ?? []).map((each) => each.field.name).join(', ') || 'none';
  const what = `${showValue(field)} is not a field of ${name} that refers to documents; the fields are ${known}`;
  throw new DatabaseError('INVALID_QUERY', what, { collection: name, field });
}

/**
 * The document that a field refers to, or undefined; of an array or set all of them, in order, those that are not there
 * left out. O(keys).
 */
export function relatedDocuments(link: ReferenceLink, document: object): object | undefined | object[] {
  const { field } = link;
  const value = field.valueIn(document);
  const isList = Array.isArray(value) || isSetValue(value) || holdsLists(link);
  const found: object[] = [];
  for (const each of field.valuesOf(value)) {
    const target = targetOf(link, each);
    if (target !== undefined) found.push(target);
  }
  return isList ? found : found[0];
}

function targetOf({ to, field }: ReferenceLink, value: unknown): object | undefined {
  const key = field.storeKeyOf(value);
  if (key === undefined) return undefined;
  if (!field.isPinned) return to.store.find(key);
  return to.rules?.released?.documentOf(key, (value as { readonly release: number }).release);
}

/** Of an optional list that is absent: there is none, rather than nothing. */
function holdsLists({ from, field }: ReferenceLink): boolean {
  const type = from.definition.model.fields.find(({ name }) => name === field.name)?.type;
  const inner = type?.kind === 'nullable' ? type.of : type;
  return inner?.kind === 'array' || inner?.kind === 'set';
}

/** Documents that refer to a key. @throws DatabaseError `INVALID_KEY`. */
export function referringTo(link: ReferenceLink, key: unknown): Condition {
  const { to, field, referrers } = link;
  const storeKey = to.keys.toStoreKey(key);
  const { index } = referrers;
  return field.isPlain && !isHidden(index) ? index.condition(key) : new ReferrerCondition(link, storeKey);
}
