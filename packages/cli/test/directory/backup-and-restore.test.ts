import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { player } from '../../../runtime/test/support/open-players.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch backup', () => {
  it('copies an open database, and later only new data', async () => {
    const db = await fixture.open();
    for (let index = 0; index < 40; index++) await db.player.insert(player(`p${index}`));
    expect(await fixture.json('backup', 'data', 'copy')).toMatchObject({
      exitCode: 0,
      result: { lastSeq: 40, keptFiles: [] },
    });
    await db.player.delete('p0');
    const { out } = await fixture.run('backup', 'data', 'copy');
    expect(out).toMatch(/seq 41, .* copied, [1-9]\d* files? there already/);
    await db.close();
    expect(await fixture.playersOf('copy')).toHaveLength(39);
  });

  it('refuses a destination with other things in it and damaged sources', async () => {
    await fixture.write(60);
    expect((await fixture.run('backup', 'data', '.')).err).toMatch(/^DIRECTORY_UNUSABLE/);
    fixture.damage(1);
    expect(await fixture.json('backup', 'data', 'copy')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'JOURNAL_DAMAGED' } },
    });
  });
});

describe('what is refused half way', () => {
  it('leaves no directory behind, and none around it', async () => {
    await fixture.write(60);
    const db = await fixture.open();
    await db.backupTo(createWriteStream(fixture.at('backup.tar')));
    await db.close();
    const archive = readFileSync(fixture.at('backup.tar'));
    const lines = (await fixture.run('dump', 'data')).out.split('\n');
    fixture.damage(1);
    mkdirSync(fixture.at('empty'));
    const before = ['backup.tar', 'bad', 'data', 'empty'];
    const attempts: readonly (readonly [bad: string | Buffer, line: readonly string[]])[] = [
      ['garbage', ['restore', 'bad']],
      [Buffer.alloc(100_000, 'garbage'), ['restore', 'bad']],
      ...[100, 600, 3_000, archive.length - 1].map(
        (byteCount) => [archive.subarray(0, byteCount), ['restore', 'bad']] as const,
      ),
      ['', ['restore', 'data']],
      ['', ['restore', 'empty']],
      ['', ['backup', 'data']],
      ['', ['repair', 'empty']],
      [lines.slice(0, 20).join('\n'), ['import', '--input', 'bad']],
      [lines.slice(0, 2).concat('{}').join('\n'), ['import', '--input', 'bad']],
    ];
    for (const [bad, line] of attempts)
      for (const to of ['to', 'deep/er/to', 'empty']) {
        writeFileSync(fixture.at('bad'), bad);
        const { exitCode, err } = await fixture.run(...line, to);
        expect([line, to, exitCode, err]).toEqual([line, to, 1, expect.stringMatching(/^[A-Z_]+: /)]);
        expect([line, to, readdirSync(fixture.folder)]).toEqual([line, to, before]);
        expect(readdirSync(fixture.at('empty'))).toEqual([]);
      }
  });
});

describe('nuthatch restore', () => {
  it('--at a seq restores that state of an open database', async () => {
    const db = await fixture.open();
    for (let index = 0; index < 20; index++) await db.player.insert(player(`p${index}`));
    await db.player.delete('p3');
    const { exitCode, out } = await fixture.run('restore', 'data', 'then', '--at', '10');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/seq 10 of \d{4}-.*, 10 documents, incarnation 2/);
    await db.close();
    expect(await fixture.playersOf('then')).toHaveLength(10);
    expect((await fixture.json('restore', 'data', 'now')).result).toMatchObject({ lastSeq: 21, documentCount: 19 });
  });

  it('--at a time takes what was there before it', async () => {
    await fixture.write(5);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const time = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const db = await fixture.open();
    await db.player.delete('p1');
    await db.close();
    expect((await fixture.json('restore', 'data', 'then', '--at', time)).result).toMatchObject({ lastSeq: 5 });
    expect(await fixture.playersOf('then')).toHaveLength(5);
  });

  it('names the range there is, and refuses times without a zone', async () => {
    await fixture.write(5);
    expect(await fixture.json('restore', 'data', 'then', '--at', '6')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'RESTORE_OUT_OF_RANGE', facts: { oldestSeq: 1, lastSeq: 5 } } },
    });
    for (const at of ['yesterday', '2026-01-31T12:00:00', '-1'])
      expect((await fixture.run('restore', 'data', 'then', `--at=${at}`)).err).toMatch(/^INVALID_OPTION/);
    expect(existsSync(fixture.at('then'))).toBe(false);
  });

  it('unpacks what db.backupTo wrote', async () => {
    await fixture.write(7);
    const db = await fixture.open();
    await db.backupTo(createWriteStream(fixture.at('backup.tar')));
    await db.close();
    expect((await fixture.run('restore', 'backup.tar', 'copy')).out).toMatch(/unpacked to .*: seq 7/);
    expect(await fixture.playersOf('copy')).toHaveLength(7);
    expect((await fixture.run('restore', 'backup.tar', 'other', '--at', '3')).exitCode).toBe(1);
  });
});
