/** Figures of a directory, closed and in use. */
import { writeFileSync } from 'node:fs';
import { player } from '../../../runtime/test/support/open-players.js';
import { runCli } from '../../src/cli.js';
import { DirectoryFixture, KEY } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch stats', () => {
  it('counts the documents of each collection, and names who has the directory', async () => {
    await fixture.write(12);
    const closed = await fixture.run('stats', 'data');
    expect([closed.exitCode, closed.err]).toEqual([0, '']);
    expect(closed.out).toMatch(/data: closed properly\nseq 12, changes kept from seq 1\n.* on disk in \d+ pages?\n\n/);
    expect(closed.out).toMatch(/\nplayer +12 +[\d.]+ KiB +1 +email clubs age joinedAt nick nameLength$/);
    const db = await fixture.open();
    await db.player.delete('p0');
    await db.player.update('p1', { age: 99 });
    expect(await fixture.json('stats', 'data')).toMatchObject({
      exitCode: 0,
      result: {
        ...{ seq: 14, isClosed: false, holder: { pid: process.pid, isAlive: true }, damageCount: 0 },
        collections: [{ name: 'player', documentCount: 11, modelCount: 1 }],
      },
    });
    await db.close();
    expect(await fixture.json('stats', 'data')).toMatchObject({ result: { holder: null, isClosed: true } });
  });

  it('estimates memory by the documents that are there, not by those that were', async () => {
    const db = await fixture.open();
    const bytes = async (): Promise<number> => {
      const { result } = await fixture.json('stats', 'data');
      const [figures] = result['collections'] as readonly { documentBytes: number }[];
      return figures!.documentBytes;
    };
    await db.player.insert(player('p1', { name: 'x'.repeat(1000) }));
    const one = await bytes();
    expect(one).toBeGreaterThan(2000);
    await db.player.update('p1', { name: 'short' });
    expect(await bytes()).toBeLessThan(one - 1900);
    await db.player.insert(player('p2', { name: 'short' }));
    await db.player.delete('p1');
    await db.player.delete('p2');
    expect(await bytes()).toBe(0);
    await db.close();
  });

  it('leaves out what was there before a collection moved to memory', async () => {
    await fixture.write(5);
    const db = await fixture.open();
    await db.setStorage('player', 'memory');
    expect(await fixture.json('stats', 'data')).toMatchObject({ result: { collections: [{ documentCount: 0 }] } });
    await db.close();
  });

  it('says that it has not counted what is encrypted and comes without a key', async () => {
    await fixture.write(5, { encryption: { key: KEY } });
    writeFileSync(fixture.at('key'), KEY);
    for (const verb of ['stats', 'inspect']) {
      expect((await fixture.run(verb, 'data')).out).toMatch(
        /encrypted frames? (was|were) not read, so their documents/,
      );
      expect((await fixture.run(verb, 'data', '--key-file', 'key')).out).not.toContain('not read');
    }
    expect(await fixture.json('stats', 'data', '--key-file', 'key')).toMatchObject({
      result: { undecodedFrameCount: 0, collections: [{ documentCount: 5 }] },
    });
    expect((await fixture.run('query', 'data', 'player', '--count', '--key-file', 'key')).out).toBe('5');
    expect(await fixture.json('query', 'data', 'player')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'ENCRYPTION_KEY_REQUIRED' } },
    });
  });

  it('shows damage, and goes on', async () => {
    await fixture.write(200);
    fixture.damage();
    const { exitCode, out } = await fixture.run('stats', 'data');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('damaged in 1 place: `nuthatch verify` lists them')]);
  });

  it('prints again only what has changed, while it watches', async () => {
    await fixture.write(3);
    const db = await fixture.open();
    const printed: { seq: number }[] = [];
    let hasWritten: Promise<unknown> | undefined;
    const output = {
      out: (text: string) => {
        printed.push(JSON.parse(text) as { seq: number });
        if (printed.length === 2) throw new Error('enough');
        hasWritten ??= db.player.delete('p0');
      },
      err: () => undefined,
    };
    // The loop ends only by a signal, or by an output that is gone.
    expect(await runCli(['stats', 'data', '--watch', '--every', '0.1', '--json'], output, fixture.folder)).toBe(3);
    await hasWritten;
    expect(printed.slice(0, 2).map(({ seq }) => seq)).toEqual([3, 4]);
    await db.close();
  });

  it.each([
    [['--every', '2'], /--every needs --watch/],
    [['--watch', '--every', '0'], /--every must be 0\.1 to 86400 seconds, found 0/],
    [['--watch', '--every', 'often'], /found often/],
  ])('refuses %j', async (flags, message) => {
    await fixture.write(1);
    const { exitCode, err } = await fixture.run('stats', 'data', ...flags);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(message)]);
  });
});
