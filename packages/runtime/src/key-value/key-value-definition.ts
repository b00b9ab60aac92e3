/** The one collection behind a key-value store. */
import { keyedValuesDefinition } from '../definition/keyed-values.js';

/** Its values are checked and frozen before they come here: see `frozenAnyValue`. */
export const KEY_VALUE_DEFINITION = keyedValuesDefinition('KeyValueEntry', 'keyValueEntry');
