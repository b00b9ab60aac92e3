import type { WriteTarget } from '../commit/write-record.js';
import { WriteRecord } from '../commit/write-record.js';
import { behindTransaction } from './change-cursor.js';
import { ChangeHistory } from './change-history.js';

const target = {
  name: 'note',
  publicKey: (key) => key,
  bytesOf: (document) => (document as { bytes?: number }).bytes ?? 10,
} as WriteTarget;
const held = (mostChanges: number, goneSeq: number, mostBytes = 2 ** 20) =>
  new ChangeHistory(mostChanges, mostBytes, goneSeq, 'a');
const write = (key: string): WriteRecord => new WriteRecord(target, key, { key }, undefined, undefined, 0, undefined);

function add(history: ChangeHistory, seq: number, ...keys: readonly string[]): void {
  const [first] = keys;
  const written = keys.length === 1 ? write(first as string) : keys.map(write);
  history.add(seq, seq * 10, seq % 2 === 0 ? 'load' : 'live', written, 0, undefined);
}

function keysAfter(history: ChangeHistory, seq: number): readonly unknown[] {
  return [...history.after(behindTransaction(seq))].flatMap((batch) => batch.changes().map(({ key }) => key));
}

describe('ChangeHistory', () => {
  it('gives the changes after a seq in order, however often its ring has wrapped and grown', () => {
    const history = held(100, 0);
    for (let seq = 1; seq <= 1_000; seq++) {
      add(history, seq, `n${seq}`);
      expect(history.goneSeq).toBe(Math.max(0, seq - 100));
    }
    expect(keysAfter(history, 900)).toEqual(Array.from({ length: 100 }, (_, index) => `n${901 + index}`));
    expect(keysAfter(history, 998)).toEqual(['n999', 'n1000']);
    expect(keysAfter(history, 1_000)).toEqual([]);
    const [batch] = history.after(behindTransaction(997));
    expect(batch).toMatchObject({ seq: 998, timeMs: 9_980, origin: 'load' });
  });

  it('grows in the middle of its ring without losing or mixing anything', () => {
    const history = held(150, 0);
    // Larger transactions first: many changes, few places; then the ring has to grow where it does not begin at zero.
    for (let seq = 1; seq <= 40; seq++) add(history, seq, `a${seq}`, `b${seq}`, `c${seq}`, `d${seq}`);
    for (let seq = 41; seq <= 300; seq++) add(history, seq, `n${seq}`);
    expect(history.goneSeq).toBe(150);
    expect(keysAfter(history, 0)).toEqual(Array.from({ length: 150 }, (_, index) => `n${151 + index}`));
  });

  it('releases whole transactions, also one that is larger than it may keep', () => {
    const history = held(3, 7);
    expect(history.goneSeq).toBe(7);
    add(history, 8, 'a', 'b');
    add(history, 9, 'c', 'd');
    expect(history.goneSeq).toBe(8);
    expect(keysAfter(history, 7)).toEqual(['c', 'd']);
    add(history, 10, 'e', 'f', 'g', 'h');
    expect(history.goneSeq).toBe(10);
    expect(keysAfter(history, 7)).toEqual([]);
  });

  it('makes the batch of a transaction once', () => {
    const history = held(3, 0);
    add(history, 1, 'a');
    expect([...history.after(behindTransaction(0))][0]).toBe([...history.after(behindTransaction(0))][0]);
  });

  it('keeps nothing when it may keep nothing', () => {
    const history = held(0, 0);
    add(history, 5, 'a');
    expect(history.goneSeq).toBe(5);
    expect(keysAfter(history, 0)).toEqual([]);
  });

  it('never holds more bytes of documents than it may, with the documents before, for every mix of sizes', () => {
    const put = (bytes: number, bytesBefore: number) =>
      new WriteRecord(target, 'n', { bytes }, undefined, { bytes: bytesBefore }, 1, undefined);
    for (const [isLarge, size] of [
      [() => true, 5_000],
      [(seq: number) => seq % 2 === 0, 50_000],
      [(seq: number) => seq % 8 === 3, 500_000],
      [(seq: number) => seq > 500, 900_000],
    ] as const) {
      const history = held(1_000, 0, 2 ** 20);
      const kept: number[] = [];
      for (let seq = 1; seq <= 3_000; seq++) {
        const bytes = isLarge(seq) ? size : 100;
        kept.push(bytes + 50);
        history.add(seq, seq, 'live', put(bytes, 50), 0, undefined);
        if (seq < 1_000) continue;
        const truly = kept.slice(history.goneSeq).reduce((sum, one) => sum + one, 0);
        expect(truly).toBeLessThanOrEqual(2 ** 20);
        expect(history.byteCount).toBeGreaterThanOrEqual(truly * 0.9);
      }
    }
  });

  it('keeps nothing of a transaction that is larger than all it may hold', () => {
    const history = held(100, 0, 1_000);
    const large = new WriteRecord(target, 'n', { bytes: 5_000 }, undefined, undefined, 0, undefined);
    history.add(1, 1, 'live', large, 0, undefined);
    expect([history.goneSeq, history.byteCount]).toEqual([1, 0]);
  });
});
