/** `view(key, fn)` of keys and values: the value is made for the function, and not kept. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { RepositoryReads } from '../repository-reads.js';
import type { KeyValueTypes } from './key-value-types.js';

/** @throws DatabaseError `INVALID_KEY`; `INVALID_QUERY` when `fn` is not a function; what `fn` throws. */
export function viewValue<R>(
  entries: RepositoryReads<KeyValueTypes>,
  key: string,
  fn: (value: unknown) => R,
): R | undefined {
  if (typeof fn === 'function') return entries.view(key, ({ value }) => fn(value));
  throw new DatabaseError('INVALID_QUERY', `\`view\` takes a key and a function, found ${showValue(fn)}`);
}
