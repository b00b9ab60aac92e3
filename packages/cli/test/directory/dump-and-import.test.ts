import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { writeNewFile } from '../../src/write-new-file.js';
import { DirectoryFixture, KEY } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

describe('nuthatch dump and import', () => {
  it('make the same database from lines of JSON, also from an open one', async () => {
    await fixture.write(25);
    const db = await fixture.open();
    const { exitCode, out } = await fixture.run('dump', 'data');
    await db.close();
    expect(exitCode).toBe(0);
    const lines = out.split('\n');
    expect(lines).toHaveLength(1 + 1 + 25 + 1);
    expect(JSON.parse(lines[2] as string)).toMatchObject({ collection: 'player', key: 'p0', document: { id: 'p0' } });
    writeFileSync(fixture.at('lines.jsonl'), out);
    expect(await fixture.json('import', 'copy', '--input', 'lines.jsonl')).toMatchObject({
      exitCode: 0,
      result: { documentCount: 25, collections: { player: 25 } },
    });
    expect(await fixture.playersOf('copy')).toEqual(await fixture.playersOf('data'));
  });

  it('write a new file, readable by its owner only, and never overwrite one', async () => {
    await fixture.write(3);
    const { exitCode, out } = await fixture.run('export', 'data', '--output', 'dump.jsonl');
    expect([exitCode, out]).toEqual([0, `3 documents written to ${fixture.at('dump.jsonl')}`]);
    expect(statSync(fixture.at('dump.jsonl')).mode & 0o777).toBe(0o600);
    const before = readFileSync(fixture.at('dump.jsonl'), 'utf8');
    expect((await fixture.run('dump', 'data', '--output', 'dump.jsonl')).exitCode).toBe(1);
    expect(readFileSync(fixture.at('dump.jsonl'), 'utf8')).toBe(before);
    expect((await fixture.run('import', 'copy', '--input', 'dump.jsonl')).out).toContain('3 documents imported');
  });

  it('refuse a collection without documents, and create no file', async () => {
    await fixture.write(3);
    for (const more of [[], ['--output', 'dump.jsonl']]) {
      const { exitCode, out, err } = await fixture.run('dump', 'data', '--collection', 'player', 'plaier', ...more);
      expect([exitCode, out]).toEqual([1, '']);
      expect(err).toMatch(/^INVALID_OPTION: there are no documents of plaier, so nothing was dumped\./);
    }
    expect(readdirSync(fixture.folder)).toEqual(['data']);
  });

  it('leave nothing of a file when they are interrupted, or fail half way', async () => {
    await fixture.write(3);
    fixture.damage();
    expect((await fixture.run('dump', 'data', '--output', 'dump.jsonl')).exitCode).toBe(1);
    expect(readdirSync(fixture.folder)).toEqual(['data']);
    async function* endless(): AsyncGenerator<string, void> {
      yield 'begun';
      throw new Error('cut');
    }
    await expect(writeNewFile(fixture.at('x'), endless())).rejects.toThrow('cut');
    expect(readdirSync(fixture.folder)).toEqual(['data']);
    // Of the sources, so that a build that is missing or older has no say in it.
    const bundle = join(mkdtempSync(join(tmpdir(), 'nuthatch-writing-')), 'writing-child.cjs');
    bundleChild(resolve(__dirname, '../support/writing-child.ts'), bundle);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = spawn(process.execPath, [bundle], { cwd: fixture.folder, stdio: 'inherit' });
      const ended = new Promise((done) => child.once('exit', (_code, by) => done(by)));
      while (child.exitCode === null && !readdirSync(fixture.folder).some((name) => name.endsWith('.part')))
        await new Promise((done) => setTimeout(done, 10));
      expect(readdirSync(fixture.folder)).not.toContain('x');
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(readdirSync(fixture.folder)).toEqual(['data']);
    }
    rmSync(dirname(bundle), { recursive: true });
  });

  it('show progress on request, on standard error', async () => {
    await fixture.write(3);
    const dumped = await fixture.run('dump', 'data', '--output', 'dump.jsonl', '--progress');
    expect([dumped.exitCode, dumped.err]).toEqual([0, expect.stringMatching(/^(reading|writing): /)]);
    const imported = await fixture.run('import', 'copy', '--input', 'dump.jsonl', '--progress');
    expect([imported.exitCode, imported.err]).toEqual([0, 'importing: 100 %']);
    expect((await fixture.run('verify', 'copy', '--progress')).err).toMatch(/^verifying: \d+ %/);
    expect((await fixture.run('verify', 'copy')).err).toBe('');
  });

  it('take collections by name, and keys for encrypted ones', async () => {
    await fixture.write(3, { encryption: { key: KEY } });
    writeFileSync(fixture.at('key'), KEY);
    expect(await fixture.json('dump', 'data', '--output', 'x')).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'ENCRYPTION_KEY_REQUIRED' } },
    });
    const { out } = await fixture.run('dump', 'data', '--key-file', 'key', '--collection', 'player');
    expect(out.split('\n')).toHaveLength(1 + 1 + 3 + 1);
  });

  it('refuse a bad line by its number, without its contents, and leave nothing', async () => {
    await fixture.write(3);
    const { out } = await fixture.run('dump', 'data');
    writeFileSync(fixture.at('bad.jsonl'), out.replace('"age":1', '"age":"secret age"'));
    const { exitCode, err } = await fixture.run('import', 'copy', '--input', 'bad.jsonl');
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^DUMP_INVALID: .*line 4: age is not a number/);
    expect(err).not.toContain('secret');
    expect((await fixture.run('verify', 'copy')).exitCode).toBe(1);
    expect((await fixture.run('import', 'copy', '--input', 'missing.jsonl')).exitCode).toBe(1);
  });
});
