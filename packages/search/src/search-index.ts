/**
 * The text index of one class, as the engine drives it: a plug-in index that answers questions with ranked documents.
 *
 * Its state comes back from a snapshot without a word being read again (index/index-state.ts). Until it is loaded, in short
 * steps after the opening or at once for the first question, a write only notes its key: what is noted is indexed anew at
 * the end.
 */
import type { SearchModel } from '@nuthatch/model';
import type { RankedHits, RankedIndex, RankedQuestion, SavedState, Steps, StoreKey } from '@nuthatch/runtime/search';
import { loading, type SavedPieces, STATE_FORM, saving } from './index/index-state.js';
import { EditDistances } from './index/term-table.js';
import { TextIndex } from './index/text-index.js';
import { type AskedTerm, Scorer } from './query/scorer.js';
import { editsOf, type ReadOptions, readOptions, readText, requireFewWords } from './query/search-question.js';
import { TextReader } from './text/text-reader.js';

/** What a match that is not the word itself counts: as MiniSearch has it. */
const PREFIX_WEIGHT = 0.375;
const FUZZY_WEIGHT = 0.45;

/** Makes the text index of a class; generated code calls it. @throws DatabaseError `INVALID_OPTION` for a language that cannot be loaded. */
export function searchIndex(collection: string, fields: readonly SearchModel[]): RankedIndex {
  return new SearchIndex(collection, fields);
}

class SearchIndex implements RankedIndex {
  readonly name = 'search';
  readonly version: string;
  readonly #collection: string;
  readonly #fields: readonly SearchModel[];
  readonly #readers: readonly TextReader[];
  #index: TextIndex;
  readonly #scorer = new Scorer();

  constructor(collection: string, fields: readonly SearchModel[]) {
    this.#collection = collection;
    this.#fields = fields;
    const byLanguage = new Map<string | undefined, TextReader>();
    this.#readers = fields.map(({ field: name, language }) => {
      const known = byLanguage.get(language) ?? new TextReader(language, `@Search on ${collection}.${name}`);
      byLanguage.set(language, known);
      return known;
    });
    this.#index = new TextIndex(fields.length);
    this.version = versionText(fields);
  }

  get documentCount(): number {
    return this.#index.rows.size;
  }

  get changeCount(): number {
    return this.#index.version;
  }

  insert(document: object, key: unknown): void {
    this.#index.add(key as StoreKey, this.#termsOf(document));
  }

  update(before: object, after: object, key: unknown): void {
    if (!this.#differs(before, after)) return;
    const terms = this.#termsOf(after);
    this.#index.remove(key as StoreKey);
    this.#index.add(key as StoreKey, terms);
  }

  remove(_: object, key: unknown): void {
    this.#index.remove(key as StoreKey);
  }

  rebuild(documents: Iterable<readonly [document: object, key: unknown]>): void {
    const { version } = this.#index;
    this.#index = new TextIndex(this.#fields.length);
    this.#index.version = version + 1;
    for (const [document, key] of documents) {
      this.insert(document, key);
      this.#index.packNow();
    }
  }

  setAgain(key: StoreKey, document: object | undefined): void {
    this.#index.remove(key);
    if (document !== undefined) this.insert(document, key);
  }

  /** Short work that is due after writes. */
  care(): Steps | undefined {
    return this.#index.isPackingDue ? this.#index.packing() : undefined;
  }

  saveState(): SavedState {
    const pieces: SavedPieces = saving(this.#index);
    return { version: this.version, ...pieces };
  }

  *loadState(bytes: Uint8Array): Steps {
    const { version } = this.#index;
    const index = yield* loading(bytes, this.#fields.length);
    index.version = version + 1;
    this.#index = index;
  }

  ask(text: unknown, options?: unknown): RankedQuestion {
    const read = readOptions(
      this.#collection,
      options,
      this.#fields.map(({ field }) => field),
    );
    return new Question(this.#collection, readText(this.#collection, text), read, this.#fields, this.#readers, () => ({
      index: this.#index,
      scorer: this.#scorer,
      termsOf: (document) => this.#termsOf(document),
    }));
  }

  #differs(before: object, after: object): boolean {
    for (const { field: name } of this.#fields)
      if ((before as Record<string, unknown>)[name] !== (after as Record<string, unknown>)[name]) return true;
    return false;
  }

  #termsOf(document: object): readonly (readonly string[])[] {
    return this.#fields.map(({ field: name }, place) => {
      const text = textOf((document as Record<string, unknown>)[name]);
      return text === '' ? [] : this.#readers[place]!.terms(text);
    });
  }
}

interface Answerer {
  readonly index: TextIndex;
  readonly scorer: Scorer;
  termsOf(document: object): readonly (readonly string[])[];
}

class Question implements RankedQuestion {
  readonly #options: ReadOptions;
  readonly #answerer: () => Answerer;
  /** Each word, with the fields that know it and the term it is there: a language may leave a word out. */
  readonly #words: readonly AskedWord[];

  constructor(
    collection: string,
    text: string,
    options: ReadOptions,
    fields: readonly SearchModel[],
    readers: readonly TextReader[],
    answerer: () => Answerer,
  ) {
    this.#options = options;
    this.#answerer = answerer;
    this.#words = wordsOf(text, options, fields, readers);
    requireFewWords(collection, this.#words.length, options);
  }

  hits(): RankedHits {
    const { index, scorer } = this.#answerer();
    const words = this.#words.map((word, at) => {
      const terms: AskedTerm[] = [];
      for (const { place, weight, term } of word) {
        const field = index.fields[place]!;
        for (const [found, share] of this.#found(field.terms, term, at === this.#words.length - 1)) {
          const number = field.terms.numberOf(found);
          if (number !== undefined) terms.push({ field, term: number, weight: weight * share });
        }
      }
      return terms;
    });
    return scorer.score(index, words, this.#options.match === 'all');
  }

  /** Terms that stand for a word, each once, with what a match of it counts. */
  #found(table: TextIndex['fields'][number]['terms'], word: string, isLast: boolean): Map<string, number> {
    const found = new Map<string, number>([[word, 1]]);
    const { prefix, fuzzy } = this.#options;
    if (prefix === true || (prefix === 'last' && isLast))
      for (const term of table.beginningWith(word)) {
        const more = term.length - word.length;
        if (more > 0) found.set(term, (PREFIX_WEIGHT * term.length) / (term.length + 0.3 * more));
      }
    const edits = editsOf(word, fuzzy);
    if (edits > 0)
      for (const { term, distance } of table.similarTo(word, edits))
        if (!found.has(term)) found.set(term, (FUZZY_WEIGHT * term.length) / (term.length + distance));
    return found;
  }

  matches(document: object): boolean {
    const words = this.#words;
    if (words.length === 0) return false;
    const all = this.#answerer().termsOf(document);
    const isMet = (word: AskedWord, at: number): boolean =>
      word.some(({ place, term }) => this.#isIn(all[place]!, term, at === words.length - 1));
    return this.#options.match === 'all' ? words.every(isMet) : words.some(isMet);
  }

  #isIn(terms: readonly string[], word: string, isLast: boolean): boolean {
    if (terms.includes(word)) return true;
    const { prefix, fuzzy } = this.#options;
    if ((prefix === true || (prefix === 'last' && isLast)) && terms.some((term) => term.startsWith(word))) return true;
    const edits = editsOf(word, fuzzy);
    if (edits === 0) return false;
    const distances = new EditDistances(word, edits);
    return terms.some((term) => distances.to(term) <= edits);
  }
}

/** A word of a question as each field has it. */
type AskedWord = readonly { readonly place: number; readonly weight: number; readonly term: string }[];

/** The words of a text, each once. */
function wordsOf(
  text: string,
  options: ReadOptions,
  fields: readonly SearchModel[],
  readers: readonly TextReader[],
): AskedWord[] {
  const byStart = new Map<number, { place: number; weight: number; term: string }[]>();
  for (const [place, { field: name, weight = 1 }] of fields.entries()) {
    if (options.fields !== undefined && !options.fields.includes(name)) continue;
    for (const { term, start } of readers[place]!.words(text)) {
      const word = byStart.get(start) ?? [];
      word.push({ place, weight, term });
      byStart.set(start, word);
    }
  }
  const starts = [...byStart.keys()].sort((a, b) => a - b);
  const words = new Map<string, AskedWord>();
  for (const start of starts) {
    const word = byStart.get(start)!;
    const same = word.map(({ place, term }) => `${place} ${term}`).join('\n');
    if (!words.has(same)) words.set(same, word);
  }
  return [...words.values()];
}

/** The text of a field: of a list or a set, all of its texts. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return [...(value as Iterable<unknown>)].filter((part) => typeof part === 'string').join('\n');
}

/** What the state goes by: another form, other fields or another Unicode make another. */
function versionText(fields: readonly SearchModel[]): string {
  const languages = fields.map(({ field: name, language }) => `${name}${language === undefined ? '' : `:${language}`}`);
  const { unicode = '', icu = '' } = process.versions as { readonly unicode?: string; readonly icu?: string };
  return `search ${STATE_FORM}; ${languages.join(', ')}; unicode ${unicode}, icu ${icu}`;
}
