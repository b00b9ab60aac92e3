import fc from 'fast-check';
import { ExpiryQueue } from './expiry-queue.js';

describe('ExpiryQueue', () => {
  it('gives items in order of expiry, and none before its time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), (times) => {
        const queue = new ExpiryQueue<string>();
        for (const [index, time] of times.entries()) queue.add('c', index, time);
        const taken: number[] = [];
        for (let item = queue.takeDue(500); item !== undefined; item = queue.takeDue(500)) taken.push(item.expiresAt);
        expect(taken).toEqual(times.filter((time) => time <= 500).sort((a, b) => a - b));
        expect(queue.size).toBe(times.length - taken.length);
      }),
    );
  });

  it('says when the soonest became sooner, only then', () => {
    const queue = new ExpiryQueue<string>();
    let count = 0;
    queue.onSooner = () => count++;
    for (const time of [5, 7, 3, 4]) queue.add('c', time, time);
    expect(count).toBe(2);
    expect(queue.soonest).toBe(3);
  });
});
