import type { Subscription } from '@nuthatch/runtime';

/** Listeners of one value; one that throws ends nothing but its own call. */
export class Watchers<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: (value: T) => void): Subscription {
    this.#listeners.add(listener);
    const unsubscribe = (): void => void this.#listeners.delete(listener);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
