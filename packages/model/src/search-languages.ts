/**
 * The languages that `@Search` knows, by their code (ISO 639-1): those that both libraries have, by the names that their
 * files have there.
 */
export const SEARCH_LANGUAGES: Readonly<Record<string, string>> = {
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

/** The libraries with the rules of languages, which a project installs beside `@nuthatch/search`. */
export const LANGUAGE_PACKAGES: readonly string[] = ['@orama/stemmers', '@orama/stopwords'];
