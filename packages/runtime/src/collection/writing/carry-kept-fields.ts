/**
 * The kept fields of a document after a change: those of the document itself stay, those inside a nested value stay as
 * long as the value does.
 *
 * Elements of arrays and sets are found again by what they hold; one that was changed in place keeps its fields where
 * the element before it is gone. An element or nested object that is removed takes its fields with it.
 */
import type { DocumentModel } from '@nuthatch/model';
import { isFields, KeptFields, keepFields, keptFieldsOf, type PlainFields } from '../../codec/kept-fields.js';
import { isMapValue, isSetValue } from '../../document/brands.js';
import { isSameValue } from './same-value.js';

/** Hands the kept fields of `before` on to `after`. O(1) for nearly every document; O(nested kept fields) otherwise. */
export function carryKeptFields(model: Pick<DocumentModel, 'fields'>, before: object, after: object): void {
  const kept = keptFieldsOf(before);
  if (kept === undefined || keptFieldsOf(after) !== undefined) return;
  const nested = model.fields.filter(({ name }) => Object.hasOwn(kept.fields, name));
  if (nested.every(({ name }) => isSameValue((before as PlainFields)[name], (after as PlainFields)[name]))) {
    keepFields(after, kept);
    return;
  }
  const carried = carryFields(
    kept.fields,
    before as PlainFields,
    after as PlainFields,
    new Set(nested.map(({ name }) => name)),
  );
  const left = KeptFields.of(carried);
  if (left !== undefined) keepFields(after, left);
}

/** @param known fields that the class has; those beyond it stay whatever happens. Left out: told by `before`. */
function carryFields(
  kept: PlainFields,
  before: PlainFields,
  after: PlainFields,
  known?: ReadonlySet<string>,
): PlainFields {
  const carried: [string, unknown][] = [];
  for (const [name, value] of Object.entries(kept)) {
    const isKnown = known === undefined ? Object.hasOwn(before, name) : known.has(name);
    const left = isKnown ? carry(value, before[name], after[name]) : value;
    if (left !== undefined) carried.push([name, left]);
  }
  // `fromEntries` defines properties, so that one called `__proto__` is one like any other.
  return Object.fromEntries(carried);
}

/** The rest of the kept fields of one value. */
function carry(kept: unknown, before: unknown, after: unknown): unknown {
  if (isSameValue(before, after)) return kept;
  if (isMapValue(kept)) {
    if (isMapValue(before) && isMapValue(after)) return carryEntries(kept, before, after);
    const [old, now] = [elementsOf(before), elementsOf(after)];
    return old === undefined || now === undefined ? undefined : carryElements(kept, old, now);
  }
  if (!isFields(kept) || !isFields(before) || !isFields(after)) return undefined;
  const left = carryFields(kept, before, after);
  return Object.keys(left).length > 0 ? left : undefined;
}

function carryEntries(
  kept: ReadonlyMap<unknown, unknown>,
  before: ReadonlyMap<unknown, unknown>,
  after: ReadonlyMap<unknown, unknown>,
): unknown {
  const carried = new Map<unknown, unknown>();
  for (const [key, value] of kept) {
    if (!after.has(key)) continue;
    const left = carry(value, before.get(key), after.get(key));
    if (left !== undefined) carried.set(key, left);
  }
  return carried.size > 0 ? carried : undefined;
}

function carryElements(
  kept: ReadonlyMap<unknown, unknown>,
  before: readonly unknown[],
  after: readonly unknown[],
): unknown {
  const carried = new Map<unknown, unknown>();
  const taken = new Set<number>();
  const moved: [number, unknown][] = [];
  for (const [position, value] of kept) {
    const element = before[position as number];
    // Its own place first: equal elements are then told apart by where they stand.
    const isInPlace = isSameValue(after[position as number], element) && !taken.has(position as number);
    const found = isInPlace
      ? (position as number)
      : after.findIndex((other, index) => !taken.has(index) && isSameValue(other, element));
    if (found < 0) moved.push([position as number, value]);
    else {
      taken.add(found);
      carried.set(found, value);
    }
  }
  for (const [position, value] of moved) {
    const isReplaced = position < after.length && !taken.has(position) && before.length === after.length;
    const left = isReplaced ? carry(value, before[position], after[position]) : undefined;
    if (left !== undefined) carried.set(position, left);
  }
  return carried.size > 0 ? carried : undefined;
}

function elementsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return isSetValue(value) ? [...value] : undefined;
}
