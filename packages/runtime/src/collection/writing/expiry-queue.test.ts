import fc from 'fast-check';
import { ExpiryQueue } from './expiry-queue.js';

describe('ExpiryQueue', () => {
  it('gives items in order of expiry, and no item before its time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), (times) => {
        const queue = new ExpiryQueue<string>(() => true);
        for (const [index, time] of times.entries()) queue.add('c', index, time);
        const taken: number[] = [];
        for (let item = queue.takeDue(500); item !== undefined; item = queue.takeDue(500)) taken.push(item.expiresAt);
        expect(taken).toEqual(times.filter((time) => time <= 500).sort((a, b) => a - b));
        expect(queue.size).toBe(times.length - taken.length);
      }),
    );
  });

  it('says when the soonest became sooner, only then', () => {
    const queue = new ExpiryQueue<string>(() => true);
    let count = 0;
    queue.onSooner = () => count++;
    for (const time of [5, 7, 3, 4]) queue.add('c', time, time);
    expect(count).toBe(2);
    expect(queue.soonest).toBe(3);
  });

  it('keeps about as many items as documents that expire, however often their expiry moves', () => {
    const ends = new Map<unknown, number>();
    const queue = new ExpiryQueue<string>(({ key, expiresAt }) => ends.get(key) === expiresAt);
    for (let write = 0; write < 50_000; write++) {
      const key = write % 1000;
      ends.set(key, 1_000_000 + ((write * 7919) % 50_000));
      queue.add('c', key, ends.get(key) as number);
    }
    expect(queue.size).toBeLessThan(2500);
    const taken: unknown[] = [];
    for (let item = queue.takeDue(Infinity); item !== undefined; item = queue.takeDue(Infinity))
      if (ends.get(item.key) === item.expiresAt) taken.push(item);
    expect(taken.length).toBe(1000);
    expect(taken).toEqual(
      [...taken].sort((a, b) => (a as { expiresAt: number }).expiresAt - (b as { expiresAt: number }).expiresAt),
    );
  });
});
