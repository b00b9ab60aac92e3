/**
 * `view(key, fn)` beside decoded documents: random classes, documents with absent and null fields, older shapes of a class with
 * fields that are unknown today; bytes of the journal, of an image and of a file, touched and untouched, and written to meanwhile.
 */
import type { FieldModel, FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';

const CLASS_COUNT = repeats('NUTHATCH_DOCUMENT_FACES', 150);

const POINT: FieldType = { kind: 'object', fields: [field('x', NUMBER), field('y', STRING, { optional: true })] };
const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'é', '\ud800', 'x'.repeat(70)));
const point = fc.record({ x: fc.integer(), y: text }, { requiredKeys: ['x'] });

/** Types and values of them. */
const TYPES: readonly (readonly [FieldType, fc.Arbitrary<unknown>])[] = [
  [STRING, text],
  [NUMBER, fc.oneof(fc.integer(), fc.double({ noNaN: true }))],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'bigint' }, fc.bigInt()],
  [{ kind: 'date' }, fc.integer().map((ms) => new Date(ms))],
  [{ kind: 'bytes' }, fc.uint8Array()],
  [{ kind: 'floats' }, fc.float32Array()],
  [{ kind: 'literal', values: ['a', 3] }, fc.constantFrom('a', 3)],
  [{ kind: 'array', element: POINT }, fc.array(point, { maxLength: 3 })],
  [{ kind: 'set', element: STRING }, fc.array(text, { maxLength: 3 }).map((items) => new Set(items))],
  [{ kind: 'map', key: STRING, value: NUMBER }, fc.array(fc.tuple(text, fc.integer())).map((items) => new Map(items))],
  [{ kind: 'nullable', of: { kind: 'date' } }, fc.option(fc.integer().map((ms) => new Date(ms)))],
  [{ kind: 'union', members: [STRING, NUMBER] }, fc.oneof(text, fc.integer())],
  [{ kind: 'json' }, fc.jsonValue()],
  [{ kind: 'tuple', least: 2, elements: [STRING, NUMBER] }, fc.tuple(text, fc.integer())],
  [
    { kind: 'record', key: { kind: 'string' }, fields: [], value: NUMBER },
    fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.integer()),
  ],
];

/** A class, documents of it, and the fields of it that a later class lacks. */
const CASES = fc
  .array(fc.record({ type: fc.nat(TYPES.length - 1), isOptional: fc.boolean(), isGone: fc.boolean() }), {
    minLength: 1,
    maxLength: 10,
  })
  .chain((list) => {
    const fields = list.map(({ type, isOptional }, index) =>
      field(`f${index}`, TYPES[type]![0], { optional: isOptional }),
    );
    const values = Object.fromEntries(list.map(({ type }, index) => [`f${index}`, TYPES[type]![1]]));
    const requiredKeys = list.flatMap(({ isOptional }, index) => (isOptional ? [] : [`f${index}`]));
    return fc.record({
      fields: fc.constant<readonly FieldModel[]>(fields),
      gone: fc.constant(new Set(list.flatMap(({ isGone }, index) => (isGone ? [`f${index}`] : [])))),
      documents: fc
        .array(fc.record(values, { requiredKeys }), { minLength: 1, maxLength: 5 })
        .map((all): readonly Fields[] => all.map((one, index) => ({ ...one, id: `p${index}` }))),
      storage: fc.constantFrom('disk' as const, 'cold' as const),
      isImage: fc.boolean(),
      isOlder: fc.boolean(),
      asked: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
      cacheBytes: fc.constantFrom(undefined, 0, 500),
    });
  });

/** Some fields in some order, some of them twice. */
function ask(document: Fields, names: readonly string[], asked: readonly number[]): unknown[] {
  return asked.map((number) => document[names[number % names.length]!]);
}

async function withDatabase(open: () => Promise<AnyDatabase>, check: (db: AnyDatabase) => void): Promise<void> {
  const db = await open();
  try {
    check(db);
  } finally {
    await db.close();
  }
}

describe('views of documents', () => {
  it('show what decoded documents hold, of every class and every kind of bytes', async () => {
    let viewedBytes = 0;
    await fc.assert(
      fc.asyncProperty(CASES, async ({ fields, gone, documents, storage, isImage, isOlder, asked, cacheBytes }) => {
        const fileSystem = new MemoryFileSystem();
        const options = { compaction: 'manual', ...(cacheBytes !== undefined && { cacheBytes }) } as const;
        const writer = await openModels(fileSystem, [modelWith(fields, { storage })], options);
        await writer['player']!.insertMany(documents);
        if (isImage) await writer.compact();
        await writer.close();
        const today = isOlder
          ? [...fields.filter(({ name }) => !gone.has(name)), field('added', STRING, { optional: true })]
          : fields;
        const model = modelWith(today, { storage });
        const names = model.fields.map(({ name }) => name);
        const open = (): Promise<AnyDatabase> => openModels(fileSystem, [model], options);
        const expected = new Map<string, Fields>();
        await withDatabase(open, (db) => {
          for (const document of db['player']!.all()) expected.set(document['id'] as string, document);
        });
        await withDatabase(open, (db) => {
          const player = db['player']!;
          const before = db.stats().collections['player']!.undecodedCount;
          for (const [key, document] of expected) {
            expect(player.view(key, (face) => ask(face, names, asked))).toEqual(ask(document, names, asked));
            expect(player.view(key, (face) => ({ ...face }))).toEqual({ ...document });
          }
          expect(db.stats().collections['player']!.undecodedCount).toBe(before);
          viewedBytes += before;
          for (const [key, document] of expected) {
            const [early, late] = player.view(key, (face) => {
              const first = ask(face, names, asked.slice(0, 1));
              const all = player.all().all();
              void player.delete(key).catch(() => undefined);
              expect(all).toHaveLength(player.size + 1);
              return [first, ask(face, names, asked)];
            })!;
            expect([early, late]).toEqual([ask(document, names, asked.slice(0, 1)), ask(document, names, asked)]);
          }
          expect(player.size).toBe(0);
        });
      }),
      { numRuns: CLASS_COUNT },
    );
    // Else it compared objects with objects.
    expect(viewedBytes).toBeGreaterThan(CLASS_COUNT / 2);
  });
});
