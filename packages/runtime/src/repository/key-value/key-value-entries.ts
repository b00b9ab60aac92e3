import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { optionsObject } from '../../definition/unknown-option.js';
import { compareStoreKeys } from '../../structures/store-key.js';
import type { RepositoryReads } from '../repository-reads.js';
import type { KeyValueEntry, KeyValueTypes } from './key-value-types.js';

/** Which keys are listed. */
export interface KeyValueRange {
  /** Those that begin with it, in order of their UTF-16 code units. Left out: all, in no order. */
  readonly prefix?: string;
}

/**
 * Lists what is there at this moment. O(keys), and O(found · log found) with a prefix.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function keyValueEntries<R>(
  entries: RepositoryReads<KeyValueTypes>,
  range: KeyValueRange | undefined,
  of: string,
  toItem: (entry: KeyValueEntry) => R,
): IterableIterator<R> {
  const { prefix } = optionsObject(range, of, ['prefix']);
  if (prefix === undefined) return entries.all().all().map(toItem).values();
  if (typeof prefix !== 'string')
    throw new DatabaseError('INVALID_OPTION', `\`prefix\` of ${of} must be a text, found ${showValue(prefix)}`, {
      option: 'prefix',
    });
  const found: KeyValueEntry[] = [];
  for (const key of entries.all().keys()) if (key.startsWith(prefix)) found.push(entries.get(key)!);
  found.sort((a, b) => compareStoreKeys(a.key, b.key));
  return found.map(toItem).values();
}
