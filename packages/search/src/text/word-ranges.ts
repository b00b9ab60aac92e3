/**
 * Where the words of a text are.
 *
 * In scripts that part words by spaces a word is a run of letters, digits and their marks: what stands between two runs
 * parts words, an apostrophe, a dot or an underscore too. Thai, Lao, Khmer, Burmese, Chinese and Japanese write no
 * spaces: there `Intl.Segmenter` finds the words, with the dictionaries that Node has.
 */

const BETWEEN = 0;
const WORD = 1;
const UNSPACED = 2;
const UNKNOWN = 255;

const LETTER = /^[\p{L}\p{N}\p{M}]$/u;
const UNSPACED_SCRIPT =
  /^[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]$/u;

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
      do at += unitsAt(text, at);
      while (at < length && kindAt(text, at) === kind);
      if (kind === WORD) ranges.push(start, at);
      else if (kind === UNSPACED) this.#segment(text, start, at, ranges);
    }
    return ranges;
  }

  /** The last segment of a window may go on behind it: the next window begins there. */
  #segment(text: string, start: number, end: number, ranges: number[]): void {
    let from = start;
    while (from < end) {
      const to = Math.min(end, from + WINDOW_UNITS);
      let next = to;
      const found = [...this.#segmenter.segment(text.slice(from, to))];
      const isWhole = to === end || found.length < 2;
      if (!isWhole) next = from + found.pop()!.index;
      for (const { index, segment, isWordLike } of found)
        if (isWordLike === true) ranges.push(from + index, from + index + segment.length);
      from = next;
    }
  }
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
  return LETTER.test(letter) ? WORD : BETWEEN;
}

function unitsAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff && text.codePointAt(at)! > 0xffff ? 2 : 1;
}
