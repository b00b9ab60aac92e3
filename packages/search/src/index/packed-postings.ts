/**
 * Postings packed into bytes, never changed: for each term the rows in rising order, as differences.
 *
 *   postings := (varint of difference · 2 + (count > 1 ? 1 : 0), count byte if it is more than 1)*
 *
 * Most take one or two bytes. They are saved as they lie here.
 */
import type { PostingPart } from './posting-part.js';
import type { PostingSink } from './posting-sink.js';

export class PackedPostings implements PostingPart {
  /**
   * @param starts where each term's postings begin, and behind the last one where they end.
   */
  constructor(
    readonly size: number,
    readonly starts: Uint32Array,
    readonly bytes: Uint8Array,
  ) {}

  get byteCount(): number {
    return this.bytes.length;
  }

  read(term: number, isLive: Uint8Array, sink: PostingSink): void {
    if (term + 1 >= this.starts.length) return;
    const { bytes } = this;
    const end = this.starts[term + 1]!;
    let at = this.starts[term]!;
    // No posting takes less than a byte. The loop of every question: nothing in it is called.
    sink.reserve(end - at);
    const { rows, counts } = sink;
    let { size } = sink;
    let row = 0;
    while (at < end) {
      let byte = bytes[at++]!;
      let value = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        byte = bytes[at++]!;
        value += (byte & 0x7f) * 2 ** shift;
      }
      row += value >>> 1;
      const count = (value & 1) === 0 ? 1 : bytes[at++]!;
      if (isLive[row] !== 1) continue;
      rows[size] = row;
      counts[size++] = count;
    }
    sink.size = size;
  }
}

/** Packs one term after the other. */
export class PostingPacker {
  #bytes: Uint8Array;
  #starts = new Uint32Array(1_024);
  #length = 0;
  #terms = 0;
  #size = 0;

  /** @param roomBytes as many as there will be, more or less: what is made once need not be copied in one long turn. */
  constructor(roomBytes: number) {
    this.#bytes = new Uint8Array(Math.max(1_024, roomBytes));
  }

  get byteCount(): number {
    return this.#length;
  }

  /** The next term has the postings of the sink, which gets sorted. @param rowOf the number a row is given; undefined: its own. */
  add(sink: PostingSink, rowOf?: Uint32Array): void {
    if (rowOf !== undefined)
      for (let index = 0; index < sink.size; index++) sink.rows[index] = rowOf[sink.rows[index]!]!;
    sortByRow(sink);
    if (this.#terms + 2 > this.#starts.length) {
      const starts = new Uint32Array(this.#starts.length * 2);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    const need = this.#length + sink.size * 6;
    if (need > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    const bytes = this.#bytes;
    const { rows, counts } = sink;
    let at = this.#length;
    let before = 0;
    for (let index = 0; index < sink.size; index++) {
      const row = rows[index]!;
      const count = counts[index]!;
      let value = (row - before) * 2 + (count > 1 ? 1 : 0);
      before = row;
      while (value >= 0x80) {
        bytes[at++] = (value % 0x80) + 0x80;
        value = Math.floor(value / 0x80);
      }
      bytes[at++] = value;
      if (count > 1) bytes[at++] = count;
    }
    this.#length = at;
    this.#size += sink.size;
    this.#starts[++this.#terms] = at;
  }

  finish(): PackedPostings {
    const bytes = this.#bytes.subarray(0, this.#length);
    // Room that is left over stays for as long as these are asked: a little does no harm.
    const isTight = this.#length * 8 > this.#bytes.length * 7;
    return new PackedPostings(this.#size, this.#starts.slice(0, this.#terms + 1), isTight ? bytes : bytes.slice());
  }
}

/** Segments give rows in rising order, recent postings in falling order: mostly there is little to do. */
function sortByRow(sink: PostingSink): void {
  const { rows, counts, size } = sink;
  let isSorted = true;
  for (let index = 1; index < size && isSorted; index++) isSorted = rows[index - 1]! < rows[index]!;
  if (isSorted) return;
  const pairs = new Float64Array(size);
  for (let index = 0; index < size; index++) pairs[index] = rows[index]! * 256 + counts[index]!;
  pairs.sort();
  for (let index = 0; index < size; index++) {
    const pair = pairs[index]!;
    rows[index] = Math.floor(pair / 256);
    counts[index] = pair % 256;
  }
}
