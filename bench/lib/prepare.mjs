import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDependencies } from '../../scripts/install.mjs';

export const BENCH = dirname(import.meta.dirname);
const ROOT = dirname(BENCH);

/** What is not there by then is left out. */
const INSTALL_MS = 180_000;
const COMPILE_MS = 300_000;

/** @returns {string | undefined} what went wrong */
function run(command, args, cwd, timeout) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    timeout,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return undefined;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n');
  return `${[command, ...args].join(' ')}: ${said}`;
}

/** Installs the peers of bench/package.json unless that is done. @returns {string | undefined} what went wrong */
export const installPeers = () => installInto(BENCH, makeSqliteRun);

/** The same of bench/sync/package.json. */
export const installSyncPeers = () => installInto(join(BENCH, 'sync'), () => undefined);

/** @param {() => string | undefined} finish what is left to do behind it */
function installInto(folder, finish) {
  const stamp = join(folder, 'node_modules', '.bench-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  // Not `npm ci`: it refuses where a registry lacks the native builds of other platforms.
  const failure =
    run('npm', ['install', '--no-save', '--ignore-scripts', '--loglevel=error'], folder, INSTALL_MS) ?? finish();
  if (failure === undefined) writeFileSync(stamp, wanted);
  return failure;
}

/**
 * The other peers come with what they need. SQLite's driver is compiled, which takes minutes: the one that the tests of
 * copying were built with does as well where its version is the same. @returns {string | undefined} what went wrong
 */
function makeSqliteRun() {
  const [ours, root] = [BENCH, ROOT].map((base) => join(base, 'node_modules', 'better-sqlite3'));
  if (!existsSync(ours) || opensSqlite(ours)) return undefined;
  if (existsSync(root) && sqliteVersion(root) === sqliteVersion(ours) && opensSqlite(root)) {
    const binary = join('build', 'Release', 'better_sqlite3.node');
    mkdirSync(dirname(join(ours, binary)), { recursive: true });
    copyFileSync(join(root, binary), join(ours, binary));
    return undefined;
  }
  return run('npm', ['rebuild', 'better-sqlite3', '--loglevel=error'], BENCH, COMPILE_MS);
}

const sqliteVersion = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;

/** In a process of its own, so that a driver that does not load is not remembered here. */
const opensSqlite = (folder) =>
  run(process.execPath, ['-e', `new (require(${JSON.stringify(folder)}))(':memory:').close()`], BENCH) === undefined;

/**
 * Builds the packages, generates bench/generated from bench/schemas and compiles both. A build that fails leaves none
 * behind, so that no older one is measured. @returns {string | undefined} what went wrong
 */
export function buildNuthatch() {
  process.chdir(ROOT);
  installDependencies();
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  rmSync(join(BENCH, 'build'), { recursive: true, force: true });
  const failure =
    run(process.execPath, [tsc, '-b', ...readdirSync('packages').map((name) => `packages/${name}`)], ROOT) ??
    run(process.execPath, ['scripts/bundle.mjs'], ROOT) ??
    run(process.execPath, [join(ROOT, 'packages', 'cli', 'dist', 'bin.js'), 'generate'], BENCH) ??
    run(process.execPath, [tsc, '-p', 'tsconfig.json'], BENCH);
  if (failure !== undefined) rmSync(join(BENCH, 'build'), { recursive: true, force: true });
  return failure;
}
