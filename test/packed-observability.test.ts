/**
 * The README of the observability package, word for word, from packed packages; and each adapter without the peers of
 * the others.
 *
 * Needs the build (`npm test` makes it) and the npm registry or a warm cache.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PackedProject, ROOT, versionHere } from './support/packed-project.js';

const STEP_MS = 600_000;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    noEmit: true,
    types: ['node'],
  },
};

/** Loads what needs no peer, then what does: it says which one is missing. */
const WITHOUT_PEERS = `
const { observeAll } = require('@nuthatch/observability');
const { logTo } = require('@nuthatch/observability/pino');
const { traceTo } = require('@nuthatch/observability/opentelemetry');
const { openKeyValue } = require('@nuthatch/runtime');
const lines = [];
const log = (_, text) => lines.push(text);
const logged = logTo({ info: log, warn: log, error: log, fatal: log });
openKeyValue().then((store) => store.close()).then(() => {
  logged.stop();
  const dashboard = require('@nuthatch/observability/grafana/nuthatch.json');
  let missing;
  try { require('@nuthatch/observability/prometheus'); } catch (error) { missing = error.message.split('\\n')[0]; }
  console.log(JSON.stringify({ lines, uid: dashboard.uid, missing, traceTo: typeof traceTo, observeAll: typeof observeAll }));
});
`;

let project: PackedProject;

beforeAll(() => {
  project = new PackedProject(['observability']);
  project.write('package.json', JSON.stringify({ name: 'packed-observability', private: true, type: 'module' }));
  const others = ['tsx@4.23.15', 'typescript@6.0.3', '@types/node@20', `prom-client@${versionHere('prom-client')}`];
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-save'];
  project.run('npm', ['install', ...flags, ...project.tarballs.values(), ...others]);
}, STEP_MS);

afterAll(() => project.remove());

describe('the packed observability package', () => {
  it(
    'compiles and runs its README',
    () => {
      project.write('tsconfig.json', JSON.stringify(TSCONFIG));
      const readme = readFileSync(join(ROOT, 'packages/observability/README.md'), 'utf8');
      for (const [, name, text] of readme.matchAll(/<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```/g))
        project.write(name as string, text as string);
      project.run('npx', ['nuthatch', 'generate']);
      project.run('npx', ['tsc', '-p', '.']);
      expect(project.run('npx', ['tsx', 'main.ts']).trim()).toBe(
        'nuthatch_documents{database="tasks",collection="task"} 1',
      );
    },
    STEP_MS,
  );

  it(
    'works without the peers of adapters that are not used, also in CommonJS',
    () => {
      for (const peer of ['prom-client', '@opentelemetry'])
        rmSync(join(project.folder, 'node_modules', peer), { recursive: true, force: true });
      project.write('without-peers.cjs', WITHOUT_PEERS);
      expect(JSON.parse(project.run('node', ['without-peers.cjs']))).toEqual({
        lines: ['the database was opened', 'the database was closed'],
        uid: 'nuthatch',
        missing: "Cannot find module 'prom-client'",
        traceTo: 'function',
        observeAll: 'function',
      });
    },
    STEP_MS,
  );
});
