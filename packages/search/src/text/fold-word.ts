/**
 * One form for all spellings of a word that a reader takes for the same: case, accents and forms of one letter.
 *
 * `Crème`, `CREME` and full-width `ＣＲＥＭＥ` become `creme`. Marks that make another letter of another script stay: a vowel
 * sign of Thai or Hindi is no accent. What nobody sees goes, such as the soft hyphen of a long word in a page.
 */

/** Letters that Unicode does not take apart. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  ı: 'i',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ł: 'l',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ŧ: 't',
  ς: 'σ',
  ـ: '',
};

const SPECIAL = /[ßıøđðħłæœþŧςـ]/gu;
/** Accents of Latin, Greek and Cyrillic; points of Hebrew; vowel signs of Arabic; circles and keys around a sign; what is unseen. */
const MARKS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05c7\u064b-\u065f\u0670\p{Default_Ignorable_Code_Point}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ASCII = /^[\u0000-\u007f]*$/;

/** O(length). */
export function foldWord(word: string): string {
  const lower = word.toLowerCase();
  if (ASCII.test(lower)) return lower;
  const parts = lower.normalize('NFKD').replace(MARKS, '').toLowerCase();
  return parts.replace(SPECIAL, (letter) => FOLDED[letter]!).normalize('NFC');
}
