import { readdirSync } from 'node:fs';
import { DirectoryFixture } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch repair', () => {
  it('salvages what can be read into a new directory, says what was lost and answers 1', async () => {
    await fixture.write(60);
    const name = fixture.damage(1);
    const { exitCode, out } = await fixture.run('repair', 'data', 'saved');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^59 documents up to seq 60 written to /);
    expect(out).toContain(`${name} at `);
    expect(out).not.toContain('secret');
    expect(await fixture.playersOf('saved')).toHaveLength(59);
    expect((await fixture.run('verify', 'data')).exitCode).toBe(1);
  });

  it('answers 0 when nothing was lost, and refuses a directory in use or a full destination', async () => {
    await fixture.write(5);
    expect((await fixture.run('repair', 'data', 'saved')).out).toContain('nothing was lost');
    expect((await fixture.run('repair', 'data', 'saved')).err).toMatch(/^DIRECTORY_UNUSABLE/);
    const db = await fixture.open();
    expect(await fixture.json('repair', 'data', 'again')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'DATABASE_LOCKED', facts: { pid: process.pid } } },
    });
    await db.close();
  });
});

describe('nuthatch compact', () => {
  it('drops old pages and keeps every document', async () => {
    await fixture.write(60);
    await fixture.run('compact', 'data', '--compressed');
    const { exitCode, out } = await fixture.run('compact', 'data');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^snapshot of seq 60, .*; \d+ files? removed$/);
    expect(readdirSync(fixture.at('data')).filter((name) => name.startsWith('page')).length).toBeLessThan(3);
    expect(await fixture.playersOf('data')).toHaveLength(60);
  });

  it('leaves a database in use to the process that has it open', async () => {
    const db = await fixture.open();
    expect((await fixture.run('compact', 'data')).err).toMatch(/^DATABASE_LOCKED/);
    await db.close();
  });
});
