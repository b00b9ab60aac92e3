import { highlights, marked } from '../query/highlights.js';
import { foldWord } from './fold-word.js';
import { LONGEST_TERM_UNITS, TextReader } from './text-reader.js';

const reader = new TextReader();

describe('the words of a text', () => {
  it.each([
    ['Crash at LOGIN', ['crash', 'at', 'login']],
    ['Crème brûlée, Straße, Ænima, Łódź', ['creme', 'brulee', 'strasse', 'aenima', 'lodz']],
    ['ＷＩＤＥ ﬁne Ⅻ', ['wide', 'fine', 'xii']],
    ["don't l'été", ['don', 't', 'l', 'ete']],
    ['snake_case kebab-case a.b 3.14', ['snake', 'case', 'kebab', 'case', 'a', 'b', '3', '14']],
    ['İstanbul ISPARTA ısı', ['istanbul', 'isparta', 'isi']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['Привет, ёж', ['привет', 'еж']],
    ['שָׁלוֹם עולם', ['שלום', 'עולם']],
    ['مُحَمَّد العربية', ['محمد', 'العربية']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    ['한국어 검색', ['한국어', '검색']],
    ['🚀 to the 🌙!', ['to', 'the']],
    // What nobody sees parts no word: a soft hyphen, joiners, a mark of order, a choice of variants.
    ['Donau\u00addampf\u00adschiff soft\u2060ware', ['donaudampfschiff', 'software']],
    ['\ufeffcrash\u200e log\u200din 1\ufe0f\u20e3', ['crash', 'login', '1']],
    ['می\u200cخواهم', ['میخواهم']],
    // A space of no width does.
    ['a\u200bb', ['a', 'b']],
    // Marks belong to a letter; those of an emoji are no words.
    ['❤\ufe0f crash ✈\ufe0f\u200d1 👩\u200d👧', ['crash', '1']],
    ['\u0301a \u0301 e\u0301\u0302', ['a', 'e']],
    ['', []],
    ['?! …', []],
  ])('of %j are these', (text, words) => {
    expect(reader.terms(text)).toEqual(words);
  });

  it('are found in scripts without spaces', () => {
    expect(reader.terms('ภาษาไทย')).toEqual(['ภาษา', 'ไทย']);
    expect(reader.terms('東京都の天気')).toContain('天気');
    expect(reader.terms('東京 weather')).toContain('weather');
  });

  it('are the same in scripts without spaces whichever way their letters are written', () => {
    const text = 'ガラスのピアノが届いた';
    expect(reader.terms(text.normalize('NFD'))).toEqual(reader.terms(text));
    const parts = highlights(text.normalize('NFD'), 'ピアノ');
    expect(parts.map(({ start, end }) => text.normalize('NFD').slice(start, end).normalize('NFC'))).toEqual(['ピアノ']);
    expect(reader.terms(text.repeat(100).normalize('NFD'))).toEqual(reader.terms(text.repeat(100)));
    expect(reader.terms('ｶﾞﾗｽ')).toEqual(reader.terms('ガラス'));
    expect(reader.terms('葛\u{e0100}城')).toEqual(reader.terms('葛城'));
  });

  it('are those of the whole where a text without spaces is looked at in windows', () => {
    const terms = reader.terms('ภาษาไทย'.repeat(500));
    expect(terms).toHaveLength(1_000);
    expect(new Set(terms)).toEqual(new Set(['ภาษา', 'ไทย']));
  });

  it('are found in a moment in a long text without spaces', () => {
    expect(reader.terms('ภาษาไทย'.repeat(10_000))).toHaveLength(20_000);
    expect(reader.terms('東京都の天気は晴れです'.repeat(5_000)).length).toBeGreaterThan(20_000);
  });

  it('are those between surrogates without their other half', () => {
    expect(reader.terms('a\ud800b \udc00c\ud800')).toEqual(['a', 'b', 'c']);
    expect(reader.terms('\ud835\udc00\ud835\udc01')).toEqual(['ab']);
  });

  it('are cut where they are longer than any word', () => {
    expect(reader.terms('x'.repeat(1_000_000))).toEqual(['x'.repeat(LONGEST_TERM_UNITS)]);
  });

  it('of a megabyte are found in a moment', () => {
    expect(reader.terms('crash login '.repeat(80_000))).toHaveLength(160_000);
    expect(reader.terms('e\u0301'.repeat(400_000))).toEqual(['e'.repeat(LONGEST_TERM_UNITS)]);
  });
});

it('folds a folded word to itself', () => {
  for (const word of ['ß', 'ẞ', 'Ǆ', 'ﬃ', 'İ', 'ς', 'Ａ', 'é', 'Ⅻ', '㎏', 'ॐ', 'ｶﾞ']) {
    const once = foldWord(word);
    expect([word, foldWord(once)]).toEqual([word, once]);
  }
});

describe('a language', () => {
  it('compares base forms, and leaves out what means nothing', () => {
    const english = new TextReader('en');
    expect(english.terms('The crashes of the crashed users')).toEqual(english.terms('crash crash user'));
    expect(new TextReader('de').terms('die Häuser')).toEqual(new TextReader('de').terms('Haus'));
  });

  it('is refused when there is none of that code', () => {
    expect(() => new TextReader('xx')).toThrow('INVALID_OPTION');
    expect(() => new TextReader('constructor')).toThrow('INVALID_OPTION');
  });
});

describe('highlights', () => {
  it('are where the words are, in units of the text', () => {
    const text = '🚀 Crème: crash, CRASHED';
    const parts = highlights(text, 'creme crash', { prefix: 'last' });
    expect(parts.map(({ start, end }) => text.slice(start, end))).toEqual(['Crème', 'crash', 'CRASHED']);
  });

  it('are marked, and what is between them is shown as asked', () => {
    const shown = (piece: string): string => piece.replaceAll('<', '&lt;');
    expect(marked('a <b> b', highlights('a <b> b', 'B'), '<i>', '</i>', shown)).toBe('a &lt;<i>b</i>> <i>b</i>');
    expect(marked('nothing', [], '<', '>')).toBe('nothing');
  });

  it('find what a search with the same options finds', () => {
    expect(highlights('crash crashing crush', 'crash', { fuzzy: true })).toHaveLength(2);
    expect(highlights('the crashes', 'crashed', { language: 'en' })).toEqual([{ start: 4, end: 11 }]);
    expect(highlights('logs of the crashes', 'cr lo', { prefix: 'last' })).toEqual([{ start: 0, end: 4 }]);
    // The options of the search that found it.
    const asked = { match: 'any', fields: ['title'], where: { state: 'open' }, ignoreUndefined: true } as const;
    expect(highlights('a crash', 'crash', asked)).toHaveLength(1);
    const book = Array.from({ length: 20_000 }, (_, index) => `word${index % 900}`).join(' ');
    expect(highlights(book, 'word7 word8')).toHaveLength(46);
  });

  it.each([
    ['a text that is none', () => highlights(undefined as never, 'undefined')],
    ['null', () => highlights(null as never, 'null')],
    ['no question', () => highlights('a', 7 as never)],
    ['options that are null', () => highlights('a', 'a', null as never)],
    ['options that are a text', () => highlights('a', 'a', 'all' as never)],
    ['an unknown option', () => highlights('a', 'a', { mark: 'b' } as never)],
    ['a book for a question', () => highlights('a', Array.from({ length: 300 }, (_, at) => `w${at}`).join(' '))],
    ['a text to mark that is none', () => marked(undefined as never, [], '<', '>')],
  ])('refuse %s', (_, work) => {
    expect(work).toThrow('INVALID_QUERY');
  });

  it('refuse other options', () => {
    expect(() => highlights('a', 'a', { prefix: 1 as never })).toThrow('INVALID_QUERY');
  });
});
