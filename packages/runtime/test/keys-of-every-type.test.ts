/** Dates, booleans and bigints as keys, alone and together: through memory, disk, compaction, pages, dumps and JSON. */
import { type DocumentModel, modelsHash } from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { migrateDirectory } from '../src/migration/migrate-directory.js';
import type { DatabaseMigration } from '../src/migration/migration.js';
import { dumpDirectory } from '../src/tools/dump.js';
import { importDump } from '../src/tools/import-dump.js';
import { definitionOf } from './support/definition-of-model.js';
import { freshKey, KEYED_MODELS, keyedDocuments, textOfKey } from './support/keys-of-every-type.js';
import { type AnyDatabase, DIRECTORY, type Fields, field, openModels, STRING } from './support/open-models.js';

const RUNS = { numRuns: process.env['NUTHATCH_NIGHTLY'] ? 2_000 : 15 };
const DAY = new Date(Date.UTC(2026, 0, 31));

describe.each(KEYED_MODELS.map((model) => [model.name, model] as const))('keys of %s', (_, model) => {
  const { collection, key } = model;
  const reopen = (fileSystem: MemoryFileSystem): Promise<AnyDatabase> => openModels(fileSystem, [model]);

  function requireDocuments(db: AnyDatabase, documents: readonly Fields[]): void {
    const repository = db[collection]!;
    expect(repository.size).toBe(documents.length);
    for (const document of documents) {
      expect({ ...repository.get(freshKey(model, document)) }).toEqual(document);
      expect(repository.revision(freshKey(model, document))).toBeGreaterThan(0);
    }
    const keys = repository.all().keys() as readonly unknown[];
    const asParts = keys.map((each) => (key.fields.length === 1 ? { [key.fields[0]!]: each } : (each as Fields)));
    const texts = (all: readonly Fields[]): Set<string> => new Set(all.map((each) => textOfKey(key.fields, each)));
    expect(texts(asParts)).toEqual(texts(documents));
    const paged: Fields[] = [];
    for (let after: string | undefined, isMore = true; isMore; isMore = after !== undefined) {
      const ordered = repository.all().orderBy('rank').limit(3);
      const { items, next } = (after === undefined ? ordered : ordered.after(after)).page();
      paged.push(...items);
      after = next;
    }
    expect(texts(paged)).toEqual(texts(documents));
    expect(paged.length).toBe(documents.length);
    const reflected = db.reflect().collection(collection);
    for (const entry of reflected.page({ limit: 100 }).entries) {
      const text = reflected.keyText(JSON.parse(JSON.stringify(entry.key)));
      expect(reflected.get(reflected.keyOfText(text))).toEqual(entry.document);
    }
  }

  it('are found by an equal key, on disk too, after compaction, and in a dump that is read back', async () => {
    await fc.assert(
      fc.asyncProperty(keyedDocuments(model), async (documents) => {
        const fileSystem = new MemoryFileSystem();
        let db = await reopen(fileSystem);
        await db[collection]!.insertMany(documents as Fields[]);
        for (const document of documents) {
          await expect(db[collection]!.insert({ ...document })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
          await db[collection]!.update(freshKey(model, document), { ...document, note: 'changed' });
        }
        const [first, ...others] = documents.map((document) => ({ ...document, note: 'changed' }));
        if (first !== undefined) expect(await db[collection]!.delete(freshKey(model, first))).toBe(true);
        requireDocuments(db, others);
        await db.close();
        db = await reopen(fileSystem);
        requireDocuments(db, others);
        await db.compact();
        await db.close();
        db = await reopen(fileSystem);
        requireDocuments(db, others);
        await db.close();
        const lines: string[] = [];
        for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY })) lines.push(line);
        const imported = new MemoryFileSystem();
        await importDump({ fileSystem: imported, lines, destination: DIRECTORY });
        db = await reopen(imported);
        requireDocuments(db, others);
        await db.close();
      }),
      RUNS,
    );
  });

  it('are released, and their releases found again', async () => {
    const released = { ...model, released: true as const };
    const fileSystem = new MemoryFileSystem();
    const documents = fc.sample(keyedDocuments(model), { numRuns: 10, seed: 3 }).find(({ length }) => length > 1)!;
    interface Releasing {
      release(key: unknown): Promise<unknown>;
      isReleased(key: unknown): boolean;
      getReleased(key: unknown, release: number): object | undefined;
    }
    const releasing = (of: AnyDatabase): Releasing => of[collection] as unknown as Releasing;
    let db = await openModels(fileSystem, [released]);
    await db[collection]!.insertMany(documents as Fields[]);
    const [first, second] = documents.map((document) => freshKey(model, document)) as [never, never];
    await releasing(db).release(first);
    await db.close();
    db = await openModels(fileSystem, [released]);
    expect([first, second].map((of) => releasing(db).isReleased(of))).toEqual([true, false]);
    expect({ ...releasing(db).getReleased(first, 1) }).toEqual(documents[0]);
    await expect(db[collection]!.update(first, { note: 'late' })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await db[collection]!.update(second, { note: 'early' });
    await db.close();
  });

  it('come with changes as values, whose JSON can be written', async () => {
    await fc.assert(
      fc.asyncProperty(keyedDocuments(model), async (documents) => {
        const db = await openModels(new MemoryFileSystem(), [model]);
        const keys: string[] = [];
        const found = db[collection]!.subscribe((change) => {
          expect(change.key).toEqual(freshKey(model, change.after!));
          // Bigints in documents are the caller's to write.
          keys.push(JSON.stringify({ ...change.toJSON(), before: undefined, after: undefined }));
        });
        await db[collection]!.insertMany(documents as Fields[]);
        await db.drained();
        expect(keys.length).toBe(documents.length);
        found.unsubscribe();
        await db.close();
      }),
      { numRuns: 5 },
    );
  });
});

describe('keys that are dates', () => {
  const [days] = KEYED_MODELS;
  const row = (day: unknown): Fields => ({ day, rank: 0, note: '' });

  it('refuses times that are none, and values of other types', async () => {
    const db = await openModels(new MemoryFileSystem(), [days!]);
    for (const wrong of [new Date(Number.NaN), DAY.getTime(), DAY.toISOString(), null, undefined, {}, true]) {
      await expect(db['day']!.insert(row(wrong))).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_KEY|VALIDATION_FAILED)$/),
      });
      expect(() => db['day']!.get(wrong as never)).toThrow('INVALID_KEY');
    }
    expect(db['day']!.size).toBe(0);
    await db.close();
  });

  it('keeps its own key when the caller changes a date that it has given, or was given', async () => {
    const db = await openModels(new MemoryFileSystem(), [days!]);
    const given = new Date(DAY);
    await db['day']!.insert(row(given));
    given.setTime(5);
    const [key] = db['day']!.all().keys() as unknown as Date[];
    expect(key).toEqual(DAY);
    try {
      key!.setTime(6);
    } catch {
      // Dates of documents refuse it; those of keys are copies.
    }
    expect(db['day']!.all().keys()).toEqual([DAY]);
    expect(db['day']!.get(new Date(DAY) as never)).toMatchObject({ day: DAY });
    await db.close();
  });

  it('are in the order of time, by themselves and where documents tie', async () => {
    const db = await openModels(new MemoryFileSystem(), [days!]);
    const far = [1e9, 999_999_999_999, 1e12, DAY.getTime(), 1e13 - 1, 1e13, 8.64e15 - 1, 8.64e15];
    const times = [...far.map((ms) => -ms).reverse(), -1, 0, 1, ...far];
    for (const ms of [...times].reverse()) await db['day']!.insert(row(new Date(ms)));
    const timesBy = (field: string, direction?: 'desc'): readonly number[] =>
      db['day']!.all()
        .orderBy(field, direction)
        .all()
        .map(({ day }) => (day as Date).getTime());
    expect(timesBy('rank')).toEqual(times);
    expect(timesBy('day')).toEqual(times);
    expect(timesBy('day', 'desc')).toEqual([...times].reverse());
    await db.close();
  });

  it('are asked for by equal dates in conditions', async () => {
    const db = await openModels(new MemoryFileSystem(), KEYED_MODELS);
    const other = new Date(5);
    await db['day']!.insertMany([row(DAY), row(other)]);
    await db['flag']!.insertMany([true, false].map((isOn) => ({ isOn, rank: 0, note: '' })));
    const found = (where: object): readonly unknown[] =>
      db['day']!.find(where as never)
        .all()
        .map(({ day }) => day);
    expect(found({ day: new Date(DAY) })).toEqual([DAY]);
    expect(found({ day: { in: [new Date(5), new Date(6)] } })).toEqual([other]);
    expect(found({ day: { not: new Date(5) } })).toEqual([DAY]);
    expect(() => found({ day: DAY.toISOString() })).toThrow('INVALID_KEY');
    expect(() => found({ day: new Date(Number.NaN) })).toThrow('INVALID_KEY');
    expect(db['flag']!.find({ isOn: false }).all()).toMatchObject([{ isOn: false }]);
    expect(db['flag']!.find({ isOn: { not: false } }).all()).toMatchObject([{ isOn: true }]);
    await db.close();
  });

  it('are migrated to from texts, and back', async () => {
    const before = {
      ...days!,
      fields: days!.fields.map((each) => (each.name === 'day' ? field('day', STRING) : each)),
    };
    const fileSystem = new MemoryFileSystem();
    const texts = await openModels(fileSystem, [before]);
    await texts['day']!.insertMany([row('2026-01-31'), row('1969-12-31')]);
    await texts.close();
    const each =
      (change: (day: never) => unknown): DatabaseMigration['up'] =>
      (source, target) => {
        for (const document of source.all<{ day: never }>('day'))
          target.put('day', { ...document, day: change(document.day) });
      };
    const database = {
      up: each((day) => new Date(day)),
      down: each((day: Date) => day.toISOString().slice(0, 10)),
    };
    const [parents, result] = [[modelsHash([before])], modelsHash([days!])];
    const migrations = [{ id: '0001-days', parents, result, before: [before], after: [days!], database }];
    const migrate = (models: readonly DocumentModel[], more: object) =>
      migrateDirectory({
        directory: DIRECTORY,
        fileSystem,
        definitions: models.map((of) => definitionOf(of)),
        migrations,
        ...more,
      } as never);
    await migrate([days!], { direction: 'up' });
    const db = await openModels(fileSystem, [days!], { migrations });
    expect(
      db['day']!.all()
        .orderBy('day')
        .all()
        .map(({ day }) => day),
    ).toEqual([new Date(-86_400_000), DAY]);
    expect(db['day']!.get(new Date('1969-12-31') as never)).toMatchObject({ rank: 0 });
    await db.close();
    await migrate([days!], { direction: 'down' });
    const again = await openModels(fileSystem, [before]);
    expect(new Set(again['day']!.all().keys())).toEqual(new Set(['2026-01-31', '1969-12-31']));
    await again.close();
  });

  it('refuses a dump whose document lies under the key of another', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openModels(fileSystem, [days!]);
    await db['day']!.insert(row(DAY));
    await db.close();
    const lines: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY })) lines.push(line);
    const key = `t17:0000${DAY.getTime()}`;
    expect(lines.some((line) => line.includes(key))).toBe(true);
    for (const other of ['t17:00001769817600001', 't13:1769817600000', 'x', `s13:${DAY.getTime()}`]) {
      const changed = lines.map((line) => line.replace(key, other));
      await expect(importDump({ fileSystem, lines: changed, destination: '/other' })).rejects.toMatchObject({
        code: 'DUMP_INVALID',
        facts: { path: 'key' },
      });
    }
  });
});
