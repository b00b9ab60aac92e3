/** Makes of a text the terms that an index holds and a question asks for: its words, folded, in the language's base form. */
import { foldWord } from './fold-word.js';
import { type Language, languageOf } from './language.js';
import { WordRanges } from './word-ranges.js';

/** Units of a term; what is longer is cut, in documents and in questions alike. */
export const LONGEST_TERM_UNITS = 64;

/** A word of a text, and the term it stands for. */
export interface FoundWord {
  readonly term: string;
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
}

export class TextReader {
  readonly #ranges: WordRanges;
  readonly #language: Language | undefined;

  /** @param where names the field, for a message. @throws DatabaseError `INVALID_OPTION`. */
  constructor(language?: string, where?: string) {
    this.#language = language === undefined ? undefined : languageOf(language, where);
    this.#ranges = new WordRanges(this.#language?.locale);
  }

  /** The terms of a text in its order, each as often as it is there. O(length). */
  terms(text: string): string[] {
    const ranges = this.#ranges.of(text);
    const terms: string[] = [];
    for (let index = 0; index < ranges.length; index += 2) {
      const term = this.#termOf(text.slice(ranges[index], ranges[index + 1]));
      if (term !== '') terms.push(term);
    }
    return terms;
  }

  /** The same with their places. O(length). */
  words(text: string): FoundWord[] {
    const ranges = this.#ranges.of(text);
    const words: FoundWord[] = [];
    for (let index = 0; index < ranges.length; index += 2) {
      const start = ranges[index]!;
      const end = ranges[index + 1]!;
      const term = this.#termOf(text.slice(start, end));
      if (term !== '') words.push({ term, start, end });
    }
    return words;
  }

  /** Empty: the word is left out. */
  #termOf(word: string): string {
    // A word of a megabyte is folded no further than it counts; folding may make a letter of several units.
    const folded = foldWord(word.length > 4 * LONGEST_TERM_UNITS ? word.slice(0, 4 * LONGEST_TERM_UNITS) : word);
    const language = this.#language;
    if (language?.stopWords.has(folded) === true) return '';
    const term = language === undefined ? folded : foldWord(language.stem(folded));
    return term.length > LONGEST_TERM_UNITS ? term.slice(0, LONGEST_TERM_UNITS) : term;
  }
}
