/** Tables of a snapshot as docs/journal-format.md describes them ("Tables"), read without any code of ours. */
import { readAnyValue, ValueReader } from './independent-values.js';

type Plain = Record<string, unknown>;

/** What `IndependentReader` has found of one collection. */
export interface FoundTables {
  readonly description: Plain;
  readonly bytes: ReadonlyMap<number, Buffer>;
}

export class IndependentTables {
  readonly description: Plain;
  readonly #bytes: ReadonlyMap<number, Buffer>;

  constructor({ description, bytes }: FoundTables) {
    this.description = description;
    this.#bytes = bytes;
  }

  /** The elements of a table, by its number. */
  numbers(number: unknown): number[] {
    const forms = this.description['tables'] as readonly { readonly type: string; readonly length: number }[];
    const { type, length } = forms[number as number]!;
    const bytes = this.#bytes.get(number as number) ?? Buffer.alloc(0);
    const read = {
      u8: (at: number) => bytes.readUInt8(at),
      u32: (at: number) => bytes.readUInt32LE(at * 4),
      f64: (at: number) => bytes.readDoubleLE(at * 8),
    }[type]!;
    return Array.from({ length }, (_, at) => read(at));
  }

  /** The tables of an index. */
  index(name: string): Plain {
    const indexes = this.description['indexes'] as readonly Plain[];
    return indexes.find(({ index }) => (index as Plain)['name'] === name)!;
  }

  values({ bytes, ends }: { readonly bytes: number; readonly ends: number }): unknown[] {
    const data = Buffer.from(this.numbers(bytes));
    return this.numbers(ends).map((end, at, all) =>
      readAnyValue(new ValueReader(data.subarray(all[at - 1] ?? 0, end))),
    );
  }

  /** All rows that the cells of a table may mean for a value. @param rowCount of what the cells lead to. */
  rowsOf(cellsTable: unknown, value: string | number, rowCount: number): number[] {
    const cells = this.numbers(cellsTable);
    const hash = hashOf(value, this.description['seed'] as number) >>> 0;
    const base = 2 ** rowCount.toString(2).length;
    const rows: number[] = [];
    const isByShare = this.description['cellOrder'] === 'share';
    const first = isByShare ? Number((BigInt(hash) * BigInt(cells.length)) >> 32n) : hash % cells.length;
    const bits = isByShare ? hash % (2 ** 32 / base) : Math.floor(hash / base);
    for (let at = first; cells[at] !== 0; at = (at + 1) % cells.length) {
      const cell = cells[at]!;
      if (Math.floor(cell / base) === bits) rows.push((cell % base) - 1);
    }
    return rows;
  }
}

const PRIME = 0x01000193n;
const mod = (value: bigint): bigint => BigInt.asUintN(32, value);

/** By the letter of the page, in bigints. */
function hashOf(value: string | number, seed: number): number {
  let hash = mod(BigInt(seed));
  if (typeof value === 'string') {
    for (let at = 0; at < value.length; at++) hash = mod((hash ^ BigInt(value.charCodeAt(at))) * PRIME);
    return Number(mix(hash ^ BigInt(value.length)));
  }
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  hash = mod((hash ^ BigInt(double.readUInt32LE(0))) * PRIME);
  return Number(mix(mod((hash ^ BigInt(double.readUInt32LE(4))) * PRIME)));
}

function mix(given: bigint): bigint {
  let hash = given ^ (given >> 16n);
  hash = mod(hash * 0x85ebca6bn);
  hash ^= hash >> 13n;
  hash = mod(hash * 0xc2b2ae35n);
  return hash ^ (hash >> 16n);
}
