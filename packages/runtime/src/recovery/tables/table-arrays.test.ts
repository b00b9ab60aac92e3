import { DatabaseError } from '@nuthatch/model';
import type { ReadTables } from './image-frames.js';
import { TableArrays } from './table-arrays.js';

/** Before each part stands the header of its record, and before some that of a frame. */
const RECORD_BYTES = 6;
const FRAME_BYTES = 96;
const DOUBLES = 600;
const NUMBERS = 2_000;
const BYTES = 777;

/** Three tables as they lie in a file that was read to an address that nothing is aligned to. */
function tables(shift: number, areInWindows: boolean): ReadTables {
  const contents = [
    new Uint8Array(Float64Array.from({ length: DOUBLES }, (_, index) => index / 3).buffer),
    new Uint8Array(Uint32Array.from({ length: NUMBERS }, (_, index) => index * 7).buffer),
    Uint8Array.from({ length: BYTES }, (_, index) => index % 256),
  ];
  const memory = new Uint8Array(shift + contents.reduce((sum, table) => sum + table.length, 0) + 1_000);
  const parts = new Map<number, Uint8Array[]>();
  let offset = shift;
  for (const [number, table] of contents.entries()) {
    parts.set(number, []);
    for (let from = 0; from < table.length; from += 3_001) {
      offset += RECORD_BYTES + (from === 0 ? FRAME_BYTES : 0);
      const part = memory.subarray(offset, offset + Math.min(3_001, table.length - from));
      part.set(table.subarray(from, from + part.length));
      parts.get(number)!.push(part);
      offset += part.length;
    }
  }
  const forms = [
    { type: 'f64', length: DOUBLES },
    { type: 'u32', length: NUMBERS },
    { type: 'u8', length: BYTES },
    { type: 'u8', length: 0 },
  ];
  return { description: { tables: forms }, parts, areInWindows };
}

const SHIFTS = [0, 1, 2, 3, 4, 5, 6, 7];

describe('TableArrays', () => {
  it.each(SHIFTS)('are the tables, moved together or copied, from address %i on', (shift) => {
    for (const areInWindows of [true, false]) {
      const read = tables(shift, areInWindows);
      const memory = read.parts.get(1)![0]!.buffer;
      const arrays = new TableArrays(read);
      const numbers = arrays.numbers(1);
      const bytes = arrays.bytes(2);
      const doubles = arrays.doubles(0);
      expect(numbers).toEqual(Uint32Array.from({ length: NUMBERS }, (_, index) => index * 7));
      expect(bytes).toEqual(Uint8Array.from({ length: BYTES }, (_, index) => index % 256));
      expect(doubles).toEqual(Float64Array.from({ length: DOUBLES }, (_, index) => index / 3));
      expect(numbers.buffer === memory).toBe(areInWindows);
      expect(arrays.bytes(3)).toEqual(new Uint8Array(0));
    }
  });

  it('give a copy to the second who asks for a table', () => {
    const arrays = new TableArrays(tables(3, true));
    const first = arrays.numbers(1);
    const second = arrays.numbers(1);
    expect(second).toEqual(first);
    first.fill(0);
    expect(second[5]).toBe(35);
  });

  it('are refused when a form says another length or type', () => {
    const read = tables(0, true);
    const arrays = new TableArrays(read);
    expect(() => arrays.doubles(1)).toThrow(DatabaseError);
    expect(() => arrays.numbers(7)).toThrow(DatabaseError);
    expect(() => new TableArrays({ ...read, description: {} })).toThrow(DatabaseError);
  });
});
