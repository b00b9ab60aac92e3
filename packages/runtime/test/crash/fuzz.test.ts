/**
 * Bytes made to hurt: files edited at random, and frames whose contents are edited and sealed again with right
 * checksums. Whatever is found there, the answer is a DatabaseError or documents, soon and in little memory.
 */
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { frameCrcSeed, fromHex } from '../../src/journal/chain.js';
import { readFrameHeader } from '../../src/journal/frame-reader.js';
import { sealFrame } from '../../src/journal/frame-writer.js';
import { FRAME_HEADER_BYTES } from '../../src/journal/journal-format.js';
import { encodeManifest, readManifest } from '../../src/journal/manifest.js';
import { DIRECTORY, openItems, put, readFile, replaceFile, transaction, writeItems } from '../disk-fixture.js';

const PAGE = `${DIRECTORY}/page-0000000001.nut`;
const MANIFEST = `${DIRECTORY}/manifest.nut`;
const RUNS = process.env.NUTHATCH_NIGHTLY ? 1_000_000 : 1500;

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.oneof(fc.nat({ max: 8 }), fc.constant(0)),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom(Uint8Array.of(0xff, 0xff, 0xff, 0xff), new Uint8Array(16)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

function edited(bytes: Uint8Array, changes: readonly Edit[]): Uint8Array {
  let result = Buffer.from(bytes);
  for (const { at, remove, insert } of changes) {
    const offset = Math.floor(at * result.length);
    result = Buffer.concat([result.subarray(0, offset), insert, result.subarray(offset + remove)]);
  }
  return new Uint8Array(result);
}

/** Opens whatever is there; anything but a DatabaseError goes through. */
async function openAny(fileSystem: MemoryFileSystem, recovery: 'refuse' | 'salvage'): Promise<void> {
  try {
    const { journal, target } = await openItems(fileSystem, { recovery });
    for (const item of target.documents.values()) expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
    await journal.close();
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
  }
}

it(
  'answers files edited at random with an error of ours or with documents',
  async () => {
    const original = new MemoryFileSystem();
    await writeItems(original, 4);
    const [page, manifest] = [await readFile(original, PAGE), await readFile(original, MANIFEST)];
    await fc.assert(
      fc.asyncProperty(fc.boolean(), edits, fc.constantFrom('refuse', 'salvage'), async (isPage, changes, recovery) => {
        const fileSystem = new MemoryFileSystem();
        await fileSystem.makeDirectory(DIRECTORY);
        await replaceFile(fileSystem, PAGE, isPage ? edited(page, changes) : page);
        await replaceFile(fileSystem, MANIFEST, isPage ? manifest : edited(manifest, changes));
        await openAny(fileSystem, recovery);
      }),
      { numRuns: RUNS },
    );
  },
  Math.max(30_000, RUNS * 10),
);

it(
  'answers frames with right checksums and wrong contents the same way',
  async () => {
    const original = new MemoryFileSystem();
    const { journal } = await openItems(original);
    journal.append(
      { ...transaction(put('a', 1, 'text'), put('b', 2.5)), command: { name: 'c', argumentsJson: '[]' } },
      'os',
    );
    await journal.close();
    const good = await readFile(original, PAGE);
    const manifest = await readManifest(original, DIRECTORY);
    if (!manifest) throw new Error('there is no manifest');
    const crcSeed = frameCrcSeed(fromHex(manifest.uuid));
    const start = Buffer.from(good.buffer, 0, good.length).lastIndexOf('NUTF') - 4;
    const frame = good.slice(start);
    const header = readFrameHeader(frame, crcSeed);
    if (typeof header === 'string') throw new Error(header);
    const { clean: _clean, ...unclean } = manifest;

    await fc.assert(
      fc.asyncProperty(
        edits,
        fc.nat({ max: 3 }),
        fc.constantFrom('refuse', 'salvage'),
        async (changes, more, recovery) => {
          const body = edited(frame.slice(FRAME_HEADER_BYTES), changes);
          const bad = Buffer.concat([frame.slice(0, FRAME_HEADER_BYTES), body]);
          sealFrame(bad, { ...header, transactionCount: header.transactionCount + (more === 3 ? 1 : 0), crcSeed });
          const fileSystem = new MemoryFileSystem();
          await fileSystem.makeDirectory(DIRECTORY);
          await replaceFile(fileSystem, PAGE, Buffer.concat([good.slice(0, start), bad]));
          await replaceFile(fileSystem, MANIFEST, encodeManifest(unclean));
          await openAny(fileSystem, recovery);
        },
      ),
      { numRuns: RUNS },
    );
  },
  Math.max(30_000, RUNS * 10),
);
