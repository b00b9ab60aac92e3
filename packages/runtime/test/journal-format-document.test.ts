/**
 * docs/journal-format.md is enough to read a directory: the reader of independent-reader.ts, which knows the document
 * and none of our code, finds in golden and in new directories what the engine holds.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import { NodeFileSystem } from '../src/file-system/node-file-system.js';
import { openKeyValue } from '../src/key-value/key-value-store.js';
import { textOf } from './support/check-players.js';
import { CODEC_WAYS, codecAt, KEYS } from './support/codecs.js';
import { VERSIONS, WRITTEN } from './support/evolved-models.js';
import { BARE, THING } from './support/golden-things.js';
import { IndependentReader, type StoredDocument } from './support/independent-reader.js';
import { readAnyValue, ValueReader } from './support/independent-values.js';
import { type Fields, openModels } from './support/open-models.js';
import { openPlayers } from './support/open-players.js';
import { advance, type PlayerState, writeTo } from './support/player-history.js';

const GOLDEN = join(__dirname, 'golden');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-format-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function documentsOf(reader: IndependentReader, collection: string): ReadonlyMap<unknown, StoredDocument> {
  return reader.collections.get(collection) ?? new Map<unknown, StoredDocument>();
}

it.each(['independent-reader.ts', 'independent-values.ts'])('%s imports nothing of ours', (name) => {
  const text = readFileSync(join(__dirname, 'support', name), 'utf8');
  const imported = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1]);
  expect(imported.filter((from) => !from?.startsWith('node:'))).toEqual(
    name === 'independent-reader.ts' ? ['./independent-values.js'] : [],
  );
});

it('values of every type are read from a golden directory', () => {
  const reader = new IndependentReader(join(GOLDEN, 'format-1'));
  expect(reader.lastSeq).toBe(11);
  const things = documentsOf(reader, 'thing');
  expect(things.get('all')).toEqual({ revision: 1, document: THING });
  expect(things.get(1.5)).toEqual({ revision: 1, document: BARE });
  expect(things.has(9n)).toBe(false);
  expect(things.get('expires')).toEqual({ revision: 300, expiresAt: 4_000_000_000_000, document: BARE });
  expect(reader.sequences.get('thing')).toBe(41);
  const items = documentsOf(reader, 'item');
  expect([0, 1, 2, 3, 4].map((index) => items.get(`item ${index}`)?.document['value'])).toEqual([5, 6, 7, 3, 4]);
});

it('compressed and encrypted pages are read from a golden directory', () => {
  const golden = Uint8Array.from({ length: 32 }, (_, index) => index);
  const reader = new IndependentReader(join(GOLDEN, 'format-1-codecs'), { golden });
  const items = [...documentsOf(reader, 'item')].map(([key, { document }]) => [key, document]);
  expect(items).toEqual(
    [0, 1, 2].map((value) => [`item ${value}`, { id: `item ${value}`, value, text: 'text '.repeat(50) }]),
  );
});

it.each(CODEC_WAYS)('a directory written today holds what the engine says (%s)', async (way) => {
  const directory = join(root, 'data');
  const state: PlayerState = new Map();
  for (const progress of [0, 0.25, 0.5, 0.75]) {
    const db = await openPlayers({ directory, pageBytes: 4096, durability: 'os', ...codecAt(way, progress) });
    for (let count = 0; count < 20; count++) {
      const seq = Number(db.seq) + 1;
      await db.transaction((tx) => writeTo(tx.player, seq, state));
      advance(state, seq);
      if (seq === 30 || seq === 50) await db.compact();
    }
    const revisions = new Map(
      db.player
        .all()
        .keys()
        .map((key) => [key, db.player.revision(key)]),
    );
    const { seq } = db;
    await db.close();
    const reader = new IndependentReader(directory, KEYS);
    const players = documentsOf(reader, 'player');
    expect(BigInt(reader.lastSeq)).toBe(seq);
    const found = new Map([...players].map(([key, { document }]) => [key, document]));
    expect(textOf(found as unknown as PlayerState)).toBe(textOf(state));
    expect(new Map([...players].map(([key, { revision }]) => [key, revision]))).toEqual(revisions);
  }
});

it('values of any shape are read from a key-value store', async () => {
  const file = join(root, 'values');
  const value = {
    a: [undefined, null, true, -0, 1n, new Date(5), Uint8Array.of(1)],
    b: new Map([[1, new Set(['\ud800'])]]),
  };
  const store = await openKeyValue<unknown>({ file });
  await store.set('a\n\0', value);
  await store.set('gone', 1);
  await store.delete('gone');
  await store.close();
  const entries = documentsOf(new IndependentReader(file), 'keyValueEntry');
  expect([...entries.keys()]).toEqual(['a\n\0']);
  const bytes = entries.get('a\n\0')?.document['value'] as Uint8Array;
  expect(readAnyValue(new ValueReader(bytes))).toEqual(value);
});

it('fields that the model of the writer lacks are read together with its document', async () => {
  const directory = join(root, 'evolved');
  cpSync(join(GOLDEN, 'evolution', 'version-2'), directory, { recursive: true });
  const [oldest] = VERSIONS as readonly [DocumentModel];
  const db = await openModels(new NodeFileSystem(), [oldest], { directory });
  await db.player?.update('p1', { age: 31 });
  await db.close();
  const { document, unknownFields } = documentsOf(new IndependentReader(directory), 'player').get(
    'p1',
  ) as StoredDocument;
  const [ann] = WRITTEN[1] as readonly [Fields];
  const known = new Set(oldest.fields.map(({ name }) => name));
  expect(Object.keys(document).every((name) => known.has(name))).toBe(true);
  const beyond = Object.entries(ann).filter(([name]) => !known.has(name));
  expect(beyond.length).toBeGreaterThan(0);
  expect(unknownFields).toMatchObject(Object.fromEntries(beyond));
});
