/** Calls made while a transaction's function runs: they share its fate, so their promises wait for it. */
import type { Durability } from '../journal/durability.js';
import { strongerLevel } from './write-options.js';

export class JoinedCalls {
  #durability: Durability | undefined;
  #follow: ((outcome: Promise<unknown>) => void) | undefined;
  #fate: Promise<unknown> | undefined;

  /** The strongest level that one of them asked for. */
  get durability(): Durability | undefined {
    return this.#durability;
  }

  ask(durability: Durability): void {
    this.#durability = strongerLevel(durability, this.#durability);
  }

  /** @returns a promise of `result` that settles when the whole does. Its rejection may be left alone: the whole has it too. */
  add<T>(result: T): Promise<T> {
    this.#fate ??= new Promise((resolve) => {
      this.#follow = resolve;
    });
    const joined = this.#fate.then(() => result);
    joined.catch(() => undefined);
    return joined;
  }

  /** @returns `outcome`, what becomes of the whole, as a promise of its own: a rejection nobody looks at is still reported. */
  settleWith<T>(outcome: Promise<T>): Promise<T> {
    this.#follow?.(outcome);
    return outcome.then();
  }
}
