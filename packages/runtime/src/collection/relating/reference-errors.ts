/** What is said of references that do not hold: by collection, field, key and value. */
import { DatabaseError } from '@nuthatch/model';
import type { DanglingReference } from '../../definition/dangling-reference.js';
import { showValue } from '../../definition/show-value.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { ReferenceLink } from './reference-link.js';

/** Keys named in one error at most. */
const MAX_NAMED = 20;

export function danglingReference(link: ReferenceLink, key: StoreKey, value: unknown): DanglingReference {
  const { from, to, field } = link;
  return { collection: from.name, key: from.publicKey(key), field: field.name, to: to.name, value };
}

/** Of one write. */
export function referenceMissing(missing: DanglingReference): DatabaseError {
  return new DatabaseError('REFERENCE_MISSING', `${describe(missing)}, which is not there`, { ...missing });
}

/** Of documents that are there already: the first of them by key and value, and how many there are. */
export function referencesMissing(missing: readonly DanglingReference[], count: number): DatabaseError {
  const named = missing.slice(0, MAX_NAMED);
  const more = count > named.length ? `; and ${count - named.length} more` : '';
  const remedy = "open with `references: 'report'` to list and mend them";
  const lead = count === 1 ? 'reference leads to a document that is' : 'references lead to documents that are';
  const what = `${count} ${lead} not there; ${remedy}: ${named.map(describe).join('; ')}${more}`;
  return new DatabaseError('REFERENCE_MISSING', what, { count, missing: named, remedy });
}

function describe({ collection, key, field, to, value }: DanglingReference): string {
  return `${collection} ${shown(key)} refers in ${field} to ${to} ${shown(value)}`;
}

/** A document that others refer to was to be deleted. */
export function referenced(link: ReferenceLink, key: StoreKey): DatabaseError {
  const { from, to, field, referrers } = link;
  const slots = referrers.slotsOf(key);
  const keys = Array.from({ length: Math.min(slots.length, MAX_NAMED) }, (_, place) =>
    from.publicKey(from.store.keyOf(slots[place]!)),
  );
  const publicKey = to.publicKey(key);
  const who = `${slots.length} ${slots.length === 1 ? 'document' : 'documents'} of ${from.name}`;
  const verb = slots.length === 1 ? 'refers' : 'refer';
  const what = `${to.name} ${shown(publicKey)} cannot be deleted: ${who} ${verb} to it in ${field.name}, such as ${shown(keys[0])}`;
  return new DatabaseError('REFERENCED', what, {
    ...{ collection: to.name, key: publicKey, referrer: from.name, field: field.name },
    ...{ count: slots.length, keys },
  });
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null || value instanceof Date) return showValue(value);
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${shown(part)}`)
    .join(', ')} }`;
}
