/** A script beside a test that runs servers: it answers each line with one line of JSON, and ends with its standard input. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class LineServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  /** @param name for messages. */
  constructor(
    readonly name: string,
    script: string,
    args: readonly string[] = [],
  ) {
    this.#child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#errors += text.toString();
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it says. */
  async answer(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (done === true)
      throw new TypeError(`${this.name} did not answer (exit code ${this.#child.exitCode}): ${this.#errors}`);
    return JSON.parse(value);
  }

  ask(line: string): Promise<unknown> {
    this.#child.stdin.write(`${line}\n`);
    return this.answer();
  }

  /** Asks for something that is done or not. */
  async order(line: string): Promise<void> {
    const { done } = (await this.ask(line)) as { readonly done?: boolean };
    if (done !== true) throw new TypeError(`${this.name}: ${line} failed: ${this.#errors}`);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}
