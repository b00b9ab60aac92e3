import { ByteReader } from '../codec/byte-reader.js';
import { BodyMemory } from './body-memory.js';
import type { ImageBodies, ImageRows } from './image-tables.js';

const BODY_COUNT = 40;
const BODY_BYTES = 10;
const ROWS_PER_BODY = 2;

/** Bodies side by side in one piece of memory, two rows in each, at their beginning and in their middle. */
function memory(): { readonly bodies: BodyMemory; readonly piece: ArrayBuffer; readonly places: readonly number[] } {
  const piece = new ArrayBuffer(BODY_COUNT * BODY_BYTES);
  const bytes = new Uint8Array(piece).map((_, index) => index % 251);
  new Uint8Array(piece).set(bytes);
  const starts = Array.from({ length: BODY_COUNT }, (_, body) => body * BODY_BYTES);
  const readers = starts.map((start) => new ByteReader(new Uint8Array(piece, start, BODY_BYTES)));
  const places = starts.flatMap((start) => [start, start + BODY_BYTES / 2]);
  const rows = { rowCount: places.length, places: Uint32Array.from(places) } as unknown as ImageRows;
  return { bodies: new BodyMemory(rows, { starts, readers } as unknown as ImageBodies), piece, places };
}

describe('BodyMemory', () => {
  it('stands at each place until its document is gone, in whatever order they go', () => {
    for (const step of [1, 7, 33, 79]) {
      const { bodies, places } = memory();
      const left = new Set(places);
      for (let index = 0; index < places.length; index++) {
        const place = places[(index * step) % places.length]!;
        for (const other of left) expect(bodies.readerAt(other).byte()).toBe(other % 251);
        bodies.leave(place);
        left.delete(place);
      }
      expect(bodies.heldBytes).toBe(0);
    }
  });

  it('needs the common piece no longer soon after half of the bodies are gone', () => {
    const { bodies, piece, places } = memory();
    const isShared = (place: number): boolean => bodies.readerAt(place).data.buffer === piece;
    const half = (BODY_COUNT / 2) * ROWS_PER_BODY;
    for (const place of places.slice(0, half - 1)) bodies.leave(place);
    expect(places.slice(half).every(isShared)).toBe(true);
    const third = (BODY_COUNT / 6) * ROWS_PER_BODY + ROWS_PER_BODY;
    for (const place of places.slice(half - 1, half + third)) bodies.leave(place);
    expect(places.slice(half + third).some(isShared)).toBe(false);
  });
});
