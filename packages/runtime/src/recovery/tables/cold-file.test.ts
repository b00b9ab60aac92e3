import { crc32 } from 'node:zlib';
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import { HeldDirectory } from '../../file-system/held-directory.js';
import { MemoryFileSystem } from '../../file-system/memory-file-system.js';
import { FRAME_HEADER_BYTES } from '../../journal/journal-format.js';
import { PLAIN_CODEC } from '../../journal/page-codec.js';
import { ColdFile, type ColdFrame } from './cold-file.js';

const SEED = 7;
const BODY_BYTES = [500, 90_000, 300] as const;

/** A file of three frames, of whose bodies each byte is known. */
async function opened(chunkBytes = Number.POSITIVE_INFINITY) {
  const fileSystem = new MemoryFileSystem();
  await fileSystem.makeDirectory('/data');
  const handle = await fileSystem.open('/data/image', 'create-exclusive');
  const frames: ColdFrame[] = [];
  const bodies: Uint8Array[] = [];
  let offset = 10;
  for (const bodyBytes of BODY_BYTES) {
    const body = Uint8Array.from({ length: bodyBytes }, (_, index) => (index * 31 + bodyBytes) & 255);
    await handle.write(body, offset + FRAME_HEADER_BYTES);
    const frameBytes = FRAME_HEADER_BYTES + bodyBytes;
    frames.push({ offset, frameBytes, bodyBytes, chain: new Uint8Array(16) });
    bodies.push(body);
    offset += frameBytes;
  }
  await handle.close();
  const held = await HeldDirectory.lock(fileSystem, '/data');
  const open = held.open.bind(held);
  Object.assign(held, {
    open: async (path: string, mode: 'read') => {
      const file = await open(path, mode);
      const readSync = file.readSync!.bind(file);
      return Object.assign(file, {
        readSync: (into: Uint8Array, position: number) => readSync(into.subarray(0, chunkBytes), position),
      });
    },
  });
  const file = await ColdFile.open({
    held,
    path: '/data/image',
    codec: PLAIN_CODEC,
    crcSeed: SEED,
    collection: 'thing',
    frames,
  });
  return { file, held, row: Buffer.concat(bodies) };
}

describe('ColdFile', () => {
  it.each([Number.POSITIVE_INFINITY, 7])('reads any part of a body, also %s bytes at a time', async (chunkBytes) => {
    const { file, row, held } = await opened(chunkBytes);
    const check = (start: number, byteCount: number): void => {
      const due = row.subarray(start, start + byteCount);
      const reader = file.readerAt(start, byteCount, crc32(due, SEED));
      expect([reader.remaining, Buffer.from(reader.skipped(byteCount)).equals(due)]).toEqual([byteCount, true]);
    };
    for (let start = 0; start + 50 <= 500; start += 50) check(start, 50);
    check(500, 90_000);
    check(90_500, 300);
    check(0, 500);
    await held.release();
    expect(() => check(0, 1)).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
  });

  it('refuses places, lengths and checksums that lie, and takes no memory for them', async () => {
    const { file, row, held } = await opened();
    const number = fc.oneof(fc.nat(row.length + 100), fc.nat(2 ** 32 - 1));
    fc.assert(
      fc.property(number, number, fc.nat(2 ** 32 - 1), (start, byteCount, checksum) => {
        const before = process.memoryUsage().arrayBuffers;
        try {
          file.readerAt(start, byteCount, checksum);
        } catch (error) {
          expect(DatabaseError.is(error, 'DOCUMENT_DAMAGED')).toBe(true);
          expect((error as DatabaseError).facts).toMatchObject({ collection: 'thing', file: '/data/image' });
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
          return;
        }
        // By chance, or of no bytes.
        expect(crc32(row.subarray(start, start + byteCount), SEED)).toBe(checksum);
      }),
      { numRuns: 300 },
    );
    await held.release();
  });
});
