/** Values of the type `record`: plain objects whose property names are data, beside those of named fields. */
import { frozenRecord } from './frozen-any-value.js';

const NO_NAMES: ReadonlySet<string> = new Set();

/** The properties that are no named field's and have a value. O(properties). */
export function recordEntries(
  value: object,
  named: ReadonlySet<string> = NO_NAMES,
): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([name, part]) => part !== undefined && !named.has(name));
}

/** A frozen record: the named fields in the model's order, then the others. O(properties). */
export function makeRecord(
  fields: Readonly<Record<string, unknown>>,
  others: readonly (readonly [string, unknown])[],
): Readonly<Record<string, unknown>> {
  return frozenRecord([...Object.entries(fields), ...others]);
}

/** True for a number as JavaScript writes it: what a property with a number for its name is called. */
export function isNumberName(name: string): boolean {
  return String(Number(name)) === name;
}
