/**
 * Texts that match a regular expression, for the forms that rules are mostly written in: characters, classes, groups,
 * alternatives, counts. For others (look-around, references) there is none, and the test has to give a value.
 */
import type { SeededRandom } from '../seeded-random.js';

/** Most repetitions of `*`, `+` and `{n,}` beyond the least. */
const EXTRA_COUNT = 3;
const DIGITS = [...'0123456789'];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const WORD = [...LETTERS, ...DIGITS, '_'];
const ESCAPED: Readonly<Record<string, readonly string[]>> = {
  d: DIGITS,
  w: WORD,
  s: [' '],
  D: LETTERS,
  W: ['-'],
  S: WORD,
  n: ['\n'],
  t: ['\t'],
};
const PRINTABLE_FROM = 33;
const PRINTABLE_TO = 126;

class Unsupported extends Error {}

/** A text that the expression matches, or undefined when its form is not known. */
export function matchingText(pattern: RegExp, random: SeededRandom): string | undefined {
  try {
    const text = new Sampler(pattern.source, random).alternatives();
    return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(text) ? text : undefined;
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** Reads the source once, and writes a text as it goes. */
class Sampler {
  readonly #source: string;
  readonly #random: SeededRandom;
  #at = 0;

  constructor(source: string, random: SeededRandom) {
    this.#source = source;
    this.#random = random;
  }

  /** Up to the end, or to the bracket that closes the group. */
  alternatives(): string {
    const texts = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      texts.push(this.#sequence());
    }
    return this.#random.pick(texts);
  }

  #sequence(): string {
    let text = '';
    for (
      let next = this.#source[this.#at];
      next !== undefined && next !== '|' && next !== ')';
      next = this.#source[this.#at]
    ) {
      const begin = this.#at;
      const once = this.#part();
      const end = this.#at;
      const count = this.#count();
      const after = this.#at;
      if (count > 0) text += once;
      for (let repeated = 1; repeated < count; repeated++) {
        this.#at = begin;
        text += this.#part();
        if (this.#at !== end) throw new Unsupported();
      }
      this.#at = after;
    }
    return text;
  }

  #part(): string {
    const character = this.#source[this.#at++]!;
    switch (character) {
      case '^':
      case '$':
        return '';
      case '.':
        return this.#random.pick(LETTERS);
      case '[':
        return this.#random.pick(this.#characterClass());
      case '(':
        return this.#group();
      case '\\':
        return this.#random.pick(this.#escaped());
      case '*':
      case '+':
      case '?':
      case '{':
        throw new Unsupported();
      default:
        return character;
    }
  }

  #group(): string {
    const form = /^\?(?::|<[A-Za-z]\w*>)/.exec(this.#source.slice(this.#at));
    if (form !== null) this.#at += form[0].length;
    else if (this.#source[this.#at] === '?') throw new Unsupported();
    const text = this.alternatives();
    if (this.#source[this.#at++] !== ')') throw new Unsupported();
    return text;
  }

  /** Behind a backslash. */
  #escaped(): readonly string[] {
    const character = this.#source[this.#at++];
    if (character === undefined || /[1-9bBkpPuxc]/.test(character)) throw new Unsupported();
    return ESCAPED[character] ?? [character];
  }

  #characterClass(): readonly string[] {
    const isNegated = this.#source[this.#at] === '^';
    if (isNegated) this.#at++;
    const characters: string[] = [];
    while (this.#source[this.#at] !== ']') {
      const from = this.#member();
      const isRange = from.length === 1 && this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']';
      if (!isRange) {
        characters.push(...from);
        continue;
      }
      this.#at++;
      const [to] = this.#member();
      for (let code = from[0]!.charCodeAt(0); code <= to!.charCodeAt(0); code++)
        characters.push(String.fromCharCode(code));
    }
    this.#at++;
    const all = isNegated ? printable().filter((character) => !characters.includes(character)) : characters;
    if (all.length === 0) throw new Unsupported();
    return all;
  }

  #member(): readonly string[] {
    const character = this.#source[this.#at++];
    if (character === undefined) throw new Unsupported();
    return character === '\\' ? this.#escaped() : [character];
  }

  /** How often the part before comes. */
  #count(): number {
    const counted = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at));
    if (counted === null) return 1;
    this.#at += counted[0].length;
    const [, sign, least, comma, most] = counted;
    if (sign !== undefined)
      return sign === '?' ? this.#random.between(0, 1) : this.#random.between(sign === '+' ? 1 : 0, EXTRA_COUNT);
    const from = Number(least);
    if (comma === '') return from;
    return this.#random.between(from, most === '' ? from + EXTRA_COUNT : Number(most));
  }
}

function printable(): readonly string[] {
  return Array.from({ length: PRINTABLE_TO - PRINTABLE_FROM + 1 }, (_, index) =>
    String.fromCharCode(PRINTABLE_FROM + index),
  );
}
