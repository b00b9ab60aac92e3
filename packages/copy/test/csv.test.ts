import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase as openOf } from '@nuthatch/runtime';
import fc from 'fast-check';
import { openDatabase } from '../../../generated/index.js';
import { csvFile, csvOf, loadFrom } from '../src/index.js';
import { everyTypeDefinition, everyTypeDocument } from './every-type.js';

const player = (id: string, name: string) => ({ id, email: `${id}@x.io`, age: 30, name, clubs: ['a', id] });
const players = { collections: ['player'] };

describe('comma-separated text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-csv-'));
  const file = join(folder, 'documents.csv');

  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives back every type, field by field, over pages that end anywhere', async () => {
    const definition = { ...everyTypeDefinition, model: { ...everyTypeDefinition.model, collection: 'everything' } };
    interface One {
      insertMany(inputs: readonly object[]): Promise<object[]>;
      all(): { all(): object[] };
    }
    const open = () => openOf<{ everything: One }, { everything: One }>([definition], { memory: true });
    await using from = await open();
    await using to = await open();
    await from.everything.insertMany(Array.from({ length: 150 }, (_, number) => everyTypeDocument(number)));
    await writeFile(file, csvOf(from, 'everything'));
    const report = await loadFrom(to, csvFile({ file }), { batchRowCount: 7 });
    expect(report.collections[0]).toMatchObject({ readCount: 150, loadedCount: 150, rejectedCount: 0 });
    const byPart = (all: object[]) => all.sort((a, b) => (a as { part: number }).part - (b as { part: number }).part);
    expect(byPart(to.everything.all().all())).toEqual(byPart(from.everything.all().all()));
  });

  it('keeps every text: quotes, line ends, commas, spaces, the empty one', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const awkward = fc.oneof(text, fc.constantFrom('', ' ', '"', '""', ',', '\r\n', '\n"', '\uFEFF', 'null', '\u2028'));
    await fc.assert(
      fc.asyncProperty(fc.array(awkward, { maxLength: 20 }), async (names) => {
        await using from = await openDatabase({ memory: true });
        await using to = await openDatabase({ memory: true });
        await from.player.insertMany(names.map((name, index) => player(`p${index}`, name)));
        await writeFile(file, csvOf(from, 'player'));
        await loadFrom(to, csvFile({ file }), { ...players, batchRowCount: 3 });
        expect(to.player.all().all()).toEqual(from.player.all().all());
      }),
      { numRuns: 60 },
    );
  });

  it('of a spreadsheet is loaded by its header and a mapping; a row that does not fit is named', async () => {
    writeFileSync(
      file,
      '\uFEFFNo;mail;age;joinedAt;name;clubs;remark\n' +
        '1;a@x.io;31;2026-01-02 03:04:05;Ann;"[""x""]";"two\nlines"\n' +
        '2;no mail;200;2026-01-02;Bea;[];\n' +
        '3;c@x.io;33;2026-01-02;"";;\n',
    );
    await using db = await openDatabase({ memory: true });
    const source = csvFile({ file, delimiter: ';', columns: { id: 'No', email: 'mail' } });
    const rejectedFile = join(folder, 'rejected.jsonl');
    const report = await loadFrom(db, source, { ...players, rejectedFile, batchRowCount: 2 });
    expect(report.collections[0]).toMatchObject({ readCount: 3, loadedCount: 2, rejectedCount: 1 });
    expect(db.player.get('1')).toMatchObject({
      age: 31,
      joinedAt: new Date('2026-01-02T03:04:05Z'),
      name: 'Ann',
      clubs: ['x'],
    });
    expect(db.player.get('3')).toMatchObject({ name: '', clubs: [] });
  });

  it.each([
    ['is empty', '', { code: 'DUMP_INVALID', facts: { line: 1 } }],
    ['has no key', 'name,age\nAnn,1\n', { code: 'COPY_TARGET_MISMATCH', facts: { column: 'id' } }],
    ['ends in a quote', 'id,name\n1,"Ann\n', { code: 'DUMP_INVALID' }],
    ['has a row that is too long', 'id,name\np1,Ann\np2,Bea,3\n', { code: 'DUMP_INVALID', facts: { line: 3 } }],
  ])('that %s is refused, and nothing is loaded of it', async (_, text, error) => {
    writeFileSync(file, text);
    await using db = await openDatabase({ memory: true });
    await expect(loadFrom(db, csvFile({ file }), players)).rejects.toMatchObject(error);
    expect(db.player.size).toBe(0);
  });

  it('that does not exist is named', async () => {
    await using db = await openDatabase({ memory: true });
    const source = csvFile({ file: join(folder, 'none.csv') });
    await expect(loadFrom(db, source, players)).rejects.toMatchObject({ code: 'COPY_FAILED' });
  });

  it('is not written where a text has no UTF-8 form', async () => {
    await using db = await openDatabase({ memory: true });
    await db.player.insert(player('p1', '\ud800'));
    await expect(writeFile(file, csvOf(db, 'player'))).rejects.toMatchObject({
      code: 'COPY_VALUE_REFUSED',
      facts: { field: 'name' },
    });
  });
});
