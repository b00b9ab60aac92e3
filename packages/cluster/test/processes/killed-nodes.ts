/**
 * Real node processes that write at random, are killed (SIGKILL), paused (SIGSTOP) and begun again with their copies.
 * At the end: what any of them was told is done is there, every node shows the same, unique values have one holder.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { repeats } from '../../../runtime/test/support/long-run.js';
import type { JournalOrder } from './journal-order.js';
import type { NodeOrder } from './writing-node.js';

const CACHE = resolve(__dirname, '../../../../node_modules/.cache');

export interface KillsOptions {
  /** Kills by day; a variable sets another number at night. */
  readonly killCount: number;
  readonly nodeCount: number;
  /** How long a paused node is paused. */
  readonly pauseMs: number;
}

interface State {
  readonly seq: string;
  readonly clubs: readonly string[];
  readonly players: readonly { readonly email: string }[];
}

class NodeProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  readonly #opened: Promise<void>;
  state: State | undefined;
  #errors = '';

  constructor(bundle: string, order: NodeOrder, done: Set<string>) {
    const child = spawn(process.execPath, [bundle], { stdio: 'pipe' });
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stderr.on('data', (text) => {
      this.#errors += String(text);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(order)}\n`);
    let opened: () => void;
    this.#opened = new Promise((resolve) => {
      opened = resolve;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, ...rest] = line.split(' ');
      if (word === 'open') opened();
      else if (word === 'did') done.add(rest[0]!);
      else if (word === 'state') this.state = JSON.parse(rest.join(' ')) as State;
    });
  }

  /** Resolves when it writes, or has ended. */
  async writing(): Promise<void> {
    await Promise.race([this.#opened, this.#closed]);
    if (this.#errors !== '') throw new TypeError(`a node failed: ${this.#errors}`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
    if (this.#errors !== '') throw new TypeError(`a node failed: ${this.#errors}`);
  }

  async pause(ms: number): Promise<void> {
    this.#child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<State> {
    this.#child.stdin.write('stop\n');
    await this.#closed;
    if (this.#errors !== '' || this.state === undefined) throw new TypeError(`a node failed: ${this.#errors}`);
    return this.state;
  }
}

export function describeKilledNodes(
  engine: string,
  journalOf: (name: string) => JournalOrder,
  options: KillsOptions,
): void {
  const kills = repeats('NUTHATCH_NODE_KILLS', options.killCount);
  it(`keeps what was acknowledged over ${engine} although ${kills} of ${options.nodeCount} nodes are killed or paused`, async () => {
    mkdirSync(CACHE, { recursive: true });
    const bundleFolder = mkdtempSync(join(CACHE, 'nodes-'));
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-nodes-'));
    const nodes: NodeProcess[] = [];
    try {
      const bundle = join(bundleFolder, 'node.cjs');
      bundleChild(join(__dirname, 'writing-node.ts'), bundle);
      const journal = journalOf(`killed-${Date.now()}`);
      const done = new Set<string>();
      let begun = 0;
      const begin = (index: number): NodeProcess => {
        // One of them keeps no copy: it reads everything each time.
        const directory = index === 0 ? undefined : join(folder, `node-${index}`);
        return new NodeProcess(bundle, { journal, directory, node: `n${index}x${++begun}`, width: 3 }, done);
      };
      for (let index = 0; index < options.nodeCount; index++) nodes.push(begin(index));
      for (let kill = 0; kill < kills; kill++) {
        const index = Math.floor(Math.random() * options.nodeCount);
        const node = nodes[index]!;
        await node.writing();
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
        if (kill % 5 === 4) await node.pause(options.pauseMs);
        else {
          await node.kill();
          nodes[index] = begin(index);
        }
      }
      await Promise.all(nodes.map((node) => node.writing()));
      // What was acknowledged before a stop is known: a stopping node writes no more.
      const states = [];
      for (const node of nodes) states.push(await node.stop());
      const last = new NodeProcess(bundle, { journal, directory: undefined, node: 'last', width: 0 }, done);
      await last.writing();
      const whole = await last.stop();
      const clubs = new Set(whole.clubs);
      const lost = [...done].filter((name) => !clubs.has(name));
      expect(lost).toEqual([]);
      expect(done.size).toBeGreaterThan(kills);
      // The one that stopped last saw what the next one reads from the journal.
      expect(states.at(-1)).toEqual(whole);
      expect(new Set(whole.players.map(({ email }) => email)).size).toBe(whole.players.length);
      const again = new NodeProcess(
        bundle,
        { journal, directory: join(folder, 'node-1'), node: 'again', width: 0 },
        done,
      );
      await again.writing();
      expect(await again.stop()).toEqual(whole);
      process.stdout.write(`${engine}: ${done.size} transactions acknowledged, all found; seq ${whole.seq}\n`);
    } finally {
      await Promise.allSettled(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
      rmSync(bundleFolder, { recursive: true, force: true });
    }
  });
}
