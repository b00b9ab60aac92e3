/** Examples as processes: bundled from their sources, so that tests need no build, and run as `npm run example` does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleChild } from '../../packages/runtime/test/support/bundle-child.js';

const ROOT = resolve(__dirname, '../..');
/** Here the packages of others are found by the bundle. */
const BUNDLES = join(ROOT, 'node_modules/.cache/nuthatch-examples');

const folders: string[] = [];
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A directory that is removed after the tests of the file. */
export function temporaryDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-example-test-'));
  folders.push(folder);
  return folder;
}

/** Makes one JavaScript file of an example. About a second. */
export function bundleExample(name: string, entry = 'main.ts'): string {
  mkdirSync(BUNDLES, { recursive: true });
  const bundle = join(BUNDLES, `${name}-${entry.replace(/\W/g, '_')}.cjs`);
  bundleChild(join(ROOT, 'examples', name, entry), bundle);
  return bundle;
}

export class ExampleProcess {
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  output = '';

  /** @param bundle of `bundleExample`. It runs in the folder of the example, unless `cwd` is another one. */
  constructor(
    name: string,
    bundle: string,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    cwd = join(ROOT, 'examples', name),
  ) {
    const options = { cwd, stdio: 'pipe', env: { ...process.env, ...env } } as const;
    const child = spawn(process.execPath, [bundle, ...args], options);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        this.output += String(text);
      });
    running.add(child);
    this.child = child;
    this.ended = once(child, 'close').then(([code, signal]) => {
      running.delete(child);
      return code ?? signal;
    });
  }

  /** The first match in what it prints; rejects when it ends before that. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      const more = once(this.child.stdout as NodeJS.ReadableStream, 'data').then(() => undefined);
      const end = await Promise.race([more, this.ended]);
      const last = pattern.exec(this.output);
      if (last) return last;
      if (end !== undefined) throw new TypeError(`it ended with ${end} and never said ${pattern}:\n${this.output}`);
    }
  }

  /** Where it listens. */
  async url(): Promise<string> {
    return (await this.said(/listening on (http:\S+)/))[1] as string;
  }

  /** Ends it as Ctrl-C does. */
  async interrupt(): Promise<number | NodeJS.Signals> {
    this.child.kill('SIGINT');
    return this.ended;
  }
}

/** Runs an example to its end. @throws TypeError with all that it printed, when it fails. */
export async function runExample(name: string, args: readonly string[] = []): Promise<string> {
  const example = new ExampleProcess(name, bundleExample(name), args);
  const code = await example.ended;
  if (code !== 0) throw new TypeError(`${name} ended with ${code}:\n${example.output}`);
  return example.output;
}

/**
 * What the README says that it prints: the `text` block, in which `…` stands for anything within a line.
 *
 * @param but lines that come when they come: left out here, and to be left out of the output.
 */
export function promisedOutput(name: string, but?: RegExp): RegExp {
  const readme = readFileSync(join(ROOT, 'examples', name, 'README.md'), 'utf8');
  const block = /```text\n([\s\S]+?)```/.exec(readme)?.[1];
  if (block === undefined) throw new TypeError(`the README of ${name} has no block of text`);
  const lines = withoutLines(block, but);
  const escaped = lines.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '.*?')}$`);
}

/** A text without the lines that match. */
export function withoutLines(text: string, pattern: RegExp | undefined): string {
  if (pattern === undefined) return text;
  return text
    .split('\n')
    .filter((line) => !pattern.test(line))
    .join('\n');
}
