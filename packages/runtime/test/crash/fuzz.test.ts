/**
 * Bytes made to hurt: files edited at random, and frames whose contents are edited and sealed again with right
 * checksums. Whatever is found there, the answer is a DatabaseError or documents, soon and in little memory.
 */
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { frameCrcSeed, fromHex } from '../../src/journal/chain.js';
import { sealFrame } from '../../src/journal/frame-header.js';
import { readFrameHeader } from '../../src/journal/frame-reader.js';
import { FRAME_HEADER_BYTES } from '../../src/journal/journal-format.js';
import { encodeManifest, type Manifest, readManifest } from '../../src/journal/manifest.js';
import { DIRECTORY, openItems, put, readFile, replaceFile, transaction, writeItems } from '../disk-fixture.js';
import { repeats } from '../support/long-run.js';
import { fileSystemOf, outcomeOf, smallDirectory } from '../support/small-directory.js';

const PAGE = `${DIRECTORY}/page-0000000001.nut`;
const MANIFEST = `${DIRECTORY}/manifest.nut`;
const RUNS = repeats('NUTHATCH_FUZZED_FRAMES', 1500);
const MANIFEST_RUNS = repeats('NUTHATCH_FUZZED_MANIFESTS', 1500);
const MAX_MORE_BYTES = 64 * 1024 * 1024;

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

// What hostile bytes may cost: no prototype changed, and no memory kept.
const prototypes = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
let heapBytes = 0;
beforeAll(() => {
  heapBytes = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
});
afterAll(() => {
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototypes);
  global.gc?.();
  if (global.gc) {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    expect(heapUsed + arrayBuffers - heapBytes).toBeLessThan(MAX_MORE_BYTES);
  }
});

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
  Math.max(600_000, RUNS * 50),
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
  Math.max(600_000, RUNS * 50),
);

/** A value put in the place of another, a member taken away or doubled, at a path of the manifest. */
const manifestEdit = fc.record({
  path: fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom('set' as const, 'set' as const, 'remove' as const, 'double' as const),
  value: fc.oneof(
    fc.constantFrom(null, true, -1, 0, 1, 2, 3, 9, 1.5, 2 ** 31, 2 ** 53, 1e300, '', '00', 'x'.repeat(32), [], {}, [
      null,
    ]),
    fc.integer(),
    fc.jsonValue(),
  ),
});

function editedManifest(
  manifest: object,
  { path, kind, value }: typeof manifestEdit extends fc.Arbitrary<infer T> ? T : never,
): unknown {
  const copy = structuredClone(manifest) as Record<string, unknown>;
  let place: Record<string, unknown> = copy;
  for (const [depth, step] of path.entries()) {
    const names = Object.keys(place);
    const name = names[step % Math.max(1, names.length)];
    if (name === undefined) return copy;
    const inner = place[name];
    if (depth < path.length - 1 && typeof inner === 'object' && inner !== null) {
      place = inner as Record<string, unknown>;
      continue;
    }
    if (kind === 'set') place[name] = value;
    else if (kind === 'double' && Array.isArray(place)) place.push(inner);
    else if (Array.isArray(place)) place.splice(Number(name), 1);
    else delete place[name];
    return copy;
  }
  return copy;
}

it(
  'answers manifests with right checksums and wrong contents the same way',
  async () => {
    const files = await smallDirectory(true);
    const original = await fileSystemOf(files);
    const manifest = await readManifest(original, DIRECTORY);
    if (!manifest) throw new Error('there is no manifest');
    await fc.assert(
      fc.asyncProperty(
        fc.array(manifestEdit, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('refuse' as const, 'salvage' as const),
        async (changes, recovery) => {
          const bad = changes.reduce<unknown>(
            (value, change) => (typeof value === 'object' && value ? editedManifest(value, change) : value),
            manifest,
          );
          const fileSystem = await fileSystemOf(files);
          await replaceFile(fileSystem, MANIFEST, encodeManifest(bad as Manifest));
          const outcome = await outcomeOf(fileSystem, recovery);
          if (outcome.code === undefined && recovery === 'refuse') expect(outcome.report.lost).toEqual([]);
        },
      ),
      { numRuns: MANIFEST_RUNS },
    );
  },
  Math.max(600_000, MANIFEST_RUNS * 50),
);
