/**
 * Languages: base forms and words without meaning, from libraries that the project installs beside this package.
 *
 * `crashes`, `crashed` and `crash` are one term in English; `the` and `of` are none. The stemmers are those of Snowball,
 * in the package `@orama/stemmers`; the lists are in `@orama/stopwords`. Both are optional peers: a class without a
 * language needs neither.
 */
import { DatabaseError, LANGUAGE_PACKAGES, SEARCH_LANGUAGES } from '@nuthatch/model';
import { foldWord } from './fold-word.js';

export interface Language {
  readonly locale: string;
  readonly stopWords: ReadonlySet<string>;
  stem(word: string): string;
}

const loaded = new Map<string, Language>();

/**
 * The language of a code (ISO 639-1). Loads its libraries at first use.
 *
 * @param where names what asks for it, for the message.
 * @throws DatabaseError `INVALID_OPTION` for another language; also without the libraries.
 */
export function languageOf(code: string, where = '@Search'): Language {
  const known = loaded.get(code);
  if (known !== undefined) return known;
  const name = Object.hasOwn(SEARCH_LANGUAGES, code) ? SEARCH_LANGUAGES[code] : undefined;
  if (name === undefined) {
    const what = `${where} has the language ${JSON.stringify(code)}; it can be one of ${Object.keys(SEARCH_LANGUAGES).join(', ')}, or left out`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'language', language: code });
  }
  const load = (library: string): unknown => {
    try {
      return require(`${library}/${name}`);
    } catch (cause) {
      const packages = LANGUAGE_PACKAGES.join(' ');
      const what = `${where} has the language ${JSON.stringify(code)}, and ${library} cannot be loaded: install what it needs with npm i ${packages}`;
      throw new DatabaseError(
        'INVALID_OPTION',
        what,
        { option: 'language', language: code, package: library },
        { cause },
      );
    }
  };
  const { stemmer } = load('@orama/stemmers') as { readonly stemmer: (word: string) => string };
  const { stopwords } = load('@orama/stopwords') as { readonly stopwords: readonly string[] };
  const language = { locale: code, stopWords: new Set(stopwords.map(foldWord)), stem: stemmer };
  loaded.set(code, language);
  return language;
}
