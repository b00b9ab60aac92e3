import { measureBy } from '../time/real-time.js';
import { runSteps, runStepsInSlices, type Steps } from './steps.js';

function* countTo(end: number, each: () => void): Steps<number> {
  for (let count = 0; count < end; count++) {
    each();
    yield;
  }
  return end;
}

describe('Steps', () => {
  it('are run to the end in one go', () => {
    let count = 0;
    expect(runSteps(countTo(5, () => count++))).toBe(5);
    expect(count).toBe(5);
  });

  it('give the loop a turn whenever a slice is over by the clock', async () => {
    let nowMs = 0;
    const giveBack = measureBy(() => nowMs);
    const counts: number[] = [];
    let count = 0;
    let isDone = false;
    const look = (): void => {
      counts.push(count);
      if (!isDone) setImmediate(look);
    };
    setImmediate(look);
    await runStepsInSlices(
      countTo(12, () => {
        count++;
        nowMs++;
      }),
      3,
    );
    isDone = true;
    giveBack();
    expect(counts.slice(0, 4)).toEqual([3, 6, 9, 12]);
  });

  it('end with what a step throws', async () => {
    const fail = (): void => {
      throw new RangeError('no');
    };
    expect(() => runSteps(countTo(1, fail))).toThrow(RangeError);
    await expect(runStepsInSlices(countTo(1, fail), 1)).rejects.toThrow(RangeError);
  });
});
