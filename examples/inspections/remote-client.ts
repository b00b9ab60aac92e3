/** A client in a process of its own, told what to do by the main process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Actions, type ClientOptions, openClient } from './client.js';

type Answer =
  | { readonly line: string }
  | { readonly call: number; readonly result?: unknown; readonly failure?: string };

interface Order {
  readonly call: number;
  readonly action: keyof Actions;
  readonly args: readonly unknown[];
}

export class RemoteClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(result: never): void; reject(error: unknown): void }>();
  #callCount = 0;

  private constructor(options: ClientOptions) {
    // This very program, in another process: see `runAsClient`.
    this.#child = fork(process.argv[1] as string, ['client', JSON.stringify(options)]);
    this.#child.on('message', (answer: Answer) => {
      if ('line' in answer) return console.log(`   (${answer.line})`);
      const waiting = this.#waiting.get(answer.call);
      this.#waiting.delete(answer.call);
      if (answer.failure === undefined) waiting?.resolve(answer.result as never);
      else waiting?.reject(new TypeError(answer.failure));
    });
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new TypeError(`the client ended: ${code ?? signal}`));
    });
  }

  static async start(options: ClientOptions): Promise<RemoteClient> {
    const client = new RemoteClient(options);
    // Answered once the replica is open.
    await client.do('status');
    return client;
  }

  /** Lets the user do something; resolves with the answer. */
  do<A extends keyof Actions>(action: A, ...args: Parameters<Actions[A]>): Promise<Awaited<ReturnType<Actions[A]>>> {
    const call = this.#callCount++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#child.send({ call, action, args } satisfies Order);
    });
  }

  /** As a battery does that is taken out. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async close(): Promise<void> {
    if (!this.#child.connected) return;
    await this.do('close');
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

/** What the process of a client does. */
export async function runAsClient(options: ClientOptions): Promise<void> {
  const send = (answer: Answer): void => {
    process.send?.(answer);
  };
  // Orders that come meanwhile wait.
  const opening = openClient(options, (line) => send({ line }));
  process.on('message', async ({ call, action, args }: Order) => {
    try {
      const actions = await opening;
      const work = actions[action] as (...args: readonly unknown[]) => Promise<unknown>;
      send({ call, result: await work(...args) });
    } catch (error) {
      send({ call, failure: String(error) });
    }
  });
  await opening;
}
