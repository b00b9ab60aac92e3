/**
 * `npm run example` lists the examples, `npm run example NAME` installs, builds and runs one; further arguments are
 * handed to it (`npm run example chat -- --port 4000`). An example is a folder of examples/ with a README.md, whose
 * heading says what it is, and a main.ts. It runs in its folder: what it keeps is in the `data` beside it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  buildEverything,
  buildPackages,
  buildSqlite,
  generate,
  installDependencies,
  installPostgres,
} from './install.mjs';

process.chdir(resolve(import.meta.dirname, '..'));

/** What only some examples need. */
const PREPARE = {
  'leaderboard-cluster': installPostgres,
  'load-table': buildSqlite,
  'nightly-copy': installPostgres,
};

const examples = new Map(
  readdirSync('examples')
    .filter((name) => existsSync(join('examples', name, 'README.md')))
    .map((name) => [
      name,
      readFileSync(join('examples', name, 'README.md'), 'utf8')
        .split('\n')[0]
        .replace(/^# /, ''),
    ]),
);

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !examples.has(name)) {
  const print = name === undefined ? console.log : console.error;
  if (name !== undefined) print(`There is no example ${name}. These are the examples:`);
  const width = Math.max(...[...examples.keys()].map((each) => each.length));
  for (const [each, title] of examples) print(`  ${each.padEnd(width)}  ${title}`);
  print('\nRun one with: npm run example NAME');
  process.exit(name === undefined ? 0 : 2);
}

installDependencies();
console.log('Building …');
buildPackages();
generate();
buildEverything();
PREPARE[name]?.();

const child = spawn(process.execPath, [resolve('build/examples', name, 'main.js'), ...args], {
  cwd: join('examples', name),
  stdio: 'inherit',
});
// A terminal sends Ctrl-C to both; the example ends by itself and decides with which code.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
