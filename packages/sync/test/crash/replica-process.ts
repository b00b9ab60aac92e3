/** A replica in a process of its own, bundled from one of the `…-child.ts` files, to be killed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { resolve } from 'node:path';

export class ReplicaProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: Promise<void>;
  #said = '';
  errors = '';

  constructor(bundle: string, directory: string, url: string) {
    const env = { ...process.env, NODE_PATH: resolve(__dirname, '../../../../node_modules') };
    this.#child = spawn(process.execPath, [bundle, directory, url], { stdio: 'pipe', env });
    this.#child.stdout.on('data', (text) => {
      this.#said += String(text);
    });
    this.#child.stderr.on('data', (text) => {
      this.errors += String(text);
    });
    this.#gone = new Promise((done) => this.#child.once('exit', () => done()));
  }

  /** Resolves when it has said a line that begins so, or is gone. */
  async said(line: string): Promise<string> {
    for (;;) {
      const found = this.#said.split('\n').find((each) => each.startsWith(line));
      if (found !== undefined) return found;
      const isGone = await Promise.race([
        this.#gone.then(() => true),
        new Promise<boolean>((done) => setTimeout(() => done(false), 2)),
      ]);
      if (isGone) throw new Error(`the replica is gone: ${this.errors}`);
    }
  }

  /** The number of the last edit that it has said is written; 0 for none. */
  get last(): number {
    const numbers = this.#said.split('\n').slice(0, -1).map(Number).filter(Number.isSafeInteger);
    return numbers.at(-1) ?? 0;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  calm(): void {
    this.#child.stdin.write('calm\n');
  }

  /** Resolves when it has closed its database and ended by itself. */
  ended(): Promise<void> {
    return this.#gone;
  }
}
