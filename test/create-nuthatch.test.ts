/**
 * What `npm create nuthatch` makes, from packed packages: each template is created, installed, tested, built and started as
 * its README says.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { otherNodes } from './support/other-nodes.js';
import { PackedProject } from './support/packed-project.js';

const STEP_MS = 600_000;

let packed: PackedProject;
beforeAll(() => {
  packed = new PackedProject(['nestjs', 'create-nuthatch']);
}, STEP_MS);
afterAll(() => packed.remove());

/** Versions of Node.js → how the project is run with it. */
const NODES = new Map(otherNodes().map((each) => [each.version, each]));

describe.each(['plain', 'fastify', 'nestjs', 'sync'])('a project of the template %s', (template) => {
  let env: NodeJS.ProcessEnv;
  let node: string;
  let folder: string;
  const use = (version: string): void => {
    const other = NODES.get(version)!;
    node = other.node;
    env = { ...other.env, NODE_OPTIONS: '', NODE_ENV: '' };
  };
  const tarballOf = (name: string): string => join(packed.folder, packed.tarballs.get(name) as string);

  const run = (command: string, ...args: string[]): string => {
    try {
      return execFileSync(command, args, { cwd: folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
    }
  };

  beforeAll(() => {
    use([...NODES.keys()].at(-1)!);
    const place = join(packed.folder, 'created');
    mkdirSync(place, { recursive: true });
    folder = place;
    // As npm runs it: the packed package, alone, without a network.
    run(
      'npm',
      'exec',
      '--yes',
      '--offline',
      `--package=${tarballOf('create-nuthatch')}`,
      '--',
      'create-nuthatch',
      template,
      '--template',
      template,
      '--yes',
    );
    folder = join(place, template);
    const others = template === 'nestjs' ? ['create-nuthatch'] : ['create-nuthatch', '@nuthatch/nestjs'];
    const tarballs = [...packed.tarballs.keys()].filter((name) => !others.includes(name)).map(tarballOf);
    run(
      'npm',
      'install',
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...tarballs,
    );
  }, STEP_MS);

  it.each([...NODES.keys()])(
    'passes its own tests with Node %s',
    (version) => {
      use(version);
      expect(run('node', '--version').trim()).toBe(`v${version}`);
      expect(run('npm', 'test')).toMatch(/pass [1-9]\d*\n.*fail 0/s);
    },
    STEP_MS,
  );

  it(
    'runs while it is worked on, and ends when it is told to',
    async () => {
      const dev = spawn(node, ['dev.mjs'], { cwd: folder, env: { ...env, PORT: '0' } });
      const ended = new Promise((resolve) => dev.once('exit', (_code, signal) => resolve(signal)));
      await new Promise<void>((resolve, reject) => {
        let text = '';
        dev.stdout.on('data', (data: Buffer) => {
          text += String(data);
          if (/tasks in \.\/data|listening on/.test(text)) resolve();
        });
        dev.once('exit', () => reject(new Error(`it ended: ${text}`)));
      });
      dev.kill('SIGTERM');
      // One that does not end is a failure, not a test that hangs.
      const last = setTimeout(() => dev.kill('SIGKILL'), 30_000);
      const signal = await ended;
      clearTimeout(last);
      expect(signal).not.toBe('SIGKILL');
    },
    STEP_MS,
  );

  it.each([...NODES.keys()])(
    'is built, and starts with Node %s',
    async (version) => {
      use(version);
      run('npm', 'run', 'build');
      if (template === 'plain') {
        const [first, second] = [0, 1].map(() => /^(\d+) tasks in \.\/data/.exec(run('npm', 'start', '--silent')));
        expect(Number(second?.[1])).toBe(Number(first?.[1]) + 1);
        return;
      }
      const service = spawn(node, ['dist/src/main.js'], { cwd: folder, env: { ...env, PORT: '0' } });
      try {
        const url = await new Promise<string>((resolve, reject) => {
          service.stdout.on('data', (data: Buffer) => {
            const [, found] = /listening on (\S+)/.exec(String(data)) ?? [];
            if (found !== undefined) resolve(found);
          });
          service.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
        });
        if (template === 'sync') {
          env = { ...env, PORT: new URL(url).port };
          expect(run('npm', 'run', '--silent', 'client', '--', 'add', 'water the plants')).toMatch(/^live; 0 changes/);
          return;
        }
        const headers = { 'content-type': 'application/json' };
        const added = await fetch(url, {
          method: 'POST',
          headers,
          body: '{"title":"water the plants","labels":["home"]}',
        });
        expect([added.status, await added.json()]).toEqual([
          201,
          expect.objectContaining({ title: 'water the plants' }),
        ]);
        const refused = await fetch(url, { method: 'POST', headers, body: '{"title":5}' });
        expect([refused.status, await refused.json()]).toEqual([
          400,
          expect.objectContaining({ code: 'VALIDATION_FAILED' }),
        ]);
        expect((await fetch(`${url}/nobody`)).status).toBe(404);
      } finally {
        const ended = new Promise((resolve) => service.once('exit', resolve));
        service.kill('SIGTERM');
        await ended;
      }
      expect(run('npx', 'nuthatch', 'verify', './data')).toMatch(/whole/);
    },
    STEP_MS,
  );
});
