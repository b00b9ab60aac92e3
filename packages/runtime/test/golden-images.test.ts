/**
 * Directories with a snapshot and a journal behind it, written by each format of snapshots, opened by today's code. Never
 * rewrite one: add the next. `NUTHATCH_WRITE_GOLDEN=1` writes that of the current format anew, before it is released.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenState, openGolden, writeGoldenDelta } from './support/golden-images.js';
import { IndependentReader } from './support/independent-reader.js';
import { IndependentTables } from './support/independent-tables.js';
import { ValueReader } from './support/independent-values.js';

const GOLDEN = join(__dirname, 'golden');
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-golden-'));
  if (process.env['NUTHATCH_WRITE_GOLDEN'] === undefined) return;
  const current = join(GOLDEN, 'format-4-delta');
  rmSync(current, { recursive: true, force: true });
  await writeGoldenDelta(current);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each([
  { name: 'format-1-snapshot', imageCount: 0 },
  // Three rows were replaced and two deleted by the journal behind it.
  { name: 'format-2-snapshot', imageCount: 35 },
  { name: 'format-3-snapshot', imageCount: 35 },
  { name: 'format-4-delta', imageCount: 35 },
])('a directory of $name', ({ name, imageCount }) => {
  it('opens with every document, revision, expiry and index as it was written, and goes on', async () => {
    const directory = join(root, name);
    cpSync(join(GOLDEN, name), directory, { recursive: true });
    for (const round of ['as it was written', 'compacted by today']) {
      const db = await openGolden(directory);
      const things = db['player']!;
      const state = goldenState();
      expect([round, db.recovery?.isClean, db.recovery?.damagedSnapshots, things.size]).toEqual([
        round,
        true,
        [],
        state.size,
      ]);
      if (round === 'as it was written') expect(db.stats().collections['player']?.imageCount).toBe(imageCount);
      const documents = [...state.values()].map(({ document }) => document);
      for (const [id, { document, revision }] of state) {
        expect({ ...things.get(id) }).toEqual(document);
        expect([things.revision(id), things.expiresAt(id)]).toEqual([revision, document['until']]);
        expect(things.first({ mail: document['mail'] })).toBe(things.get(id));
        if (document['badge'] !== undefined) expect(things.first({ badge: document['badge'] })).toBe(things.get(id));
      }
      for (const gone of ['t007', 't039']) expect(things.get(gone)).toBeUndefined();
      for (const tag of ['g0', 'g1', 'g2', 'g3', 'g4', 'all']) {
        const due = documents.filter(({ tags }) => (tags as string[]).includes(tag));
        expect([tag, things.find({ tags: tag }).count()]).toEqual([tag, due.length]);
      }
      const ages = documents.map(({ age }) => age as number).sort((a, b) => a - b);
      expect(
        things
          .all()
          .orderBy('age')
          .all()
          .map(({ age }) => age),
      ).toEqual(ages);
      const born = documents.map((document) => (document['born'] as Date).getTime()).sort((a, b) => a - b);
      expect(
        things
          .all()
          .orderBy('born')
          .all()
          .map((document) => (document['born'] as Date).getTime()),
      ).toEqual(born);
      await db.compact();
      await db.close();
    }
  });

  it('is read by a reader that knows the page of the format alone', () => {
    const reader = new IndependentReader(join(GOLDEN, name));
    const found = reader.collections.get('player');
    const state = goldenState();
    expect([...(found ?? [])].map(([id, { revision }]) => [id, revision]).sort()).toEqual(
      [...state].map(([id, { revision }]) => [id, revision]).sort(),
    );
    expect(reader.tables.length).toBe(name === 'format-1-snapshot' ? 0 : 1);
  });
});

describe.each([2, 3])('the tables of a snapshot of format %i', (format) => {
  const reader = new IndependentReader(join(GOLDEN, `format-${format}-snapshot`));
  const tables = new IndependentTables(reader.tables[0]!);
  const { firstFrame, frameCount } = tables.description as { firstFrame: number; frameCount: number };
  const bodies = Buffer.concat(reader.documentBodies.slice(firstFrame, firstFrame + frameCount));
  const keys = tables.numbers(tables.description['places']).map((place) => {
    const put = new ValueReader(bodies.subarray(place));
    expect(put.byte()).toBe(1);
    put.varint();
    expect(put.byte()).toBe(0);
    return put.string();
  });
  // The journal behind the snapshot changed some since.
  const known = [...goldenState()].filter(([, { revision }]) => revision === 1 || revision === 2);
  const rowOf = (id: unknown): number => keys.indexOf(String(id));

  it('lead from places and cells to the puts of their keys', () => {
    expect([keys.length, bodies.length]).toEqual([tables.description['rowCount'], tables.description['bodyBytes']]);
    expect([...keys].sort()).toEqual(keys);
    expect(tables.description['isInKeyOrder']).toBe(true);
    for (const [row, key] of keys.entries())
      expect(tables.rowsOf(tables.description['keys'], key, keys.length)).toContain(row);
    expect(tables.rowsOf(tables.description['keys'], 'nobody', keys.length).length).toBeLessThan(3);
    expect(tables.numbers(tables.description['revisions'])).toEqual(keys.map((_, row) => (row % 6 === 5 ? 2 : 1)));
    expect(tables.numbers(tables.description['expiryRows'])).toEqual([0, 10, 20, 30]);
    expect(tables.numbers(tables.description['expiryTimes'])).toEqual(
      [0, 10, 20, 30].map((row) => 4_000_000_000_000 + row),
    );
  });

  it('lead from values, tags and orders to rows', () => {
    const { cells } = tables.index('badge');
    const unchanged = known.filter(
      ([id, { revision }]) =>
        rowOf(id) >= 0 && revision === (rowOf(id) % 6 === 5 ? 2 : 1) && rowOf(id) !== 3 && rowOf(id) !== 12,
    );
    expect(unchanged.length).toBeGreaterThan(30);
    for (const [id, { document }] of unchanged) {
      if (document['badge'] !== undefined)
        expect(tables.rowsOf(cells, document['badge'] as number, keys.length)).toContain(rowOf(id));
      expect(tables.rowsOf(tables.index('mail')['cells'], String(document['mail']), keys.length)).toContain(rowOf(id));
    }
    const tags = tables.index('tags') as { tags: { bytes: number; ends: number }; ends: number; rows: number };
    const names = tables.values(tags.tags);
    const [ends, rows] = [tables.numbers(tags.ends), tables.numbers(tags.rows)];
    const all = names.indexOf('all');
    expect(rows.slice(ends[all - 1] ?? 0, ends[all])).toEqual(keys.map((_, row) => row));
    const age = tables.index('age') as { numbers: number; ends: number; rows: number };
    const [ages, ageEnds, ageRows] = [tables.numbers(age.numbers), tables.numbers(age.ends), tables.numbers(age.rows)];
    expect(ages).toEqual([...ages].sort((a, b) => a - b));
    for (const [id, { document }] of unchanged) {
      const at = ages.indexOf(document['age'] as number);
      expect(ageRows.slice(ageEnds[at - 1] ?? 0, ageEnds[at])).toContain(rowOf(id));
    }
  });
});
