/**
 * What a search means, written down as plainly as it can be: every document is read word by word for every question, and
 * ranked by the formula of BM25. Nothing of the package is used here.
 */
export interface PlainDocument {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly labels: readonly string[];
}

export interface PlainOptions {
  readonly prefix?: boolean | 'last';
  readonly fuzzy?: boolean | 0 | 1 | 2;
  readonly fields?: readonly ('title' | 'text' | 'labels')[];
  readonly match?: 'all' | 'any';
}

const WEIGHTS = { title: 3, text: 1, labels: 1 } as const;
type Field = keyof typeof WEIGHTS;

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/** Ids with their scores, the best first. */
export function plainSearch(
  documents: readonly PlainDocument[],
  asked: string,
  options: PlainOptions = {},
): Map<number, number> {
  const { match = 'all' } = options;
  const fields = (Object.keys(WEIGHTS) as Field[]).filter((field) => options.fields?.includes(field) ?? true);
  const asking = [...new Set(wordsOf(asked))];
  if (asking.length === 0) return new Map();
  const read = documents.map((document) => ({
    id: document.id,
    words: Object.fromEntries(fields.map((field) => [field, wordsOf([document[field]].flat().join('\n'))])),
  }));
  const scored = read.map(({ id }) => ({ id, score: 0, met: 0 }));
  for (const [place, word] of asking.entries()) {
    const isMet = new Set<number>();
    for (const field of fields) {
      const lengths = read.map(({ words }) => words[field]!.length).filter((length) => length > 0);
      const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
      const all = new Set(read.flatMap(({ words }) => words[field]!));
      for (const [term, share] of sharesOf(word, place === asking.length - 1, [...all].sort(), options)) {
        const having = read.filter(({ words }) => words[field]!.includes(term)).length;
        const idf = Math.log(1 + (lengths.length - having + 0.5) / (having + 0.5));
        for (const [index, { words }] of read.entries()) {
          const count = words[field]!.filter((each) => each === term).length;
          if (count === 0) continue;
          isMet.add(index);
          const length = words[field]!.length;
          scored[index]!.score +=
            (WEIGHTS[field] * share * idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * length) / average));
        }
      }
    }
    for (const index of isMet) scored[index]!.met++;
  }
  const met = scored.filter((each) => (match === 'all' ? each.met === asking.length : each.met > 0));
  return new Map(met.sort((a, b) => b.score - a.score || a.id - b.id).map(({ id, score }) => [id, score]));
}

function sharesOf(
  word: string,
  isLast: boolean,
  all: readonly string[],
  { prefix, fuzzy }: PlainOptions,
): Map<string, number> {
  const shares = new Map([[word, 1]]);
  const most = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
  const edits = fuzzy === true ? most : Math.min(Number(fuzzy ?? 0), Math.max(0, word.length - 1));
  for (const term of all) {
    if (shares.has(term)) continue;
    const more = term.length - word.length;
    if ((prefix === true || (prefix === 'last' && isLast)) && term.startsWith(word))
      shares.set(term, (0.375 * term.length) / (term.length + 0.3 * more));
    else {
      const distance = editsBetween(word, term);
      if (distance <= edits) shares.set(term, (0.45 * term.length) / (term.length + distance));
    }
  }
  return shares;
}

export function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++)
      next.push(Math.min(row[k]! + 1, next[k - 1]! + 1, row[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
