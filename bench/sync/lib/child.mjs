import { fork } from 'node:child_process';
import { join } from 'node:path';
import { BenchError } from '../../lib/bench-error.mjs';

const SIDE = join(import.meta.dirname, 'side.mjs');
/** Memory for a million documents, and what a client of them makes of it. */
const HEAP_MB = 6_000;

/** A side in a process of its own; ended with the `work`. */
export class Child {
  #process;
  #waiting = new Map();
  #ended;
  /** Longest wait for an answer. */
  #timeoutMs;

  constructor(role, peer, timeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#process = fork(SIDE, [role, peer], {
      execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', ([act, answer, error]) => {
      const { resolve, reject } = this.#waiting.get(act) ?? {};
      this.#waiting.delete(act);
      if (error === undefined) resolve?.(answer);
      else reject?.(new BenchError(error));
    });
    this.#process.on('exit', (code, signal) => {
      this.#ended = new BenchError(`the ${role} of ${peer} ended with ${signal ?? code}`);
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
    });
  }

  /** Resolves with the answer. Acts of different names may wait side by side. */
  ask(act, argument) {
    const answered = this.#answer(act);
    this.#process.send([act, argument]);
    return answered;
  }

  /** It can be asked. */
  ready() {
    return this.#answer('ready');
  }

  end() {
    this.#process.kill('SIGKILL');
  }

  #answer(act) {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(reject)(new BenchError(`no answer to ${act} within ${this.#timeoutMs / 1000} s`)),
        this.#timeoutMs,
      );
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#waiting.set(act, { resolve: settle(resolve), reject: settle(reject) });
    });
  }
}

/** Runs `work` with sides of the peer, which are gone afterwards. */
export async function withSides(roles, peer, timeoutMs, work) {
  const children = roles.map((role) => new Child(role, peer, timeoutMs));
  try {
    await Promise.all(children.map((child) => child.ready()));
    return await work(...children);
  } finally {
    for (const child of children) child.end();
  }
}
