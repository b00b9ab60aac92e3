/** Work that is to see exactly what is settled: done between two steps of a node, while nothing that waits shows in memory. */
import type { WaitingPart } from './waiting-part.js';

interface Quiet {
  work(): void;
  resolve(): void;
  reject(error: unknown): void;
}

export class QuietWork {
  #asked: Quiet[] = [];

  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /** Resolves when it is done; rejects with what it threw, or with the node's end. */
  ask(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ work, resolve, reject });
    });
  }

  /** Takes back what waits, does all that is asked for, and runs again what waited. @param seq of the last settled transaction. */
  run(waiting: WaitingPart, seq: number): void {
    for (const { work, resolve, reject } of this.#takeAll()) {
      let outcome = resolve;
      waiting.overtake([], seq, () => {
        try {
          work();
        } catch (error) {
          outcome = () => reject(error);
        }
      });
      outcome();
    }
  }

  reject(error: unknown): void {
    for (const { reject } of this.#takeAll()) reject(error);
  }

  #takeAll(): readonly Quiet[] {
    return this.#asked.splice(0);
  }
}
