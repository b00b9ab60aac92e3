/**
 * The bytes of an index that is saved, and an index from them. Documented in docs/search-state.md of this package.
 *
 *   state := form varint, fieldCount varint, keys, field*
 *   keys  := count varint, key*                        a document's place here is its row
 *   field := lengths: varint for each row
 *            terms: count varint, (units shared with the term before varint, rest string, postingCount varint, byteCount varint)*
 *            postings: as in packed-postings.ts, one term after the other
 *
 * Saving holds the state of one moment: what is packed is never changed, which rows are alive is copied, and what is written
 * afterwards goes elsewhere. Rows are numbered anew, so nothing that is gone is saved.
 */
import { ByteReader, ByteWriter, type Steps, type StoreKey } from '@nuthatch/runtime/search';
import { packing } from './field-postings.js';
import { PackedPostings } from './packed-postings.js';
import type { PostingPart } from './posting-part.js';
import { TermTable } from './term-table.js';
import { TextIndex } from './text-index.js';

/** Never reuse a number. 1: BM25 over packed postings, Unicode words. 2: the same bytes; marks and unseen signs begin no word. */
export const STATE_FORM = 2;

const PIECE_BYTES = 128 * 1024;
const STEP_KEYS = 512;
const KEY = { text: 0, count: 1, number: 2, bigint: 3 } as const;

/** The parts of a field as they were at the moment of the capture. */
interface CapturedField {
  /** Numbers of terms belong to their parts: packing may give others. */
  readonly terms: TermTable;
  readonly parts: readonly PostingPart[];
  readonly lengths: Uint32Array;
}

/** The bytes of an index, made in short steps. */
export interface SavedPieces {
  readonly steps: Steps;
  /** The next piece that is ready. */
  take(): Uint8Array | undefined;
}

/**
 * Holds the index as it is now, and gives its bytes piece by piece. The capture is O(rows) at the speed of memory, the rest
 * goes in short steps.
 */
export function saving(index: TextIndex): SavedPieces {
  const { isLive, keys } = index.rows.copy();
  const captured: CapturedField[] = index.fields.map((field) => {
    field.freeze();
    return { terms: field.terms, parts: field.parts, lengths: field.lengths.slice(0, keys.length) };
  });
  const pieces: Uint8Array[] = [];
  return { steps: writing(captured, isLive, keys, pieces), take: () => pieces.shift() };
}

function* writing(
  captured: readonly CapturedField[],
  isLive: Uint8Array,
  keys: readonly (StoreKey | undefined)[],
  pieces: Uint8Array[],
): Steps {
  const writer = new ByteWriter(PIECE_BYTES * 2);
  const flush = (): void => {
    if (writer.position === 0) return;
    pieces.push(writer.finish().slice());
    writer.reset();
  };
  writer.varint(STATE_FORM);
  writer.varint(captured.length);
  const rowOf = new Uint32Array(keys.length);
  let count = 0;
  for (let row = 0; row < keys.length; row++) if (isLive[row] === 1) rowOf[row] = count++;
  writer.varint(count);
  for (let row = 0; row < keys.length; row++) {
    if (isLive[row] === 1) writeKey(writer, keys[row]!);
    if (row % STEP_KEYS !== 0) continue;
    if (writer.position >= PIECE_BYTES) flush();
    yield;
  }
  for (const { terms, parts, lengths } of captured) {
    for (let row = 0; row < keys.length; row++) {
      if (isLive[row] === 1) writer.varint(lengths[row] ?? 0);
      if (row % STEP_KEYS !== 0) continue;
      if (writer.position >= PIECE_BYTES) flush();
      yield;
    }
    yield* writeTerms(writer, flush, terms, parts, isLive, rowOf, pieces);
  }
  flush();
}

function* writeTerms(
  writer: ByteWriter,
  flush: () => void,
  terms: TermTable,
  parts: readonly PostingPart[],
  isLive: Uint8Array,
  rowOf: Uint32Array,
  pieces: Uint8Array[],
): Steps {
  const sorted = yield* terms.sorting();
  const sizes: number[] = [];
  const ends: number[] = [];
  let termCount = 0;
  const packed = yield* packing(
    parts,
    sorted.length,
    isLive,
    rowOf,
    (place) => terms.numberOf(sorted[place]!)!,
    (_, size, end) => {
      sizes.push(size);
      ends.push(end);
      if (size > 0) termCount++;
    },
  );
  writer.varint(termCount);
  let before = '';
  for (const [place, term] of sorted.entries()) {
    const size = sizes[place]!;
    // No document has the term any more.
    if (size === 0) continue;
    let shared = 0;
    while (shared < before.length && shared < term.length && before.charCodeAt(shared) === term.charCodeAt(shared))
      shared++;
    writer.varint(shared);
    writer.string(term.slice(shared));
    writer.varint(size);
    writer.varint(ends[place]! - (ends[place - 1] ?? 0));
    before = term;
    if (place % STEP_KEYS !== 0) continue;
    if (writer.position >= PIECE_BYTES) flush();
    yield;
  }
  flush();
  for (let at = 0; at < packed.bytes.length; at += PIECE_BYTES)
    pieces.push(packed.bytes.subarray(at, Math.min(at + PIECE_BYTES, packed.bytes.length)));
}

/**
 * An index of what was saved. Every number is checked: bytes of another kind are refused, never half believed. O(keys +
 * terms) in short steps; postings are read when a question asks for them.
 *
 * @throws DatabaseError, RangeError for bytes that are no state of so many fields.
 */
export function* loading(bytes: Uint8Array, fieldCount: number): Steps<TextIndex> {
  const reader = new ByteReader(bytes);
  if (reader.varint() !== STATE_FORM || reader.varint() !== fieldCount) throw broken('another form');
  const index = new TextIndex(fieldCount);
  const rowCount = reader.count(1);
  for (let row = 0; row < rowCount; row++) {
    const key = readKey(reader);
    index.rows.add(key);
    if (index.rows.size <= row) throw broken('a key that comes twice');
    if (row % STEP_KEYS === 0) yield;
  }
  for (const field of index.fields) {
    const lengths = new Uint32Array(Math.max(1, rowCount));
    for (let row = 0; row < rowCount; row++) {
      lengths[row] = reader.varint();
      if (row % STEP_KEYS === 0) yield;
    }
    const terms = new TermTable();
    const termCount = reader.count(4);
    const starts = new Uint32Array(termCount + 1);
    let before = '';
    let postingCount = 0;
    let byteCount = 0;
    for (let place = 0; place < termCount; place++) {
      const shared = reader.varint();
      const term = before.slice(0, shared) + reader.string();
      if (shared > before.length || (place > 0 && term <= before)) throw broken('terms out of order');
      terms.begin(term);
      before = term;
      postingCount += reader.varint();
      byteCount += reader.varint();
      starts[place + 1] = byteCount;
      if (place % STEP_KEYS === 0) yield;
    }
    if (byteCount > reader.remaining) throw broken('postings that are cut off');
    const packed = bytes.subarray(reader.position, reader.position + byteCount);
    if (rowCount === 0 && byteCount > 0) throw broken('postings without documents');
    reader.skip(byteCount);
    field.begin(terms, new PackedPostings(postingCount, starts, packed), lengths);
    yield;
  }
  if (reader.remaining > 0) throw broken('bytes behind the end');
  return index;
}

function writeKey(writer: ByteWriter, key: StoreKey): void {
  if (typeof key === 'string') {
    writer.byte(KEY.text);
    writer.string(key);
  } else if (typeof key === 'bigint') {
    writer.byte(KEY.bigint);
    writer.bigint(key);
  } else if (Number.isSafeInteger(key) && key >= 0 && !Object.is(key, -0)) {
    writer.byte(KEY.count);
    writer.varint(key);
  } else {
    writer.byte(KEY.number);
    writer.float64(key);
  }
}

function readKey(reader: ByteReader): StoreKey {
  const kind = reader.byte();
  if (kind === KEY.text) return reader.string();
  if (kind === KEY.count) return reader.varint();
  if (kind === KEY.number) return reader.float64();
  if (kind === KEY.bigint) return reader.bigint();
  throw broken('a key of an unknown kind');
}

function broken(what: string): Error {
  return new RangeError(`the saved state of a search index holds ${what}`);
}
