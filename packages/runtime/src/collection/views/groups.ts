/** The groups that a document belongs to, by the values of its fields: their keys as rows have them. */
import type { KeyCodec } from '../../definition/key-codec.js';
import { isDateValue, isSetValue } from '../../document/brands.js';
import { frozenDate } from '../../document/frozen-values.js';
import type { ScalarValue } from '../../indexes/index-value.js';
import type { StoreKey } from '../../structures/store-key.js';

export interface GroupKey {
  /** Of its row. */
  readonly key: StoreKey;
  /** Its values as rows show them. */
  readonly values: readonly unknown[];
  /** The same as an index holds them. */
  readonly parts: readonly ScalarValue[];
}

export const NO_GROUPS: readonly GroupKey[] = [];

export class Groups {
  readonly #fields: readonly string[];
  readonly #keys: KeyCodec;
  readonly #isListed: boolean;

  /** @param keys of the rows. @param isListed the one field is an array or a set. */
  constructor(fields: readonly string[], keys: KeyCodec, isListed: boolean) {
    this.#fields = fields;
    this.#keys = keys;
    this.#isListed = isListed;
  }

  /** Whether a document may be in several groups. */
  get isListed(): boolean {
    return this.#isListed;
  }

  /**
   * One group; with a field of several elements one for each of them, each once. None where a value is absent, null or NaN:
   * no row could have such a key. O(fields + elements).
   */
  of(document: object): readonly GroupKey[] {
    const values = this.#fields.map((field) => (document as Readonly<Record<string, unknown>>)[field]);
    const [only] = values;
    if (!this.#isListed) {
      const group = this.#group(values);
      return group === undefined ? NO_GROUPS : [group];
    }
    const groups = new Map<StoreKey, GroupKey>();
    if (!Array.isArray(only) && !isSetValue(only)) return NO_GROUPS;
    for (const element of only as Iterable<unknown>) {
      const group = this.#group([element]);
      if (group !== undefined) groups.set(group.key, group);
    }
    return [...groups.values()];
  }

  #group(given: readonly unknown[]): GroupKey | undefined {
    const values: unknown[] = [];
    const parts: ScalarValue[] = [];
    for (const value of given) {
      const part = partOf(value);
      if (part === undefined) return undefined;
      parts.push(part);
      values.push(isDateValue(value) ? frozenDate(value) : part);
    }
    return { key: this.#keys.toStoreKey(values.length === 1 ? values[0] : values), values, parts };
  }
}

/** A value of a key; undefined for what no key can be. */
function partOf(value: unknown): ScalarValue | undefined {
  const part = orderedPart(value);
  return typeof part === 'number' && !Number.isFinite(part) ? undefined : part;
}

/** A value by its place in an order, dates as epoch milliseconds; undefined for none, and for NaN. -0 is 0. */
export function orderedPart(value: unknown): ScalarValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return value;
    case 'number':
      return Number.isNaN(value) ? undefined : value + 0;
    default: {
      const timeMs = isDateValue(value) ? Date.prototype.getTime.call(value) : Number.NaN;
      return Number.isNaN(timeMs) ? undefined : timeMs;
    }
  }
}
