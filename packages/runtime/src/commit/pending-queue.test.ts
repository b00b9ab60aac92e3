import fc from 'fast-check';
import { PendingQueue } from './pending-queue.js';
import { Transaction } from './transaction.js';

function ended(timeMs: number): Transaction {
  const transaction = new Transaction(false);
  transaction.end(timeMs);
  return transaction;
}

describe('the queue of transactions that wait', () => {
  it('gives them back in the order of a plain array, for every mix of adding and removing', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.nat(40).map((count) => ({ kind: 'add' as const, count })) },
      { weight: 5, arbitrary: fc.nat(40).map((count) => ({ kind: 'shift' as const, count })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'takeAll' as const, count: 0 }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new PendingQueue();
        const plain: number[] = [];
        let seq = 0;
        for (const { kind, count } of steps) {
          if (kind === 'takeAll') expect(queue.takeAll().map((pending) => pending.seq)).toEqual(plain.splice(0));
          for (let index = 0; index < count; index++) {
            if (kind === 'add') {
              void queue.add(++seq, ended(seq), true, false, seq);
              plain.push(seq);
            } else if (plain.length > 0) {
              expect(queue.oldest?.seq).toBe(plain.shift());
              queue.shift();
            }
          }
          expect(queue.count).toBe(plain.length);
          expect(queue.oldest?.seq).toBe(plain[0]);
        }
      }),
    );
  });

  it('resolves each promise with its own result, and rejects it with what it is given', async () => {
    const queue = new PendingQueue();
    const first = queue.add(1, ended(1), true, false, 'first');
    const second = queue.add(2, ended(2), true, false, 'second');
    const [one, two] = queue.takeAll();
    two?.reject?.(new RangeError('lost') as never);
    one?.resolve?.('first' as never);
    await expect(first).resolves.toBe('first');
    await expect(second).rejects.toThrow('lost');
  });

  it('answers a write at level memory at once, and can still take it back', async () => {
    const queue = new PendingQueue();
    await expect(queue.add(1, ended(7), false, true, 'result')).resolves.toBe('result');
    expect(queue.oldest).toMatchObject({ seq: 1, timeMs: 7, isAnswered: true, needsSync: false, isMemoryOnly: true });
    expect(queue.oldest?.resolve).toBeUndefined();
  });

  it('works after more transactions have waited than it keeps places for', () => {
    const queue = new PendingQueue();
    for (let round = 0; round < 2; round++) {
      for (let seq = 1; seq <= 20_000; seq++) void queue.add(seq, ended(seq), true, false, seq);
      for (let seq = 1; seq <= 20_000; seq++) {
        if (queue.oldest?.seq !== seq) throw new RangeError(`${queue.oldest?.seq} instead of ${seq}`);
        queue.shift();
      }
      expect(queue.count).toBe(0);
    }
  });
});
