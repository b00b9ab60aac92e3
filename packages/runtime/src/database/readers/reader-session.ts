/** One reader as its database sees it. */
import type { MessagePort } from 'node:worker_threads';
import type { ToReader } from './messages.js';
import { ReaderWords } from './shared-words.js';

export class ReaderSession {
  readonly words = new ReaderWords();
  readonly maxBehindBytes: number;
  readonly #port: MessagePort;
  /**
   * new ─▶ waiting for an image ─▶ following ─▶ let go of, when it is too far behind ─▶ waiting, when it asks again
   */
  state: 'new' | 'waiting' | 'following' | 'letGo' = 'new';
  #isOpen = true;

  constructor(port: MessagePort, maxBehindBytes: number) {
    this.#port = port;
    this.maxBehindBytes = maxBehindBytes;
  }

  /** Whether somebody may hear what is said. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  say(message: ToReader): void {
    if (this.#isOpen) this.#port.postMessage(message);
  }

  /** Says that there is more, when the reader waits for it. */
  tellNews(): void {
    if (this.words.takeWaiting()) this.say({ kind: 'news' });
  }

  /** Idempotent. What was said is still heard. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#port.close();
  }
}
