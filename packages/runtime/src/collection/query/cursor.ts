/**
 * A resumable position in an ordered query: the order value and key of the last document seen.
 *
 * As text it is opaque (base64url of JSON with typed values) and holds no reference to the document, so it stays good
 * while documents come and go, over a restart too.
 */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { StoreKey } from '../../structures/store-key.js';

export interface Cursor {
  /** The fields ordered by, with directions; empty when the query is ordered by rising keys alone. */
  readonly order: string;
  /**
   * As the index compares it; undefined: the document has no value, such documents come last. Of several fields the list
   * of their values.
   */
  readonly value: unknown;
  readonly key: StoreKey;
}

type Packed = string | number | boolean | null | { readonly i: string } | { readonly n: string } | readonly Packed[];

/** @param collection of the query: in another one the position would mean something else. */
export function cursorText(cursor: Cursor, collection: string): string {
  const packed = [cursor.order, pack(cursor.value), pack(cursor.key), collection];
  return Buffer.from(JSON.stringify(packed), 'utf8').toString('base64url');
}

/** @throws DatabaseError `INVALID_QUERY` for a text that is not a cursor of a query of the collection, ordered by `order`. */
export function parseCursor(text: unknown, order: string, collection: string): Cursor {
  const cursor = readCursor(text, collection);
  if (cursor.order === order) return cursor;
  const what = `the cursor belongs to a query ordered by ${cursor.order || 'key'}, this one is ordered by ${order || 'key'}`;
  throw new DatabaseError('INVALID_QUERY', what, { cursorOrder: cursor.order, order });
}

/** A cursor of whatever order. @throws DatabaseError `INVALID_QUERY` for a text that is not a cursor of the collection. */
export function readCursor(text: unknown, collection: string): Cursor {
  const parts = typeof text === 'string' ? parsePacked(text) : undefined;
  if (parts === undefined || !isWhole(parts)) throw noCursor();
  const [order, value, place, of = collection] = parts as readonly [string, Packed, Packed, string?];
  if (of !== collection) {
    const what = `the cursor belongs to a query of ${of}, this one is of ${collection}`;
    throw new DatabaseError('INVALID_QUERY', what, { cursorCollection: of, collection });
  }
  const key = unpack(place);
  if (key === undefined || typeof key === 'object') throw noCursor();
  return { order, value: unpack(value), key: key as StoreKey };
}

/** Cursors that were given out before they named their collection have three parts. */
function isWhole(parts: readonly Packed[]): boolean {
  return typeof parts[0] === 'string' && (parts.length === 3 || (parts.length === 4 && typeof parts[3] === 'string'));
}

/** @throws DatabaseError `INVALID_QUERY` for what is not a text: an absent cursor would begin the pages again forever. */
export function requireCursor(given: unknown): asserts given is string {
  if (typeof given === 'string') return;
  const what = `\`after\` must be the \`next\` of a page, found ${showValue(given)}; leave it out for the first page`;
  throw new DatabaseError('INVALID_QUERY', what);
}

export function noCursor(): DatabaseError {
  return new DatabaseError('INVALID_QUERY', 'the text in `after` is not a cursor; give the `next` of a page');
}

function parsePacked(text: string): readonly Packed[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? (parts as readonly Packed[]) : undefined;
  } catch {
    return undefined; // Not JSON: not a cursor, which the caller reports.
  }
}

function pack(value: unknown): Packed {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return { i: String(value) };
  if (typeof value === 'number' && !Number.isFinite(value)) return { n: String(value) };
  if (Array.isArray(value)) return value.map(pack);
  return value as Packed;
}

/** @throws DatabaseError `INVALID_QUERY` for what no cursor holds. */
function unpack(packed: Packed, depth = 0): unknown {
  if (packed === null) return undefined;
  // The values of an order of several fields, one of which may be the parts of a composite value; nothing lies deeper.
  if (Array.isArray(packed)) {
    if (depth === 2) throw noCursor();
    return packed.map((part) => unpack(part as Packed, depth + 1));
  }
  if (typeof packed === 'object') {
    const { i, n } = packed as { readonly i?: unknown; readonly n?: unknown };
    if (typeof i === 'string' && /^-?\d+$/.test(i)) return BigInt(i);
    if (n === 'Infinity' || n === '-Infinity') return Number(n);
    throw noCursor();
  }
  return packed;
}
