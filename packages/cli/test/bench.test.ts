/** `nuthatch bench`: its figures come from this disk, and it leaves nothing behind. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleChild } from '../../runtime/test/support/bundle-child.js';
import { runCli } from '../src/cli.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function bench(...args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const exitCode = await runCli(['bench', ...args], output, folder);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

describe('nuthatch bench', () => {
  it('measures fsync and commits, and removes its folder', async () => {
    const { exitCode, out } = await bench('--seconds', '0.1', '--json');
    expect(exitCode).toBe(0);
    const report = JSON.parse(out) as Record<string, { count: number; p50Us?: number; p50Ms?: number }>;
    for (const name of ['fsync', 'oneWriter', 'manyWriters', 'withoutWaiting'])
      expect([name, (report[name]?.count ?? 0) > 0]).toEqual([name, true]);
    expect(report['fsync']!.p50Us).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to expect, in words', async () => {
    const { exitCode, out, err } = await bench('.', '--seconds', '0.05');
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^fsync: [\d,]+ per second, \d+ µs \(p50\)/m);
    expect(out).toMatch(/\nWhat to expect:\n- A program that awaits each write in turn gets about [\d,]+ per second/);
  });

  it('removes its folder when it is interrupted', async () => {
    const packages = resolve(__dirname, '../../../node_modules');
    bundleChild(resolve(__dirname, 'support/bench-child.ts'), join(folder, 'child.cjs'));
    const child = spawn(process.execPath, [join(folder, 'child.cjs')], {
      cwd: folder,
      env: { ...process.env, NODE_PATH: packages },
      stdio: 'inherit',
    });
    const ended = new Promise((done) => child.once('exit', (_code, by) => done(by)));
    while (child.exitCode === null && !readdirSync(folder).some((name) => name.startsWith('.nuthatch-bench-')))
      await new Promise((done) => setTimeout(done, 10));
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(readdirSync(folder)).toEqual(['child.cjs']);
  });

  it.each(['0', '-1', '61', 'long', '1e1'])('refuses --seconds %s', async (seconds) => {
    const { exitCode, err } = await bench('--seconds', seconds);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(/^(INVALID_OPTION: --seconds must be|error: )/)]);
  });

  it('refuses a place that is not a directory', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const place of ['missing', 'file'])
      expect(await bench(place)).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^FILE_UNUSABLE: /) });
    expect(readdirSync(folder)).toEqual(['file']);
  });
});
