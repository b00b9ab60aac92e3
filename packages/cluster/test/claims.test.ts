/** Claims in frames: their bytes, which every version reads or skips, and what nodes make of them. */
import { frameCrcSeed, fromHex } from '@nuthatch/runtime/cluster';
import { FrameTransactions } from '../../runtime/src/recovery/frame-transactions.js';
import { FrameDraft } from '../src/node/frame-draft.js';
import { startOf } from '../src/node/frame-place.js';
import { Turns } from '../src/node/turns.js';

const UUID = '0123456789abcdef0123456789abcdef';
const MAKER = { crcSeed: frameCrcSeed(fromHex(UUID)), epoch: 1 };

/** Never change: nodes of several versions read them. */
it.each([
  [0, '8d0100000000'],
  [20, '8d0100000014'],
  [300, '8d02000000ac02'],
])('a claim of %d ms has its bytes', (claimMs, hex) => {
  const { bytes } = new FrameDraft().seal(startOf(UUID), MAKER, 0, claimMs);
  expect(Buffer.from(bytes.subarray(96)).toString('hex')).toBe(hex);
});

it('a reader that asks for no claims skips them', async () => {
  const { bytes, place } = new FrameDraft().seal(startOf(UUID), MAKER, 0, 300);
  const frames = new FrameTransactions({} as never, 'keep', async () => undefined);
  const read = [];
  for await (const transaction of frames.of(bytes.subarray(96), 1)) read.push(transaction);
  expect(read).toEqual([]);
  expect(place).toMatchObject({ position: 1, seq: 0 });
});

describe('turns', () => {
  const land = (turns: Turns, position: number, nowMs: number): number | undefined => {
    const claimMs = turns.claim(nowMs, true);
    turns.landed({ position, claimMs, answerMs: 1 }, nowMs + 1, true);
    return claimMs;
  };

  it('say nothing while nobody else writes', () => {
    const turns = new Turns(1, true);
    for (let position = 1; position < 1_000; position++) {
      expect(turns.waitMs(position)).toBe(0);
      expect(land(turns, position, position)).toBeUndefined();
    }
  });

  it('end after a while, and let one that waits go first', () => {
    const turns = new Turns(1, true);
    turns.requested(0);
    let nowMs = 2;
    const claims: (number | undefined)[] = [];
    for (let position = 1; turns.waitMs(nowMs) === 0 && position < 100; position++, nowMs++)
      claims.push(land(turns, position, nowMs));
    expect(claims.at(-1)).toBe(0);
    expect(claims.length).toBeGreaterThan(10);
    expect(claims.slice(0, -1).every((claimMs) => claimMs! >= 10)).toBe(true);
    expect(turns.waitMs(nowMs)).toBeGreaterThan(1);
    expect(turns.waitMs(nowMs + 10)).toBe(0);
  });

  it('of others are waited for, no longer than they claim, nor for more than a quarter of a second', () => {
    const turns = new Turns(1, true);
    turns.arrived({ epoch: 2, position: 1, claimMs: 30 }, 100);
    expect(turns.waitMs(110)).toBe(20);
    expect(turns.waitMs(130)).toBe(0);
    turns.arrived({ epoch: 2, position: 2, claimMs: undefined }, 140);
    expect(turns.waitMs(140)).toBe(0);
    turns.arrived({ epoch: 3, position: 3, claimMs: 2 ** 32 }, 150);
    expect(turns.waitMs(150)).toBe(250);
  });

  it('of one that never ends are not waited for after a second', () => {
    const turns = new Turns(1, true);
    for (let nowMs = 0; nowMs <= 1_000; nowMs += 10) {
      turns.arrived({ epoch: 2, position: nowMs + 1, claimMs: 100 }, nowMs);
      expect(turns.waitMs(nowMs)).toBe(100);
    }
    turns.arrived({ epoch: 2, position: 2_000, claimMs: 100 }, 1_010);
    expect(turns.waitMs(1_010)).toBe(0);
  });

  it('go to the node that has waited longest', () => {
    const [first, second] = [new Turns(1, true), new Turns(2, true)];
    land(first, 1, 0);
    first.arrived({ epoch: 2, position: 2, claimMs: 0 }, 10);
    land(second, 2, 9);
    second.arrived({ epoch: 1, position: 1, claimMs: 0 }, 8);
    for (const turns of [first, second]) turns.arrived({ epoch: 3, position: 3, claimMs: 0 }, 20);
    expect(first.waitMs(20)).toBe(0);
    expect(second.waitMs(20)).toBeGreaterThan(1);
    // The first had nothing to write, and the third went again: then nobody waits for the first.
    second.arrived({ epoch: 3, position: 4, claimMs: undefined }, 30);
    expect(second.waitMs(40)).toBe(0);
  });
});
