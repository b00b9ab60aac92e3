/**
 * About how much memory documents take, for buffers that hold a bounded number of bytes of them.
 *
 * An estimate from above: texts count two bytes per letter, and what two documents share counts for both. Long lists are
 * looked through once: they are frozen, and an update that leaves one alone shares it with the document before.
 */
import type { DocumentModel } from '@nuthatch/model';

/** An object's header and its place in the store. */
const OBJECT_BYTES = 64;
const FIELD_BYTES = 16;
const ELEMENT_BYTES = 16;
/** A list from this many elements on is looked through once. */
const LONG_COUNT = 32;

/** Fields of these kinds take no more than their place. */
const SMALL_KINDS: ReadonlySet<string> = new Set(['number', 'integer', 'boolean', 'date', 'literal']);

const known = new WeakMap<object, number>();

/** Makes the estimate for documents of a model. The result is O(fields that can be large), and O(elements) for new lists. */
export function documentSizer({ fields }: DocumentModel): (document: object) => number {
  const flatBytes = OBJECT_BYTES + fields.length * FIELD_BYTES;
  const large = fields.filter(({ type }) => !SMALL_KINDS.has(type.kind)).map(({ name }) => name);
  return (document) => {
    let bytes = flatBytes;
    for (let index = 0; index < large.length; index++) {
      const value = (document as Readonly<Record<string, unknown>>)[large[index]!];
      if (typeof value === 'string') bytes += value.length * 2;
      else if (value !== undefined && value !== null) bytes += valueBytes(value);
    }
    return bytes;
  };
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return ELEMENT_BYTES + value.length * 2;
  if (typeof value === 'bigint') return bigintBytes(value);
  if (typeof value !== 'object' || value === null) return ELEMENT_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  if (Array.isArray(value)) return value.length < LONG_COUNT ? listBytes(value) : once(value, listBytes);
  if (value instanceof Map || value instanceof Set) return once(value, tableBytes);
  let bytes = OBJECT_BYTES;
  for (const name in value) bytes += FIELD_BYTES + valueBytes((value as Readonly<Record<string, unknown>>)[name]);
  return bytes;
}

/** Most are small; the others are measured by halving, not written out. */
function bigintBytes(value: bigint): number {
  let bytes = ELEMENT_BYTES;
  for (let rest = value < 0n ? -value : value; rest >= 2n ** 64n; rest >>= 65_536n) bytes += 8_192;
  return bytes;
}

function listBytes(list: readonly unknown[]): number {
  let bytes = OBJECT_BYTES;
  for (const element of list) bytes += valueBytes(element);
  return bytes;
}

function tableBytes(table: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): number {
  let bytes = OBJECT_BYTES;
  for (const [key, value] of table.entries())
    bytes += ELEMENT_BYTES + valueBytes(key) + (key === value ? 0 : valueBytes(value));
  return bytes;
}

function once<T extends object>(value: T, measure: (value: T) => number): number {
  const found = known.get(value);
  if (found !== undefined) return found;
  const bytes = measure(value);
  known.set(value, bytes);
  return bytes;
}
