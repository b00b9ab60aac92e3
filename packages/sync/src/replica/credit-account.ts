/**
 * Credit that is to be given back to the server: gathered, so that a burst of small messages is not answered one by one.
 *
 * The server never waits for what is held back here: it is an eighth of what it was given at the beginning.
 */
const GIVEN_BYTES = 4 * 1024 * 1024;
const HELD_BYTES = GIVEN_BYTES / 8;

export class CreditAccount {
  readonly #give: (byteCount: number) => void;
  #heldBytes = 0;

  constructor(give: (byteCount: number) => void) {
    this.#give = give;
  }

  /** The connection begins. */
  open(): void {
    this.#heldBytes = 0;
    this.#give(GIVEN_BYTES);
  }

  /** A message of so many bytes is applied. */
  applied(byteCount: number): void {
    this.#heldBytes += byteCount;
    if (this.#heldBytes < HELD_BYTES) return;
    this.#give(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
