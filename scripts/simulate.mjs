/**
 * `npm run simulate`: nodes over a fake clock, network and engine. Options and what is faked: packages/cluster/simulator/README.md
 *
 *   npm run simulate -- --seed=17                       one run of five nodes, with its trace
 *   npm run simulate -- --seed=1 --count=1000           a thousand of them, each in one line; ends at the first that breaks a rule
 *   npm run simulate -- --nodes=1000 --frames=10000     many nodes, of which eight hold the real store
 *
 * The code runs from the sources, in one file outside of Jest: there it is three times as quick.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');
const FILE = join(ROOT, 'node_modules/.cache/nuthatch/simulator.cjs');

mkdirSync(join(FILE, '..'), { recursive: true });
const source = (name, entry = 'index') => join(ROOT, 'packages', name, 'src', `${entry}.ts`);
const build = await rolldown({
  input: join(ROOT, 'packages/cluster/simulator/command.ts'),
  platform: 'node',
  external: /^node:/,
  resolve: {
    alias: {
      '@nuthatch/runtime/cluster': source('runtime', 'cluster'),
      '@nuthatch/runtime/tools': source('runtime', 'tools'),
      '@nuthatch/runtime/sync': source('runtime', 'sync'),
      '@nuthatch/runtime': source('runtime'),
      '@nuthatch/model': source('model'),
    },
  },
  tsconfig: join(ROOT, 'tsconfig.test.json'),
  transform: { target: 'es2022' },
});
await build.write({ file: FILE, format: 'cjs', sourcemap: true });
// Most of what a run allocates is gone at once. Databases that were killed are never closed, and would be warned of.
const flags = ['--enable-source-maps', '--max-semi-space-size=128', '--no-warnings'];
const { status } = spawnSync(process.execPath, [...flags, FILE, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
