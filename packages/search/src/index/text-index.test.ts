import { runSteps } from '@nuthatch/runtime/search';
import { SeededRandom } from '../../../runtime/src/testing/seeded-random.js';
import { seeded } from '../../../runtime/test/support/seeded.js';
import { editsBetween } from '../../test/support/plain-search.js';
import { Scorer } from '../query/scorer.js';
import { loading, saving } from './index-state.js';
import { EditDistances, TermTable } from './term-table.js';
import { TextIndex } from './text-index.js';

const SMALL = { leastRecent: 40, mostParts: 2, leastGone: 8, goneShare: 0.25, leastTerms: 20 };
const TERMS = Array.from({ length: 30 }, (_, index) => `t${index}`);

/** Every document that has the terms, with its score, by key. */
function answer(index: TextIndex, asked: readonly string[], isAll: boolean): string {
  const words = asked.map((term) =>
    index.fields.flatMap((field) => {
      const number = field.terms.numberOf(term);
      return number === undefined ? [] : [{ field, term: number, weight: 1 }];
    }),
  );
  const { keys, scores } = new Scorer().score(index, words, isAll);
  return keys
    .map((key, place) => `${String(key)} ${scores[place]}`)
    .sort()
    .join('\n');
}

function bytesOf(index: TextIndex): Uint8Array {
  const saved = saving(index);
  runSteps(saved.steps);
  const pieces: Uint8Array[] = [];
  for (let piece = saved.take(); piece !== undefined; piece = saved.take()) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('gives the scores of a new index to the last bit, after any writes, packed or not, saved and loaded', async () => {
  await seeded(async (_, seed) => {
    const random = new SeededRandom(seed);
    let index = new TextIndex(2, SMALL);
    const held = new Map<number, readonly string[][]>();
    // Terms that come once and go again are forgotten meanwhile.
    let once = 0;
    const some = (): string[] =>
      Array.from({ length: random.between(0, 12) }, () => (random.next() < 0.3 ? `once${once++}` : random.pick(TERMS)));
    let packing: Generator | undefined;
    for (let step = 0; step < 1_500; step++) {
      const key = random.between(0, 60);
      index.remove(key);
      held.delete(key);
      if (random.next() < 0.8) {
        const terms = [some(), some()];
        index.add(key, terms);
        held.set(key, terms);
      }
      // Packing goes on between writes.
      if (packing === undefined && index.isPackingDue) packing = index.packing();
      if (packing?.next().done === true) packing = undefined;
      if (step % 100 !== 99) continue;
      if (random.next() < 0.5) {
        if (packing !== undefined) runSteps(packing as never);
        packing = undefined;
        index = runSteps(loading(bytesOf(index), 2));
      }
      const fresh = new TextIndex(2);
      for (const [other, terms] of [...held].sort(() => random.next() - 0.5)) fresh.add(other, terms);
      for (let round = 0; round < 5; round++) {
        const asked = [...new Set([random.pick(TERMS), random.pick(TERMS), random.pick(TERMS)])];
        for (const isAll of [true, false]) expect(answer(index, asked, isAll)).toBe(answer(fresh, asked, isAll));
      }
      expect(index.fields[0]!.averageLength).toBe(fresh.fields[0]!.averageLength);
    }
  });
});

it('saves the moment of the capture, whatever is written before its bytes are made', () => {
  const index = new TextIndex(1, SMALL);
  for (let key = 0; key < 50; key++) index.add(key, [[`a${key % 7}`, 'b']]);
  const due = answer(index, ['b'], true);
  const saved = saving(index);
  const pieces: Uint8Array[] = [];
  for (let key = 0; ; key++) {
    index.remove(key % 50);
    index.add(key % 50, [['b', 'c', `new${key}`]]);
    index.packNow();
    const { done } = saved.steps.next();
    for (let piece = saved.take(); piece !== undefined; piece = saved.take()) pieces.push(piece);
    if (done === true) break;
  }
  const loaded = runSteps(loading(Buffer.concat(pieces), 1));
  expect(answer(loaded, ['b'], true)).toBe(due);
  expect(answer(loaded, ['c'], true)).toBe('');
});

it('forgets terms that no document has any more', () => {
  const index = new TextIndex(1, { ...SMALL, leastTerms: 100 });
  for (let round = 0; round < 5_000; round++) {
    index.remove('k');
    index.add('k', [[`id${round}`, 'same']]);
    index.packNow();
  }
  expect(index.fields[0]!.terms.size).toBeLessThan(500);
  expect(answer(index, ['id4999', 'same'], true)).toMatch(/^k /);
  expect(answer(index, ['id4998'], true)).toBe('');
});

it('keeps no row, posting or term of documents that are gone when it is saved', () => {
  const index = new TextIndex(1);
  for (let key = 0; key < 100; key++) index.add(`k${key}`, [[`only${key}`]]);
  const before = bytesOf(index).length;
  for (let key = 1; key < 100; key++) index.remove(`k${key}`);
  expect(bytesOf(index).length).toBeLessThan(before / 20);
});

it('takes keys of every type, and counts of every size', () => {
  const index = new TextIndex(1);
  const keys = ['', 'k', '\ud800', 0, 1, -1, 1.5, -0.5, 2 ** 52, 5n, -(2n ** 80n)];
  for (const [place, key] of keys.entries()) index.add(key, [Array.from({ length: place * 100 + 1 }, () => 'x')]);
  const loaded = runSteps(loading(bytesOf(index), 1));
  expect(answer(loaded, ['x'], true)).toBe(answer(index, ['x'], true));
  for (const key of keys) expect(loaded.rows.rowOf(key)).toBeDefined();
});

it('refuses bytes that are no state, at whichever byte they are wrong or end', () => {
  const index = new TextIndex(2);
  for (let key = 0; key < 20; key++) index.add(key, [[`a${key}`, 'b'], ['c']]);
  const bytes = bytesOf(index);
  for (let length = 0; length < bytes.length; length++)
    expect(() => runSteps(loading(bytes.subarray(0, length), 2))).toThrow();
  expect(() => runSteps(loading(Buffer.concat([bytes, Buffer.alloc(1)]), 2))).toThrow('behind the end');
  expect(() => runSteps(loading(bytes, 1))).toThrow('another form');
  // A byte that is another one is refused, or makes another index; nothing else is thrown, and nothing hangs.
  for (let at = 0; at < bytes.length; at++) {
    const other = Uint8Array.from(bytes);
    other[at] = other[at]! ^ 0xff;
    try {
      answer(runSteps(loading(other, 2)), ['b', 'c'], false);
    } catch (error) {
      expect(String(error)).toMatch(/saved state|JOURNAL_DAMAGED|RangeError/);
    }
  }
});

describe('the terms of a field', () => {
  it('are found by their beginning and by their likeness, as by looking at each', async () => {
    await seeded(async (_, seed) => {
      const random = new SeededRandom(seed);
      const table = new TermTable();
      const all = new Set<string>();
      const word = (): string =>
        Array.from({ length: random.between(1, 9) }, () => random.pick(['a', 'b', 'c'])).join('');
      for (let step = 0; step < 300; step++) {
        const term = word();
        all.add(term);
        table.numberFor(term);
        if (step % 50 === 0) runSteps(table.sorting());
        const asked = word();
        const begun = [...all].filter((each) => each.startsWith(asked)).sort();
        expect(table.beginningWith(asked)).toEqual(begun);
        const most = random.between(1, 2);
        const near = [...all].filter((each) => editsBetween(asked, each) <= most).sort();
        expect(table.similarTo(asked, most).map((found) => found.term)).toEqual(near);
        const other = word();
        const edits = new EditDistances(asked, most).to(other);
        expect(Math.min(most + 1, edits)).toBe(Math.min(most + 1, editsBetween(asked, other)));
      }
      expect(table.inOrder()).toEqual([...all].sort());
    });
  });
});
