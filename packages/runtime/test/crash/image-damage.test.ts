/**
 * Damage of an image with tables: every flipped bit and every cut is found before anything is used, and the snapshot before it
 * takes its place. Tables that were forged with right checksums are refused, or answer within their rows.
 */
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import type { CollectionImage } from '../../src/image/image-tables.js';
import { RangeIndex } from '../../src/indexes/range-index.js';
import type { SecondaryIndex } from '../../src/indexes/secondary-index.js';
import { TagIndex } from '../../src/indexes/tag-index.js';
import { UniqueIndex } from '../../src/indexes/unique-index.js';
import { readManifest, writeManifest } from '../../src/journal/manifest.js';
import { PageCodecs } from '../../src/journal/page-codecs.js';
import { readSnapshot } from '../../src/recovery/snapshot-reader.js';
import { imageOf } from '../../src/recovery/tables/collection-image.js';
import { ImageFrames, type ReadTables } from '../../src/recovery/tables/image-frames.js';
import { runSteps } from '../../src/scheduling/steps.js';
import { ShardedStore } from '../../src/store/sharded-store.js';
import { undecodedFormOf } from '../../src/undecoded/undecoded-form.js';
import { readFile, replaceFile } from '../disk-fixture.js';
import { definitionOf } from '../support/definition-of-model.js';
import { IS_NIGHTLY } from '../support/long-run.js';
import { DIRECTORY, type Fields, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';

const MODEL: DocumentModel = modelWith(
  [
    field('mail', STRING),
    field('tags', { kind: 'array', element: STRING }),
    field('age', NUMBER),
    field('name', STRING),
  ],
  {
    indexes: [
      { name: 'mail', kind: 'unique', fields: ['mail'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'age', kind: 'range', fields: ['age'] },
      { name: 'name', kind: 'range', fields: ['name'] },
    ],
  },
);
const COUNT = 9;
const thing = (number: number): Fields => ({
  id: `p${number}`,
  mail: `m${number}`,
  tags: [`t${number % 3}`, 'all'],
  age: number % 4,
  name: `n${number % 5}`,
});

/** A directory with two snapshots, of which the newer has all things. */
async function directory(): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const db = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
  await db['player']!.insertMany(Array.from({ length: COUNT - 1 }, (_, number) => thing(number)));
  await db.compact();
  await db['player']!.insert(thing(COUNT - 1));
  await db.compact();
  await db.close();
  return fileSystem;
}

describe('where memory for an image is to begin, as the manifest says,', () => {
  it('is a hint: whatever it says, and without it, the image is the same', async () => {
    const fileSystem = await directory();
    const manifest = (await readManifest(fileSystem, DIRECTORY))!;
    const { byteCount, parts } = manifest.snapshot!;
    expect(parts).toEqual([...parts!].sort((a, b) => a - b));
    expect(parts!.length).toBeGreaterThanOrEqual(2);
    for (const said of [
      undefined,
      [],
      [0],
      [byteCount],
      [2 ** 50],
      [300, 200, 100],
      parts!.map((place) => place + 1),
    ]) {
      const { parts: _, ...snapshot } = manifest.snapshot!;
      const changed = { ...manifest, snapshot: said === undefined ? snapshot : { ...snapshot, parts: said } };
      await writeManifest(fileSystem, DIRECTORY, changed);
      const db = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
      expect([...db['player']!.all()]).toEqual(Array.from({ length: COUNT }, (_, number) => thing(number)));
      expect(db.recovery?.damagedSnapshots).toEqual([]);
      expect(db.stats().collections['player']).toMatchObject({ documentCount: COUNT, imageCount: COUNT });
      await db.close();
    }
    await writeManifest(fileSystem, DIRECTORY, {
      ...manifest,
      snapshot: { ...manifest.snapshot!, parts: ['first'] as unknown as number[] },
    });
    await expect(openModels(fileSystem, [MODEL])).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

async function newest(fileSystem: MemoryFileSystem) {
  const { snapshot, uuid } = (await readManifest(fileSystem, DIRECTORY))!;
  const file = `${DIRECTORY}/snapshot-${String(snapshot!.number).padStart(10, '0')}.nut`;
  return { entry: snapshot!, uuid, file };
}

async function keptFrames(fileSystem: MemoryFileSystem): Promise<ImageFrames> {
  const { entry, uuid } = await newest(fileSystem);
  const frames = new ImageFrames();
  const codecs = new PageCodecs({});
  await readSnapshot(
    fileSystem,
    DIRECTORY,
    uuid,
    entry,
    { codecs },
    {
      keepsFrames: true,
      model: () => undefined,
      frame: async (frame, codec) => frames.add(frame, codec!),
    },
  );
  return frames;
}

describe('an image', () => {
  it('is refused with any bit flipped, and with any length cut off', async () => {
    const fileSystem = await directory();
    const { file } = await newest(fileSystem);
    const bytes = await readFile(fileSystem, file);
    let checked = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += IS_NIGHTLY ? 1 : 3) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await replaceFile(fileSystem, file, flipped);
      await expect(keptFrames(fileSystem)).rejects.toMatchObject({
        code: expect.stringMatching(/JOURNAL_DAMAGED|FORMAT_UNSUPPORTED/),
      });
      checked++;
    }
    for (let length = 0; length < bytes.length; length += 7) {
      await replaceFile(fileSystem, file, bytes.slice(0, length));
      await expect(keptFrames(fileSystem)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    }
    expect(checked).toBeGreaterThan(5_000);
  });

  it('gives way to the one before it, which loses nothing', async () => {
    const damaged = async (share: number): Promise<void> => {
      const fileSystem = await directory();
      const { file } = await newest(fileSystem);
      const flipped = (await readFile(fileSystem, file)).slice();
      flipped[Math.floor(share * (flipped.length - 1))]! ^= 4;
      await replaceFile(fileSystem, file, flipped);
      const db = await openModels(fileSystem, [MODEL], { compaction: 'manual' });
      expect(db.recovery?.damagedSnapshots.length).toBe(1);
      const things = db['player']!;
      expect(things.size).toBe(COUNT);
      for (let number = 0; number < COUNT; number++) {
        expect({ ...things.get(`p${number}`) }).toEqual(thing(number));
        expect(things.first({ mail: `m${number}` })).toBe(things.get(`p${number}`));
      }
      expect(things.find({ tags: 'all' }).count()).toBe(COUNT);
      expect(
        things
          .all()
          .orderBy('age')
          .all()
          .map(({ age }) => age),
      ).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
      await db.close();
    };
    for (let share = 0; share <= 12; share++) await damaged(share / 12);
  });
});

describe('forged tables', () => {
  /** Everything that can be asked of an image, until it is done or refused. */
  function askAll(image: CollectionImage): void {
    const definition = definitionOf(MODEL);
    const store = new ShardedStore({ keyField: 'id', undecodedForm: undecodedFormOf(definition) });
    expect(runSteps(store.images.adopting(image))).toBe(true);
    const reading = (name: string) =>
      Object.assign((document: object) => (document as Fields)[name], { fields: [name] });
    const options = (name: string) => ({ source: store, name, valueOf: reading(name) });
    const indexes = [
      new UniqueIndex(options('mail')),
      new TagIndex(options('tags')),
      new RangeIndex(options('age')),
      new RangeIndex(options('name')),
    ] as const;
    for (const [position, index] of indexes.entries())
      if (image.indexes[position] !== undefined)
        runSteps((index as SecondaryIndex<unknown>).adopting!(image.indexes[position]));
    const [unique, tags, age, name] = indexes;
    for (let number = 0; number < COUNT + 3; number++) {
      store.find(`p${number}`);
      unique.find(`m${number}`);
      tags.collect(`t${number % 4}`);
      age.collect({ gte: number % 5 });
      name.count({ gte: `n${number % 6}` });
    }
    for (const slot of store.slots()) store.expiresAtOf(slot) ?? store.revisionOf(slot);
    [...tags.tags()];
    [...name.scan(undefined, { isReverse: true })];
    store.delete('p1');
  }

  it('are refused, or answer within their rows and come to an end', async () => {
    const kept = await keptFrames(await directory());
    const [read] = kept.tables as [ReadTables];
    const { firstFrame, frameCount } = read.description as { firstFrame: number; frameCount: number };
    const frames = kept.frames.slice(firstFrame, firstFrame + frameCount);
    askAll(runSteps(imageOf(read, frames, MODEL)));
    const tableCount = read.parts.size;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat(tableCount - 1),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.option(
          fc.constantFrom('rowCount', 'bodyBytes', 'seed', 'places', 'keys', 'tables', 'largeRows', 'expiryTimes'),
        ),
        (position, place, change, property) => {
          const parts = new Map([...read.parts].map(([number, given]) => [number, given.map((part) => part.slice())]));
          const [, [part]] = [...parts][position] as unknown as [number, [Uint8Array]];
          part[place % part.length]! ^= change;
          const description =
            property === null
              ? read.description
              : { ...read.description, [property]: [change, -1, 2 ** 40, null][place % 4] };
          try {
            askAll(runSteps(imageOf({ description, parts }, frames, MODEL)));
          } catch (error) {
            if (!DatabaseError.is(error)) throw error;
            refused++;
          }
        },
      ),
      { numRuns: IS_NIGHTLY ? 20_000 : 2_000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});
