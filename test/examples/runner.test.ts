/** `npm run example`: what it lists, and what it says of a name that it does not know. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisedOutput, runExample } from '../support/example.js';

const ROOT = resolve(__dirname, '../..');
const names = readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'shared');

function runner(...args: readonly string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'scripts/example.mjs'), ...args], { encoding: 'utf8' });
}

it('lists every example with one line', () => {
  const { status, stdout } = runner();
  expect(status).toBe(0);
  const lines = stdout.split('\n').filter((line) => line.startsWith('  '));
  expect(lines.map((line) => line.trim().split(/\s/)[0])).toEqual(names);
  for (const line of lines) expect(line.length).toBeLessThan(120);
});

it('lists the examples for a name that it does not know, and fails', () => {
  const { status, stderr } = runner('nightingale');
  expect(status).toBe(2);
  expect(stderr).toContain('There is no example nightingale.');
  for (const name of names) expect(stderr).toContain(name);
});

it.each(names)('%s has a main file, a README with its command, and a line in the README of the root', (name) => {
  expect(existsSync(join(ROOT, 'examples', name, 'main.ts'))).toBe(true);
  expect(readFileSync(join(ROOT, 'examples', name, 'README.md'), 'utf8')).toContain(`npm run example ${name}`);
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`(examples/${name}/README.md)`);
});

it('geographic-grid prints what its README says', async () => {
  expect((await runExample('geographic-grid')).trim()).toMatch(promisedOutput('geographic-grid'));
});

it('text-search prints what its README says', async () => {
  expect((await runExample('text-search')).trim()).toMatch(promisedOutput('text-search'));
});

it('the documentation site has a page for every example', () => {
  const map = readFileSync(join(ROOT, 'docs/site/site-map.mjs'), 'utf8');
  expect([...map.matchAll(/example\('([\w-]+)'/g)].map(([, name]) => name).sort()).toEqual(names);
});
