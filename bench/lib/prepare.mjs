import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDependencies } from '../../scripts/install.mjs';

export const BENCH = dirname(import.meta.dirname);
const ROOT = dirname(BENCH);
const STAMP = join(BENCH, 'node_modules', '.bench-installed');

/** @returns {string | undefined} what went wrong */
function run(command, args, cwd) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return undefined;
  const said = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n');
  return `${[command, ...args].join(' ')}: ${said}`;
}

/** Installs the peers into bench/node_modules unless that is done. @returns {string | undefined} what went wrong */
export function installPeers() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(BENCH, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return undefined;
  // Not `npm ci`: it refuses where a registry lacks the native builds of other platforms.
  const failure = run('npm', ['install', '--no-save', '--loglevel=error'], BENCH);
  if (failure === undefined) writeFileSync(STAMP, wanted);
  return failure;
}

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
    run(process.execPath, [tsc, '-b', 'packages/cli', 'packages/runtime'], ROOT) ??
    run(process.execPath, [join(ROOT, 'packages', 'cli', 'dist', 'bin.js'), 'generate'], BENCH) ??
    run(process.execPath, [tsc, '-p', 'tsconfig.json'], BENCH);
  if (failure !== undefined) rmSync(join(BENCH, 'build'), { recursive: true, force: true });
  return failure;
}
