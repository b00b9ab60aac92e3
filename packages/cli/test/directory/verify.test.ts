import { mkdirSync, writeFileSync } from 'node:fs';
import { DirectoryFixture, KEY } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch verify', () => {
  it('answers 0 for a whole database and says what it read', async () => {
    await fixture.write(30);
    const { exitCode, out, err } = await fixture.run('verify', 'data');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^whole: seq 30, \d+ pages with 30 frames, 0 snapshots/);
    expect(out).toContain('closed properly');
  });

  it('needs no lock: it verifies a database that is open', async () => {
    const db = await fixture.open();
    await fixture.run('verify', 'data');
    expect(await fixture.json('verify', 'data')).toMatchObject({
      exitCode: 0,
      result: { isWhole: true, isClosed: false },
    });
    await db.close();
  });

  it('answers 1 for damage, with file and offset and no contents', async () => {
    await fixture.write(60);
    const name = fixture.damage(1);
    const { exitCode, out } = await fixture.run('verify', 'data');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^damaged in 1 place/);
    expect(out).toContain(`${name} at `);
    expect(out).not.toContain('secret');
    expect(await fixture.json('verify', 'data')).toMatchObject({
      exitCode: 1,
      result: { isWhole: false, damage: [{ offset: expect.any(Number) }] },
    });
  });

  it('checks encrypted pages without their key, and reads them with it', async () => {
    await fixture.write(10, { encryption: { key: KEY } });
    expect(await fixture.json('verify', 'data')).toMatchObject({ exitCode: 0, result: { undecodedFrameCount: 10 } });
    writeFileSync(fixture.at('key'), Buffer.from(KEY).toString('hex'));
    expect(await fixture.json('verify', 'data', '--key-file', 'key')).toMatchObject({
      exitCode: 0,
      result: { undecodedFrameCount: 0 },
    });
  });

  it('answers 1 with a code where there is no database, and 2 for wrong usage', async () => {
    mkdirSync(fixture.at('empty'));
    for (const name of ['empty', 'missing'])
      expect(await fixture.json('verify', name)).toMatchObject({
        exitCode: 1,
        result: { error: { code: 'DIRECTORY_UNUSABLE' } },
      });
    expect((await fixture.run('verify')).exitCode).toBe(2);
    expect((await fixture.run('verify', 'empty', '--no-such-option')).exitCode).toBe(2);
  });
});
