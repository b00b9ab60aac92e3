import type { KeyedValue } from '../../definition/keyed-values.js';
import type { CollectionTypes } from '../repository-types.js';

/** One key with its value, which is deeply frozen. */
export type KeyValueEntry = KeyedValue;

export interface KeyValueTypes extends CollectionTypes {
  readonly document: KeyValueEntry;
  readonly key: string;
  readonly input: KeyValueEntry;
}
