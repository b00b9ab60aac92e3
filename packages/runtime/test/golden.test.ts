/**
 * Directories written by each released format, opened by today's code. Never rewrite one: add the next.
 *
 * `NUTHATCH_WRITE_GOLDEN=1` writes the directory of the current format anew, before it is released.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FieldModel } from '@nuthatch/model';
import { NodeFileSystem } from '../src/file-system/node-file-system.js';
import { PageCodecs } from '../src/journal/page-codecs.js';
import { openFileJournal } from '../src/recovery/open-file-journal.js';
import { definitionOf, field, ITEMS, MapTarget, model, put } from './disk-fixture.js';
import { BARE, THING } from './support/golden-things.js';

const GOLDEN = join(__dirname, 'golden', 'format-1');

const circle = {
  kind: 'object',
  fields: [field('kind', { kind: 'literal', values: ['circle'] }), field('radius', { kind: 'number' })],
} as const;
const FIELDS: readonly FieldModel[] = [
  field('id', { kind: 'string' }),
  field('numbers', { kind: 'array', element: { kind: 'number' } }),
  field('flag', { kind: 'boolean' }),
  field('big', { kind: 'bigint' }),
  field('at', { kind: 'date' }, { optional: true }),
  field('bytes', { kind: 'bytes' }),
  field('role', { kind: 'literal', values: ['guest', 'member', 7] }),
  field('words', { kind: 'set', element: { kind: 'string' } }),
  field('counts', { kind: 'map', key: { kind: 'string' }, value: { kind: 'number' } }),
  field(
    'shape',
    { kind: 'variants', discriminator: 'kind', variants: [{ value: 'circle', type: circle }] },
    { optional: true },
  ),
  field('either', { kind: 'union', members: [{ kind: 'string' }, { kind: 'number' }] }),
  field('maybe', { kind: 'nullable', of: { kind: 'string' } }),
];
const THINGS = definitionOf(model(FIELDS, 'thing'));

async function open(directory: string) {
  const target = new MapTarget();
  const place = { directory, fileSystem: new NodeFileSystem() };
  const input = { ...place, definitions: [ITEMS, THINGS], options: { pageBytes: 4096 } };
  const { journal, report } = await openFileJournal(input, target);
  return { journal, target, report };
}

async function writeGolden(): Promise<void> {
  rmSync(GOLDEN, { recursive: true, force: true });
  const { journal } = await open(GOLDEN);
  const timeMs = 1_700_000_000_000;
  const thing = (document: typeof THING | typeof BARE, key: string | number | bigint) => ({
    kind: 'put' as const,
    definition: THINGS,
    key,
    document,
    revision: 1,
  });
  journal.append({ timeMs, effects: [thing(THING, 'all'), thing(BARE, 1.5), thing(BARE, 9n)] }, 'fsync');
  journal.append(
    {
      timeMs,
      effects: [
        { ...thing(BARE, 'expires'), revision: 300, expiresAt: 4_000_000_000_000 },
        { kind: 'sequence', definition: THINGS, value: 41 },
      ],
    },
    'fsync',
  );
  journal.append(
    {
      timeMs,
      effects: [{ kind: 'delete', definition: THINGS, key: 9n }],
      command: { name: 'forget', argumentsJson: '[9]' },
    },
    'fsync',
  );
  await journal.flush();
  for (let index = 0; index < 8; index++) {
    journal.append({ timeMs, effects: [put(`item ${index % 5}`, index, 'text '.repeat(200))] }, 'os');
    await journal.flush();
  }
  await journal.close();
}

it('a directory of format 1 is read whole, and written on', async () => {
  if (process.env.NUTHATCH_WRITE_GOLDEN) await writeGolden();
  const root = mkdtempSync(join(tmpdir(), 'nuthatch-golden-'));
  try {
    const directory = join(root, 'format-1');
    cpSync(GOLDEN, directory, { recursive: true });
    const { journal, target, report } = await open(directory);
    expect(report).toMatchObject({
      isClean: true,
      lastSeq: 11,
      transactionCount: 11,
      cutBytes: 0,
      lost: [],
      unknownCollections: [],
    });
    expect(report.pageCount).toBeGreaterThan(1);
    expect(target.documents.get('all')).toEqual(THING);
    expect(target.documents.get(1.5)).toEqual(BARE);
    expect(target.documents.has(9n)).toBe(false);
    expect(target.puts.find(({ key }) => key === 'expires')).toMatchObject({
      revision: 300,
      expiresAt: 4_000_000_000_000,
    });
    expect(target.sequences.get('thing')).toBe(41);
    expect([0, 1, 2, 3, 4].map((index) => target.documents.get(`item ${index}`)?.value)).toEqual([5, 6, 7, 3, 4]);
    journal.append({ timeMs: 0, effects: [put('new', 1)] }, 'fsync');
    await journal.close();
    const again = await open(directory);
    expect(again.report.lastSeq).toBe(12);
    await again.journal.close();
  } finally {
    rmSync(root, { recursive: true });
  }
});

const CODECS_GOLDEN = join(__dirname, 'golden', 'format-1-codecs');
/** No secret: it opens a test's data. */
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const GOLDEN_CODECS = [
  new PageCodecs({ pageCodec: 'compressed' }),
  new PageCodecs({ encryption: { keyId: 'golden', key: KEY } }),
  new PageCodecs({ pageCodec: 'compressed', encryption: { keyId: 'golden', key: KEY } }),
];

async function openCodecs(directory: string, codecs: PageCodecs) {
  const fileSystem = new NodeFileSystem();
  const target = new MapTarget();
  const { journal, report } = await openFileJournal({ directory, fileSystem, definitions: [ITEMS], codecs }, target);
  return { report, journal, target };
}

async function writeCodecsGolden(): Promise<void> {
  rmSync(CODECS_GOLDEN, { recursive: true, force: true });
  for (const [index, codecs] of GOLDEN_CODECS.entries()) {
    const { journal } = await openCodecs(CODECS_GOLDEN, codecs);
    journal.append({ timeMs: 1_700_000_000_000, effects: [put(`item ${index}`, index, 'text '.repeat(50))] }, 'fsync');
    await journal.close();
  }
}

it('pages of format 1 that are compressed, encrypted and both are read', async () => {
  if (process.env.NUTHATCH_WRITE_GOLDEN) await writeCodecsGolden();
  const root = mkdtempSync(join(tmpdir(), 'nuthatch-golden-'));
  try {
    const directory = join(root, 'format-1-codecs');
    cpSync(CODECS_GOLDEN, directory, { recursive: true });
    const { journal, target, report } = await openCodecs(directory, GOLDEN_CODECS[2] as PageCodecs);
    expect(report).toMatchObject({ isClean: true, lastSeq: 3, pageCount: 3, lost: [] });
    expect(target.values).toEqual({ 'item 0': 0, 'item 1': 1, 'item 2': 2 });
    expect(target.documents.get('item 1')?.text).toBe('text '.repeat(50));
    await journal.close();
  } finally {
    rmSync(root, { recursive: true });
  }
});
