/**
 * Languages: base forms and words without meaning, from libraries that the project installs beside this package.
 *
 * `crashes`, `crashed` and `crash` are one term in English; `the` and `of` are none. The stemmers are those of Snowball,
 * in the package `@orama/stemmers`; the lists are in `@orama/stopwords`. Both are optional peers: a class without a
 * language needs neither.
 */
import { DatabaseError } from '@nuthatch/model';
import { foldWord } from './fold-word.js';

export interface Language {
  readonly locale: string;
  readonly stopWords: ReadonlySet<string>;
  stem(word: string): string;
}

/** The languages by their code, and their names in both libraries. */
const NAMES: Readonly<Record<string, string>> = {
  ar: 'arabic',
  bg: 'bulgarian',
  da: 'danish',
  de: 'german',
  el: 'greek',
  en: 'english',
  es: 'spanish',
  fi: 'finnish',
  fr: 'french',
  ga: 'irish',
  hi: 'indian',
  hu: 'hungarian',
  hy: 'armenian',
  id: 'indonesian',
  it: 'italian',
  lt: 'lithuanian',
  ne: 'nepali',
  nl: 'dutch',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  sv: 'swedish',
  ta: 'tamil',
  tr: 'turkish',
  uk: 'ukrainian',
};

/** Languages that a field may have, by their codes. */
export const LANGUAGES: readonly string[] = Object.keys(NAMES);

const loaded = new Map<string, Language>();

/**
 * The language of a code (ISO 639-1). Loads its libraries at first use.
 *
 * @throws DatabaseError `INVALID_OPTION` for another language; also without the libraries.
 */
export function languageOf(code: string): Language {
  const known = loaded.get(code);
  if (known !== undefined) return known;
  const name = Object.hasOwn(NAMES, code) ? NAMES[code] : undefined;
  if (name === undefined) {
    const what = `@Search has the language ${JSON.stringify(code)}; it can be one of ${LANGUAGES.join(', ')}, or left out`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'language', language: code });
  }
  const { stemmer } = load(`@orama/stemmers/${name}`) as { readonly stemmer: (word: string) => string };
  const { stopwords } = load(`@orama/stopwords/${name}`) as { readonly stopwords: readonly string[] };
  const language = { locale: code, stopWords: new Set(stopwords.map(foldWord)), stem: stemmer };
  loaded.set(code, language);
  return language;
}

function load(name: string): unknown {
  try {
    return require(name);
  } catch (cause) {
    const library = name.split('/').slice(0, 2).join('/');
    const what = `a @Search with a language needs the package ${library}: install it with npm i ${library}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'language', package: library }, { cause });
  }
}
