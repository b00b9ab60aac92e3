/** Notices a server that has gone without a word: a connection that is only cut somewhere tells neither side. */
import { every, type Timer } from '@nuthatch/runtime/sync';

/** Signs of life that are asked for in vain before the connection is given up. */
const SILENT_BEATS = 3;

export class Heartbeat {
  readonly #timer: Timer;
  /** Beats since the server was last heard. */
  #silentBeats = 0;

  /**
   * @param ask sends a PING.
   * @param giveUp called once, when the server has not answered.
   */
  constructor(everyMs: number, ask: () => void, giveUp: () => void) {
    this.#timer = every(() => {
      if (this.#silentBeats >= SILENT_BEATS) {
        this.stop();
        giveUp();
        return;
      }
      if (this.#silentBeats > 0) ask();
      this.#silentBeats++;
    }, everyMs);
  }

  heard(): void {
    this.#silentBeats = 0;
  }

  /** Idempotent. */
  stop(): void {
    this.#timer.cancel();
  }
}
