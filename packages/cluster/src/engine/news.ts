/** How an engine's node waits for frames: for a word of them, and for a while at most. */
import { later } from '@nuthatch/runtime/cluster';

export class News {
  readonly #pollMs: number;
  /** Ends the waiting, while somebody waits. */
  #end: (() => void) | undefined;
  /** Some came since the last look. */
  #hasCome = false;

  /** @param pollMs longest wait, in milliseconds. */
  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** There may be a frame. */
  tell(): void {
    this.#hasCome = true;
    this.#end?.();
  }

  /** The engine is about to be asked: what came before is seen then. */
  look(): void {
    this.#hasCome = false;
  }

  /** Resolves with the next word, after a while, or when the signal is aborted; at once with what came since the last look. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#hasCome) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        this.#end = undefined;
        resolve();
      };
      const timer = later(end, this.#pollMs);
      signal.addEventListener('abort', end, { once: true });
      this.#end = end;
    });
  }
}
