/** The library that approximates the neighbours of one field: what it is told of, and what becomes of it when it throws. */
import { DatabaseError } from '@nuthatch/model';
import type { Slot } from '../structures/slot.js';
import type { ApproximateVectors } from './approximate-vectors.js';

export class VectorLibrary {
  readonly #index: string;
  #library: ApproximateVectors | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isFilled = false;

  /** @param index its name, for errors. */
  constructor(index: string) {
    this.#index = index;
  }

  /** From now on writes are told to the library, which has still to be filled; undefined: to none. */
  use(library: ApproximateVectors | undefined): void {
    this.#library = library;
    this.#failure = undefined;
    this.#isFilled = false;
  }

  /** Whether that library is still the one in use, and has not thrown. */
  isUsing(library: ApproximateVectors): boolean {
    return this.#library === library && this.#failure === undefined;
  }

  /** Every row was told: queries may ask it. */
  endFilling(): void {
    this.#isFilled = true;
  }

  /** What the library threw. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /** A row has these numbers now; undefined: none. Never throws. */
  set(slot: Slot, numbers: Float32Array | undefined): void {
    const library = this.#library;
    if (library === undefined || this.#failure !== undefined) return;
    try {
      if (numbers === undefined) library.remove(slot);
      else library.set(slot, numbers);
    } catch (error) {
      // A write that is applied cannot be refused any more: queries say that the library is behind.
      this.#failure = { error };
    }
  }

  /**
   * The library, for a query.
   *
   * @throws DatabaseError `INVALID_QUERY` when there is none, or it is being filled; `INVALID_INDEX_VALUE` when it threw.
   */
  require(): ApproximateVectors {
    const index = this.#index;
    if (this.#failure !== undefined) {
      const what = `the library for the vectors of ${index} threw in a write; give it to \`approximate\` again`;
      throw new DatabaseError('INVALID_INDEX_VALUE', what, { index }, { cause: this.#failure.error });
    }
    if (this.#library !== undefined && this.#isFilled) return this.#library;
    const what =
      this.#library === undefined
        ? `no library approximates the vectors of ${index}: give one to \`approximate\`, or leave the option out`
        : `the library for the vectors of ${index} is being filled: await \`approximate\` first`;
    throw new DatabaseError('INVALID_QUERY', what, { index });
  }
}
