import type { Subscription } from '@nuthatch/runtime';
import { requireFunction } from '../arguments.js';
import { callListener } from '../call-listener.js';

/** Listeners of one value; one that throws, or rejects, ends nothing but its own call. */
export class Watchers<T> {
  readonly #listeners = new Set<{ readonly call: (value: T) => unknown }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @throws DatabaseError `INVALID_OPTION` for what is no function. */
  add(listener: (value: T) => unknown): Subscription {
    requireFunction('listener', listener);
    // A cell of its own: a function that is added twice is called twice, and taken away once.
    const cell = { call: listener };
    this.#listeners.add(cell);
    const unsubscribe = (): void => void this.#listeners.delete(cell);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  tell(value: T): void {
    for (const { call } of [...this.#listeners]) callListener(call, value, this.#onError);
  }
}
