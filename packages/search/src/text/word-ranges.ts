/**
 * Where the words of a text are.
 *
 * In scripts that part words by spaces a word is a run of letters, digits and their marks: what stands between two runs
 * parts words, an apostrophe, a dot or an underscore too. Thai, Lao, Khmer, Burmese, Chinese and Japanese write no
 * spaces: there `Intl.Segmenter` finds the words, with the dictionaries that Node has.
 *
 * Marks and signs that nobody sees (a soft hyphen, a joiner, the choice of a variant) belong to what stands before them, and
 * begin no word: those of an emoji are none.
 */

const BETWEEN = 0;
const WORD = 1;
const UNSPACED = 2;
const ATTACHED = 3;
const UNKNOWN = 255;

const LETTER = /^[\p{L}\p{N}]$/u;
/** But a space of no width, which parts words. */
const MARK_OR_UNSEEN = /^(?!\u200b)[\p{M}\p{Default_Ignorable_Code_Point}]$/u;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
/** Each letter with what is attached to it. */
const LETTERS =
  /[^\p{M}\p{Default_Ignorable_Code_Point}][\p{M}\p{Default_Ignorable_Code_Point}]*|[\p{M}\p{Default_Ignorable_Code_Point}]+/gu;
/** With signs that several scripts share, and stand in words of these alone. */
const UNSPACED_SCRIPT =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々ｰﾞﾟ]$/u;

/** What each UTF-16 unit is, found out at its first use. Surrogates are looked up by the pair. */
const kinds = new Uint8Array(0x10000).fill(UNKNOWN);

/** Units that a segmenter gets at once: its time grows with the square of the length. */
const WINDOW_UNITS = 256;

export class WordRanges {
  readonly #segmenter: Intl.Segmenter;

  /** @param locale as `Intl` takes it; undefined: that of the machine, which changes no boundary of these scripts. */
  constructor(locale?: string) {
    this.#segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  }

  /** Beginning and end of each word in turn, in UTF-16 units. O(length). */
  of(text: string): number[] {
    const ranges: number[] = [];
    const { length } = text;
    let at = 0;
    while (at < length) {
      const kind = kindAt(text, at);
      const start = at;
      let next: number;
      do {
        at += unitsAt(text, at);
        next = at < length ? kindAt(text, at) : UNKNOWN;
      } while (next === kind || (next === ATTACHED && kind !== BETWEEN));
      if (kind === WORD) ranges.push(start, at);
      else if (kind === UNSPACED) this.#segment(text, start, at, ranges);
    }
    return ranges;
  }

  /** A run without spaces. Letters that are written in parts are put together first, and what is unseen goes: the dictionaries know them so. */
  #segment(text: string, start: number, end: number, ranges: number[]): void {
    const run = text.slice(start, end);
    const composed = composedOf(run);
    if (composed === run) {
      this.#segmentComposed(run, (at) => start + at, ranges);
      return;
    }
    // Where each unit of the composed run begins in the text.
    const places: number[] = [];
    let at = start;
    for (const [letter] of run.matchAll(LETTERS)) {
      for (let unit = composedOf(letter).length; unit > 0; unit--) places.push(at);
      at += letter.length;
    }
    places.push(end);
    this.#segmentComposed(composed, (unit) => places[unit] ?? end, ranges);
  }

  /** The last segment of a window may go on behind it: the next window begins there. */
  #segmentComposed(run: string, placeOf: (at: number) => number, ranges: number[]): void {
    let from = 0;
    while (from < run.length) {
      const to = Math.min(run.length, from + WINDOW_UNITS);
      let next = to;
      const found = [...this.#segmenter.segment(run.slice(from, to))];
      const isWhole = to === run.length || found.length < 2;
      if (!isWhole) next = from + found.pop()!.index;
      for (const { index, segment, isWordLike } of found)
        if (isWordLike === true) ranges.push(placeOf(from + index), placeOf(from + index + segment.length));
      from = next;
    }
  }
}

function composedOf(text: string): string {
  return text.replace(UNSEEN, '').normalize('NFC');
}

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const known = kinds[unit]!;
  if (known !== UNKNOWN) return known;
  if (unit >= 0xd800 && unit <= 0xdfff) return kindOf(String.fromCodePoint(text.codePointAt(at)!));
  const kind = kindOf(String.fromCharCode(unit));
  kinds[unit] = kind;
  return kind;
}

function kindOf(letter: string): number {
  if (UNSPACED_SCRIPT.test(letter)) return UNSPACED;
  if (LETTER.test(letter)) return WORD;
  return MARK_OR_UNSEEN.test(letter) ? ATTACHED : BETWEEN;
}

function unitsAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff && text.codePointAt(at)! > 0xffff ? 2 : 1;
}
