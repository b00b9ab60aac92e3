import { describeType, type FieldType } from '@nuthatch/model';

/** A type in a sentence: `a string`, `an array of string`. */
export function shownType(type: FieldType): string {
  const text = describeType(type);
  return /^[a-z]+$/.test(text) ? `a ${text}` : text;
}
