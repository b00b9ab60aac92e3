/** A question as it is given, checked and made of words: which terms a document must have. */
import { DatabaseError } from '@nuthatch/model';
import { type SearchOptions, showValue } from '@nuthatch/runtime/search';

/** Words of a question. Each is looked up with its postings: a question of a whole book would hold the event loop. */
const MOST_WORDS = 256;
/** Each is compared with the terms of the collection: some ten milliseconds at 100,000 terms. */
const MOST_LOOSE_WORDS = 32;
const MOST_UNITS = 65_536;
const KNOWN = ['prefix', 'fuzzy', 'fields', 'match'];

/** The options of a question, with their defaults. */
export interface ReadOptions {
  readonly prefix: boolean | 'last';
  /** Undefined: none; otherwise the edits, or by the length of a word. */
  readonly fuzzy: number | 'auto' | undefined;
  /** Undefined: all. */
  readonly fields: readonly string[] | undefined;
  readonly match: 'all' | 'any';
}

/** @throws DatabaseError `INVALID_QUERY`. */
export function readText(collection: string, text: unknown): string {
  if (typeof text !== 'string')
    throw new DatabaseError('INVALID_QUERY', `a search of ${collection} needs a text, found ${showValue(text)}`);
  if (text.length <= MOST_UNITS) return text;
  const what = `the text of a search of ${collection} has ${text.length} UTF-16 units; at most ${MOST_UNITS} can be asked at once`;
  throw new DatabaseError('INVALID_QUERY', what, { collection, length: text.length });
}

/** A text that words are marked in: of an absent field there are none, and `undefined` is no word. @throws DatabaseError `INVALID_QUERY`. */
export function requireText(text: unknown): asserts text is string {
  if (typeof text === 'string') return;
  throw new DatabaseError('INVALID_QUERY', `words are shown in a text, found ${showValue(text)}`);
}

/** @throws DatabaseError `INVALID_QUERY`. */
export function requireFewWords(collection: string, count: number, { prefix, fuzzy }: ReadOptions): void {
  const isLoose = prefix === true || fuzzy !== undefined;
  const limit = isLoose ? MOST_LOOSE_WORDS : MOST_WORDS;
  if (count <= limit) return;
  const how = isLoose ? ' with `prefix` or `fuzzy`' : '';
  const what = `a search of ${collection} has ${count} different words; at most ${limit} can be asked at once${how}`;
  throw new DatabaseError('INVALID_QUERY', what, { collection, wordCount: count, limit });
}

/** @param known the fields of the class that are searched. @throws DatabaseError `INVALID_QUERY`. */
export function readOptions(collection: string, options: unknown, known: readonly string[]): ReadOptions {
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_QUERY', `a search of ${collection} ${what}`, { collection });
  };
  if (options === undefined) return { prefix: false, fuzzy: undefined, fields: undefined, match: 'all' };
  if (typeof options !== 'object' || options === null) return refuse(`has the options ${showValue(options)}`);
  for (const name of Object.keys(options))
    if (!KNOWN.includes(name))
      refuse(`has the option ${showValue(name)}; it takes ${KNOWN.join(', ')}, where, ignoreUndefined`);
  const { prefix = false, fuzzy = false, fields, match = 'all' } = options as SearchOptions<string>;
  if (typeof prefix !== 'boolean' && prefix !== 'last')
    refuse(`has \`prefix\` ${showValue(prefix)}; it is true, false or 'last'`);
  if (typeof fuzzy !== 'boolean' && fuzzy !== 0 && fuzzy !== 1 && fuzzy !== 2)
    refuse(`has \`fuzzy\` ${showValue(fuzzy)}; it is true, false, or 0, 1 or 2 letters`);
  if (match !== 'all' && match !== 'any') refuse(`has \`match\` ${showValue(match)}; it is 'all' or 'any'`);
  if (fields !== undefined) requireFields(fields, known, refuse);
  return { prefix, fuzzy: fuzzy === true ? 'auto' : fuzzy || undefined, fields, match };
}

function requireFields(fields: unknown, known: readonly string[], refuse: (what: string) => never): void {
  // Of an empty list no field could have a word: hardly what was meant, and never "all".
  if (!Array.isArray(fields) || fields.length === 0)
    refuse(`has \`fields\` ${showValue(fields)}; it is a list of ${known.join(', ')}, or left out`);
  for (const field of fields as readonly unknown[])
    if (!known.includes(field as string))
      refuse(`asks the field ${showValue(field)}, which has no @Search; it can ask ${known.join(', ')}`);
}

/** Edits that a word may have: none up to 3 letters, 1 up to 7, then 2; a short word is soon any other. */
export function editsOf(word: string, fuzzy: ReadOptions['fuzzy']): number {
  if (fuzzy === undefined) return 0;
  const { length } = word;
  const most = length < 4 ? 0 : length < 8 ? 1 : 2;
  return fuzzy === 'auto' ? most : Math.min(fuzzy, Math.max(0, length - 1));
}
