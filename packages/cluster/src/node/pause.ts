/** How a node waits: for news, for work of its own, and longer each time the engine gives no answer. */
import { later, type Timer } from '@nuthatch/runtime/cluster';

const FIRST_MS = 20;
const LONGEST_MS = 1_000;

export class Pause {
  #nextMs = FIRST_MS;
  #abort: AbortController | undefined;
  #isClosing = false;

  /** There is work: whatever is waited for now ends. */
  end(): void {
    this.#abort?.abort();
  }

  /** From now on nothing is waited for but the pauses between tries. */
  close(): void {
    this.#isClosing = true;
    this.end();
  }

  /** The engine has answered. */
  heard(): void {
    this.#nextMs = FIRST_MS;
  }

  /** @returns whether the waiting came to its own end. */
  async during(wait: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.#isClosing) return false;
    const abort = new AbortController();
    this.#abort = abort;
    try {
      await wait(abort.signal);
      return !abort.signal.aborted;
    } finally {
      this.#abort = undefined;
    }
  }

  /** With jitter: nodes that lost one engine do not come back all at once. */
  async backOff(): Promise<void> {
    const ms = this.#nextMs * (0.5 + Math.random() / 2);
    this.#nextMs = Math.min(LONGEST_MS, this.#nextMs * 2);
    await new Promise<void>((resolve) => {
      const timer: Timer = later(resolve, ms, true);
      void timer;
    });
  }
}
