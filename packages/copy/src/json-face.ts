/** The JSON of values for callers outside: a value of another type than is named is refused by code. */
import type { FieldType } from '@nuthatch/model';
import { reading } from './argument-check.js';
import { fromJsonValue as fromJson, type JsonValue, toJsonValue as toJson } from './json-value.js';

/** The JSON of a value of this type. O(value). @throws DatabaseError `INVALID_OPTION` for a value of another type. */
export function toJsonValue(type: FieldType, value: unknown): JsonValue {
  return reading('value', 'a value of the type that is given', () => toJson(type, value));
}

/**
 * The value that JSON of this type stands for; what does not fit comes back as it is, for validation to refuse.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a type.
 */
export function fromJsonValue(type: FieldType, json: unknown): unknown {
  return reading('type', 'the type of a field of a model', () => fromJson(type, json));
}
