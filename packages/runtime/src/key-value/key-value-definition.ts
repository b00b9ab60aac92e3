/** The one collection behind a key-value store. */
import { type KeyedValue, keyedValuesDefinition } from '../definition/keyed-values.js';
import type { CollectionTypes } from '../repository/repository-types.js';

/** One key with its value, which is deeply frozen. */
export type KeyValueEntry = KeyedValue;

export interface KeyValueTypes extends CollectionTypes {
  readonly document: KeyValueEntry;
  readonly key: string;
  readonly input: KeyValueEntry;
}

/** Its values are checked and frozen before they come here: see `frozenAnyValue`. */
export const KEY_VALUE_DEFINITION = keyedValuesDefinition('KeyValueEntry', 'keyValueEntry');
