/**
 * Texts that were read lately and are likely to come again: tags, which many documents have.
 *
 * A document that is read then holds the text that others hold already: 32 bytes less for each tag of a document, and
 * none is made and hashed for nothing. Pairs of texts by a hash of their bytes, where a newcomer takes the place of the
 * elder: what is not found there is read again, which costs no more than memory. Emptied after each opening.
 */

/** Room for pairs, a power of two: 10,000 tags find theirs, 256 KB. */
const PAIR_COUNT = 2 ** 14;
const PAIR_MASK = PAIR_COUNT - 1;

const NO_TEXTS: string[] = ['', ''];

class SharedTexts {
  #texts = NO_TEXTS;

  /** Where the pair of a hash begins. */
  placeOf(hash: number): number {
    return this.#texts === NO_TEXTS ? 0 : (((hash >>> 14) ^ hash) & PAIR_MASK) * 2;
  }

  /** The text at a place or the one after it; empty for none. O(1). */
  at(place: number): string {
    return this.#texts[place]!;
  }

  /** Keeps a text under the hash of its bytes. O(1). */
  keep(hash: number, text: string): void {
    if (this.#texts === NO_TEXTS) this.#texts = new Array<string>(PAIR_COUNT * 2).fill('');
    const place = this.placeOf(hash);
    this.#texts[place + 1] = this.#texts[place]!;
    this.#texts[place] = text;
  }

  /** Lets go of all: documents go on holding theirs. O(1). */
  forget(): void {
    this.#texts = NO_TEXTS;
  }
}

/** Of all readers in this process. */
export const SHARED_TEXTS = new SharedTexts();
