/** Each check of `nuthatch doctor`: what it says when all is well, and what it finds. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountIn } from '../src/disk/mount-of.js';
import { syncSpeedOf } from '../src/disk/sync-speed.js';
import { findingOf as fileSystemFinding } from '../src/doctor/file-system.js';
import { findingOf as diskFinding } from '../src/doctor/free-disk.js';
import { findingOf as nodeFinding } from '../src/doctor/node-version.js';
import { CliProject } from './support/cli-project.js';

interface Checked {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly cause?: string;
  readonly cure?: string;
}

function checksOf(out: string): ReadonlyMap<string, Checked> {
  const { checks } = JSON.parse(out) as { readonly checks: readonly Checked[] };
  return new Map(checks.map((check) => [check.name, check]));
}

const STRICT = '{ "compilerOptions": { "strict": true, "target": "es2022", "experimentalDecorators": true } }';

function project(): CliProject {
  const made = new CliProject({ hasDependencies: true });
  made.schema('Thing', '@Id() readonly id!: string;');
  made.write('tsconfig.json', STRICT);
  made.write('nuthatch.config.json', '{ "data": "data" }');
  return made;
}

describe('nuthatch doctor', () => {
  it('finds nothing wrong in a project that is in order', async () => {
    using made = project();
    await made.run('generate');
    await made.withDatabase(async (db) => void (await db['thing']!.insertMany([{ id: 'a' }])));
    const { exitCode, out, err } = await made.run('doctor', '--json');
    const checks = checksOf(out);
    const problems = [...checks.values()].filter(({ status }) => status === 'problem');
    // The disk of the machine that tests is not ours to judge.
    expect(problems.filter(({ name }) => !/disk|file system|durability/.test(name))).toEqual([]);
    expect([exitCode, err]).toEqual([problems.length === 0 ? 0 : 1, '']);
    expect(checks.get('Node')).toMatchObject({ status: 'ok', found: process.versions.node });
    expect(checks.get('tsconfig')).toMatchObject({ status: 'ok', found: 'tsconfig.json: strict, legacy decorators' });
    expect(checks.get('generated code')).toMatchObject({ status: 'ok' });
    expect(checks.get('database')).toMatchObject({ status: 'ok' });
  });

  it('finds stale code, loose settings and decorators of the wrong form, with cause and cure', async () => {
    using made = project();
    const before = checksOf((await made.run('doctor', '--json')).out);
    expect(before.get('generated code')).toMatchObject({
      ...{ status: 'problem', found: expect.stringContaining('out of date: generated/') },
      cure: 'run `npx nuthatch generate`',
    });
    expect(before.get('database')).toMatchObject({ status: 'note', found: expect.stringContaining('does not exist') });
    await made.run('generate');
    made.write('tsconfig.json', '{ "compilerOptions": { "strict": false } }');
    made.write('schemas/thing.ts', `import { IsEmail } from 'class-validator';\n${made.read('schemas/thing.ts')}`);
    const { exitCode, out, err } = await made.run('doctor');
    expect(out).toMatch(
      /note {5}tsconfig: tsconfig\.json does not set "strict"\n {9}why: .*\n {9}do: {2}set "strict": true/,
    );
    expect(out).toMatch(/problem {2}decorators: class-validator needs legacy decorators\n {9}why: /);
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^error: \d of \d checks found a problem\.$/)]);
    made.write('schemas/thing.ts', made.read('schemas/thing.ts').replace('@Id() ', ''));
    expect(checksOf((await made.run('doctor', '--json')).out).get('generated code')).toMatchObject({
      ...{ status: 'problem', found: expect.stringMatching(/^one problem in the classes: /) },
      cause: expect.stringMatching(/^schemas\/thing\.ts:\d+:\d+$/),
    });
  });

  it('tells a tsconfig and an installation that cannot be read, and a file in the place of a database', async () => {
    using made = project();
    await made.run('generate');
    made.write('tsconfig.json', '{ "compilerOptions": { "strict": tru');
    made.write('notes', 'x');
    const broken = checksOf((await made.run('doctor', 'notes', '--json')).out);
    expect(broken.get('tsconfig')).toMatchObject({
      status: 'problem',
      found: expect.stringMatching(/^tsconfig\.json cannot be read: /),
    });
    expect(broken.get('database')).toMatchObject({ status: 'problem' });
    expect(broken.get('free disk')).toMatchObject({
      status: 'skipped',
      found: expect.stringContaining('see database'),
    });
    made.write('tsconfig.json', '{ "extends": "./missing.json" }');
    const extended = checksOf((await made.run('doctor', '--json')).out);
    expect(extended.get('tsconfig')).toMatchObject({
      status: 'problem',
      found: expect.stringContaining('missing.json'),
    });

    using bare = new CliProject();
    bare.write('schemas/none.ts', '');
    bare.write('node_modules/@nuthatch/runtime/package.json', '{ "version": ');
    expect(checksOf((await bare.run('doctor', '--json')).out).get('versions')).toMatchObject({
      status: 'problem',
      found: expect.stringContaining('@nuthatch/runtime cannot be read'),
      cure: expect.any(String),
    });
  });

  it('finds packages of another version', async () => {
    using made = new CliProject();
    made.write('nuthatch.config.json', '{}');
    made.write('node_modules/@nuthatch/runtime/package.json', '{ "version": "0.0.9" }');
    expect(checksOf((await made.run('doctor', '--json')).out).get('versions')).toMatchObject({
      ...{ status: 'problem', found: expect.stringContaining('@nuthatch/runtime is 0.0.9') },
      cure: expect.stringMatching(/^npm install @nuthatch\/runtime@/),
    });
  });
});

describe('the checks', () => {
  it.each([
    ['18.20.0', 'problem'],
    ['20.18.9', 'problem'],
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('take Node %s for %s', async (version, status) => {
    expect(await nodeFinding(version)).toMatchObject({ status });
  });

  it.each([
    ['ext4', ['rw'], 'ok'],
    ['xfs', ['rw', 'relatime'], 'ok'],
    ['xfs', ['rw', 'nobarrier'], 'problem'],
    ['ext4', ['rw', 'barrier=0'], 'problem'],
    ['ext4', ['ro'], 'problem'],
    ['tmpfs', ['rw'], 'problem'],
    ['overlay', ['rw'], 'note'],
    ['nfs4', ['rw'], 'note'],
    ['fuse.sshfs', ['rw'], 'note'],
    ['virtiofs', ['rw'], 'note'],
  ])('take a file system %s with %j for %s', (type, options, status) => {
    expect(fileSystemFinding(type, '/data', options)).toMatchObject({ status });
  });

  it.each([
    [10 * 2 ** 30, 2 ** 30, 'ok'],
    [2 ** 31, 2 ** 30, 'note'],
    [2 ** 29, 2 ** 30, 'problem'],
    [2 ** 20, 0, 'problem'],
  ])('take %d bytes free beside %d for %s', async (freeBytes, usedBytes, status) => {
    expect(await diskFinding(freeBytes, usedBytes)).toMatchObject({ status });
  });

  it('find the mount of a path: the innermost, the last of several, with spaces in its name', () => {
    const table = [
      '27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard',
      '30 27 0:30 / /data rw shared:2 master:1 - nfs4 server:/x rw,vers=4',
      '31 27 0:31 / /data rw - tmpfs tmpfs rw,size=4k',
      '32 27 0:32 / /with\\040space rw - xfs /dev/vdb rw',
      'garbage',
      '',
    ].join('\n');
    const typeOf = (path: string) => mountIn(table, path)?.type;
    expect(['/', '/database', '/data', '/data/x', '/with space/y'].map(typeOf)).toEqual([
      ...['ext4', 'ext4', 'tmpfs', 'tmpfs', 'xfs'],
    ]);
    expect(mountIn(table, '/x')?.options).toEqual(['rw', 'relatime', 'rw', 'discard']);
    expect(mountIn('', '/x')).toBeUndefined();
  });

  it('measure fsync by a file without a name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-sync-'));
    const speed = await syncSpeedOf(folder, 1);
    if (speed === undefined) process.stdout.write('skipped: no files without a name here\n');
    else expect([speed.count >= 10, speed.p50Us <= speed.p99Us]).toEqual([true, true]);
    expect(readdirSync(folder)).toEqual([]);
    expect(await syncSpeedOf(join(folder, 'none'), 1)).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});
