/** Starts and ends nodes, each by its own process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { firstLineOf } from '../shared/first-line.js';
import type { JournalPlace, NodeGreeting } from './node.js';

/** A node that does not end by itself is killed. */
const STOP_MS = 10_000;

export class NodeProcess {
  readonly name: string;
  readonly greeting: NodeGreeting;
  readonly #child: ChildProcess;

  private constructor(name: string, greeting: NodeGreeting, child: ChildProcess) {
    this.name = name;
    this.greeting = greeting;
    this.#child = child;
  }

  /** Resolves when it serves. @param directory of its copy. */
  static async start(name: string, place: JournalPlace, directory: string): Promise<NodeProcess> {
    // This very program, in another process. A group of its own: Ctrl-C reaches this program alone, which then ends
    // nodes and server in order. The password of the server is not for the list of processes.
    const child = spawn(process.execPath, [process.argv[1] as string, 'node', directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_JOURNAL: JSON.stringify(place) },
      detached: true,
      windowsHide: true,
    });
    const line = await firstLineOf(child);
    if (line === undefined) throw new TypeError(`${name} did not start: it ended with ${child.exitCode}`);
    return new NodeProcess(name, JSON.parse(line) as NodeGreeting, child);
  }

  get url(): string {
    return this.greeting.url;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** As a power cut would end it: in the middle of whatever it does. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Lets it finish its requests and close its database. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }
}
