/** Where the words of a search are in a text: for a list of hits that shows why each one is there. */
import { EditDistances } from '../index/term-table.js';
import { TextReader } from '../text/text-reader.js';
import { editsOf, readOptions, readText } from './search-question.js';

/** A part of a text, in UTF-16 units, as `slice` takes them. */
export interface Highlight {
  readonly start: number;
  readonly end: number;
}

/** What the search was asked with. */
export interface HighlightOptions {
  readonly prefix?: boolean | 'last';
  readonly fuzzy?: boolean | 0 | 1 | 2;
  /** Of the field, as its `@Search` says. */
  readonly language?: string;
}

/**
 * The words of a text that a search with these options finds, in order. O(length · words asked).
 *
 * @throws DatabaseError `INVALID_QUERY` for what is not a text or for other options; `INVALID_OPTION` for a language that
 *   cannot be loaded.
 */
export function highlights(text: string, asked: string, options: HighlightOptions = {}): Highlight[] {
  const { language, ...others } = options;
  const { prefix, fuzzy } = readOptions('a text', others, []);
  const reader = new TextReader(language);
  const terms = [...new Set(reader.terms(readText('a text', asked)))];
  const matchers = terms.map((term, place) => {
    const isPrefix = prefix === true || (prefix === 'last' && place === terms.length - 1);
    const edits = editsOf(term, fuzzy);
    const distances = edits > 0 ? new EditDistances(term, edits) : undefined;
    return (found: string): boolean =>
      found === term ||
      (isPrefix && found.startsWith(term)) ||
      (distances !== undefined && distances.to(found) <= edits);
  });
  const found: Highlight[] = [];
  for (const { term, start, end } of reader.words(String(text)))
    if (matchers.some((isMatch) => isMatch(term))) found.push({ start, end });
  return found;
}

/**
 * The text with something put before and behind each part: `marked(title, highlights(title, 'crash'), '<mark>', '</mark>')`.
 *
 * @param show is given each piece of the text; a page needs its HTML escaped there. Default: as it is.
 */
export function marked(
  text: string,
  parts: readonly Highlight[],
  before: string,
  after: string,
  show: (piece: string) => string = (piece) => piece,
): string {
  let shown = '';
  let at = 0;
  for (const { start, end } of parts) {
    shown += `${show(text.slice(at, start))}${before}${show(text.slice(start, end))}${after}`;
    at = end;
  }
  return shown + show(text.slice(at));
}
