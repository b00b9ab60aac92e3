import type { FieldType } from '@nuthatch/model';
import fc from 'fast-check';
import { DIRECTORY, definitionOf, field, model, openItems, transaction, writeItems } from '../../test/disk-fixture.js';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import { jsonValues } from '../document/json-values.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { Effect } from '../journal/effect.js';
import { dumpDirectory } from './dump.js';
import { importDump } from './import-dump.js';

const TEXT: FieldType = { kind: 'string' };
const EVERYTHING = definitionOf(
  model(
    [
      field('id', TEXT),
      field('number', { kind: 'number' }),
      field('bigint', { kind: 'bigint' }),
      field('date', { kind: 'date' }),
      field('bytes', { kind: 'bytes' }),
      field('floats', { kind: 'floats' }),
      field('level', { kind: 'literal', values: ['low', 3, true] }),
      field('list', { kind: 'array', element: { kind: 'nullable', of: { kind: 'bigint' } } }),
      field('set', { kind: 'set', element: { kind: 'date' } }),
      field('map', { kind: 'map', key: { kind: 'number' }, value: { kind: 'bytes' } }),
      field('nested', { kind: 'object', fields: [field('deep', { kind: 'set', element: TEXT }, { optional: true })] }),
      field('any', {
        kind: 'union',
        members: [TEXT, { kind: 'number' }, { kind: 'bigint' }, { kind: 'date' }, { kind: 'object', fields: [] }],
      }),
      field('text', TEXT, { optional: true }),
      field('shape', {
        kind: 'variants',
        discriminator: 'kind',
        variants: [
          { value: 'circle', type: { kind: 'object', fields: [field('kind', TEXT), field('r', { kind: 'number' })] } },
          { value: 'dot', type: { kind: 'object', fields: [field('kind', TEXT)] } },
        ],
      }),
    ],
    'everything',
  ),
);

const date = fc.date({ noInvalidDate: false });
const bytes = fc.uint8Array({ maxLength: 8 });
const everything = fc.record({
  number: fc.double(),
  bigint: fc.bigInt(),
  date,
  bytes,
  floats: fc.float32Array({ maxLength: 4 }),
  level: fc.constantFrom('low', 3, true),
  list: fc.array(fc.option(fc.bigInt()), { maxLength: 3 }),
  set: fc.array(fc.date({ noInvalidDate: true }), { maxLength: 3 }).map((items) => new Set(items)),
  map: fc.array(fc.tuple(fc.double(), bytes), { maxLength: 3 }).map((entries) => new Map(entries)),
  nested: fc.record({ deep: fc.option(fc.constant(new Set(['a'])), { nil: undefined }) }),
  any: fc.oneof(fc.string(), fc.double(), fc.bigInt(), date, fc.constant({})),
  text: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  shape: fc.oneof(fc.record({ kind: fc.constant('circle'), r: fc.double() }), fc.constant({ kind: 'dot' })),
});

async function dumped(fileSystem: MemoryFileSystem, directory = DIRECTORY): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of dumpDirectory({ fileSystem, directory })) lines.push(line);
  return lines;
}

async function write(fileSystem: MemoryFileSystem, ...effects: readonly Effect[]): Promise<void> {
  const { journal } = await openItems(fileSystem, { definitions: [] });
  journal.append(transaction(...effects), 'os');
  await journal.close();
}

function put(id: string, document: object, more: { revision?: number; expiresAt?: number } = {}): Effect {
  return { kind: 'put', definition: EVERYTHING, key: id, document: { ...document, id }, revision: 1, ...more };
}

describe('a dump', () => {
  it('imported again is the same dump, for values of every type', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(everything, { minLength: 1, maxLength: 5 }), async (documents) => {
        const fileSystem = new MemoryFileSystem();
        await write(fileSystem, ...documents.map((document, index) => put(`d${index}`, document)));
        const before = await dumped(fileSystem);
        await importDump({ fileSystem, lines: before, destination: '/copy' });
        expect((await dumped(fileSystem, '/copy')).slice(1)).toEqual(before.slice(1));
      }),
      { numRuns: 60 },
    );
  });

  it('imported again holds equal values, special ones included', async () => {
    const values = jsonValues({ kind: 'object', fields: EVERYTHING.model.fields.slice(1) });
    fc.assert(
      fc.property(everything, (made) => {
        // Jest takes two invalid dates for different.
        const document = { ...made, date: new Date(made.date.getTime() || 0), any: 0 };
        const json = JSON.parse(JSON.stringify(values.toJson(document))) as unknown;
        expect(Object.entries(values.fromJson(json, '') as object)).toEqual(
          Object.entries(document).filter(([, value]) => value !== undefined),
        );
      }),
      { numRuns: 200 },
    );
    expect(jsonValues({ kind: 'date' }).fromJson('Invalid Date', '')).toEqual(expect.any(Date));
    const union = jsonValues({
      kind: 'union',
      members: [TEXT, { kind: 'number' }, { kind: 'bigint' }, { kind: 'date' }],
    });
    for (const value of ['5', 5, 5n, new Date(5), Number.NaN, -0, Number.NEGATIVE_INFINITY, ''])
      expect(union.fromJson(JSON.parse(JSON.stringify(union.toJson(value))), '')).toEqual(value);
  });

  it('keeps revision, expiry, sequences and fields no class knows', async () => {
    const fileSystem = new MemoryFileSystem();
    const [sample] = fc.sample(everything, { numRuns: 1, seed: 7 });
    const document = { ...sample, id: 'x' };
    keepFields(document, KeptFields.of({ later: 5n }) as KeptFields);
    const effect = { kind: 'put', definition: EVERYTHING, key: 'x', document, revision: 9, expiresAt: 77 } as const;
    await write(fileSystem, effect, { kind: 'sequence', definition: EVERYTHING, value: 41 });
    const lines = (await dumped(fileSystem)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { nuthatch: 'dump', version: 1, lastSeq: 1 },
      { model: 1, definition: { collection: 'everything' } },
      { sequence: 41, model: 1 },
      { collection: 'everything', key: 'x', revision: 9, expiresAt: 77, kept: expect.any(String) },
      { end: { documents: 1 } },
    ]);
    await importDump({ fileSystem, lines: await dumped(fileSystem), destination: '/copy' });
    expect((await dumped(fileSystem, '/copy')).slice(1)).toEqual((await dumped(fileSystem)).slice(1));
  });

  it('reads a directory in use as well, and only the requested collections', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    const { journal } = await openItems(fileSystem);
    expect(await dumped(fileSystem)).toHaveLength(1 + 1 + 3 + 1);
    const none: string[] = [];
    for await (const line of dumpDirectory({ fileSystem, directory: DIRECTORY, collections: ['other'] }))
      none.push(line);
    expect(none).toHaveLength(2);
    await journal.close();
  });
});

describe('importDump', () => {
  const HEADER = '{"nuthatch":"dump","version":1}';
  const secret = 'do not tell';

  it('refuses a type that is nested deeper than any model, with its line', async () => {
    for (const depth of [200, 20_000]) {
      const type = `${'{"kind":"array","element":'.repeat(depth)}{"kind":"string"}${'}'.repeat(depth)}`;
      const model = `{"name":"T","collection":"t","key":{"fields":["id"]},"fields":[{"name":"id","type":${type}}]}`;
      const lines = [HEADER, `{"model":1,"fingerprint":"x","definition":${model}}`];
      const refused = importDump({ fileSystem: new MemoryFileSystem(), destination: '/deep', lines });
      await expect(refused).rejects.toMatchObject({ code: 'DUMP_INVALID', facts: { line: 2 } });
    }
  });

  it.each([
    ['a cut dump', (lines: string[]) => lines.slice(0, -1), 'incomplete'],
    ['no header', (lines: string[]) => lines.slice(1), 'line 1'],
    ['another version', () => ['{"nuthatch":"dump","version":9}'], 'version'],
    ['text that is no JSON', () => [HEADER, `{"${secret}`], 'line 2'],
    [
      'a value of another type',
      (lines: string[]) => lines.map((line) => line.replace('"value":1', `"value":"${secret}"`)),
      'value is not a number',
    ],
    ['a missing field', (lines: string[]) => lines.map((line) => line.replace('"value":1', '')), 'line'],
    [
      'an unknown field',
      (lines: string[]) => lines.map((line) => line.replace('"value":1', `"value":1,"more":"${secret}"`)),
      'more',
    ],
    ['another key', (lines: string[]) => lines.map((line) => line.replace('"key":"k1"', `"key":"${secret}"`)), 'key'],
    ['a model that is none', () => [HEADER, '{"model":1,"fingerprint":"f","definition":{"fields":5}}'], 'line 2'],
    ['a missing document', (lines: string[]) => lines.filter((line) => !line.includes('"k1"')), 'end'],
  ])('refuses %s, tells no content and leaves nothing', async (_, change, says) => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    const lines = change(await dumped(fileSystem));
    const refused = importDump({ fileSystem, lines, destination: '/copy' });
    await expect(refused).rejects.toMatchObject({ code: 'DUMP_INVALID', message: expect.stringContaining(says) });
    await refused.catch((error: Error) => expect(`${error.message}${error.stack}`).not.toContain(secret));
    if (await fileSystem.stat('/copy')) expect(await fileSystem.list('/copy')).toEqual([]);
  });

  it('refuses a directory that is not empty', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 1);
    await expect(importDump({ fileSystem, lines: [], destination: DIRECTORY })).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
    });
  });
});
