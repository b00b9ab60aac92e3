import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { exportJournal, importDirectory, journalStatus, memoryJournal } from '../../src/index.js';

const player = (id: string) => ({ id, email: `${id}@example.org`, age: 31, name: id });

describe('a directory and a shared journal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nuthatch-move-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('become each other, with seqs, revisions and numbers', async () => {
    const own = await openDatabase({ directory: join(folder, 'own') });
    for (let index = 0; index < 20; index++) await own.player.insert(player(`p${index}`));
    await own.player.update('p3', { age: 40 });
    await own.player.delete('p4');
    await own.match.insert({ home: 'a', away: 'b', playedAt: new Date(0) });
    const before = { seq: own.seq, players: own.player.find({}).orderBy('id').all() };
    await own.close();
    const journal = memoryJournal();
    const image = await importDirectory(journal, join(folder, 'own'));
    expect(image).toMatchObject({ position: 0, seq: Number(before.seq) });
    const a = await openDatabase({ memory: true, journal });
    const b = await openDatabase({ directory: join(folder, 'b'), journal });
    for (const db of [a, b]) expect({ seq: db.seq, players: db.player.find({}).orderBy('id').all() }).toEqual(before);
    expect(a.player.revision('p3')).toBe(2);
    expect(await a.match.insert({ home: 'b', away: 'a', playedAt: new Date(0) })).toMatchObject({ id: 2 });
    await b.barrier();
    await b.player.update('p5', { age: 50 });
    expect(await journalStatus(journal)).toMatchObject({ head: 2, image: { position: 0 }, frameCount: 2, oldest: 1 });
    const seq = b.seq;
    const players = b.player.find({}).orderBy('id').all();
    await Promise.all([a.close(), b.close()]);
    expect(await exportJournal(journal, join(folder, 'out'))).toMatchObject({ seq, position: 2 });
    const out = await openDatabase({ directory: join(folder, 'out') });
    expect({ seq: out.seq, players: out.player.find({}).orderBy('id').all() }).toEqual({ seq, players });
    expect(out.match.count()).toBe(2);
    await out.close();
  });

  it('refuse what would mix two databases', async () => {
    for (const name of ['one', 'two']) {
      const db = await openDatabase({ directory: join(folder, name) });
      await db.player.insert(player(name));
      await db.close();
    }
    const journal = memoryJournal();
    await importDirectory(journal, join(folder, 'one'));
    const again = importDirectory(journal, join(folder, 'two'));
    await expect(again).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'journal' } });
    await expect(exportJournal(journal, join(folder, 'two'))).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    await expect(importDirectory({} as never, join(folder, 'two'))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(journalStatus(undefined as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const used = memoryJournal();
    const node = await openDatabase({ memory: true, journal: used });
    await node.player.insert(player('x'));
    const late = importDirectory(used, join(folder, 'two'));
    await expect(late).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'journal' } });
    await node.close();
  });
});
