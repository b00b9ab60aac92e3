/** Where the words of a search are in a text: for a list of hits that shows why each one is there. */
import { EditDistances } from '../index/term-table.js';
import { TextReader } from '../text/text-reader.js';
import { editsOf, type ReadOptions, readOptions, readText, requireFewWords, requireText } from './search-question.js';

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
  /** These say which documents are found, and nothing of the words of a text: the options of a search can be given as they are. */
  readonly match?: unknown;
  readonly fields?: unknown;
  readonly where?: unknown;
  readonly ignoreUndefined?: unknown;
}

const OTHERS: readonly string[] = ['language', 'match', 'fields', 'where', 'ignoreUndefined'];

/**
 * The words of a text that a search with these options finds, in order. O(length), and with `prefix` or `fuzzy` O(words ·
 * words asked) for words that differ.
 *
 * @throws DatabaseError `INVALID_QUERY` for what is not a text, for other options, and for more words than a search takes;
 *   `INVALID_OPTION` for a language that cannot be loaded.
 */
export function highlights(text: string, question: string, options: HighlightOptions = {}): Highlight[] {
  const isObject = typeof options === 'object' && options !== null;
  const asked = isObject ? Object.entries(options).filter(([name]) => !OTHERS.includes(name)) : [];
  const read = readOptions('a text', isObject ? Object.fromEntries(asked) : options, []);
  const reader = new TextReader(isObject ? options.language : undefined);
  const terms = [...new Set(reader.terms(readText('a text', question)))];
  requireFewWords('a text', terms.length, read);
  requireText(text);
  const isMatch = matcherOf(terms, read);
  // Most words of a long text come several times.
  const verdicts = new Map<string, boolean>();
  const found: Highlight[] = [];
  for (const { term, start, end } of reader.words(text)) {
    let verdict = verdicts.get(term);
    if (verdict === undefined) verdicts.set(term, (verdict = isMatch(term)));
    if (verdict) found.push({ start, end });
  }
  return found;
}

function matcherOf(terms: readonly string[], { prefix, fuzzy }: ReadOptions): (found: string) => boolean {
  const exact = new Set(terms);
  const beginnings = prefix === true ? terms : prefix === 'last' ? terms.slice(-1) : [];
  const similar = terms.flatMap((term) => {
    const most = editsOf(term, fuzzy);
    return most > 0 ? [{ most, distances: new EditDistances(term, most) }] : [];
  });
  return (found) =>
    exact.has(found) ||
    beginnings.some((term) => found.startsWith(term)) ||
    similar.some(({ most, distances }) => distances.to(found) <= most);
}

/**
 * The text with something put before and behind each part: `marked(title, highlights(title, 'crash'), '<mark>', '</mark>')`.
 *
 * @throws DatabaseError `INVALID_QUERY` for what is not a text.
 * @param show is given each piece of the text; a page needs its HTML escaped there. Default: as it is.
 */
export function marked(
  text: string,
  parts: readonly Highlight[],
  before: string,
  after: string,
  show: (piece: string) => string = (piece) => piece,
): string {
  requireText(text);
  let shown = '';
  let at = 0;
  for (const { start, end } of parts) {
    shown += `${show(text.slice(at, start))}${before}${show(text.slice(start, end))}${after}`;
    at = end;
  }
  return shown + show(text.slice(at));
}
