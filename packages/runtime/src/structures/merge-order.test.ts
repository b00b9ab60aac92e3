import fc from 'fast-check';
import { runSteps, STEP_COMPARISONS } from '../scheduling/steps.js';
import { sortPositions } from './merge-order.js';

describe('sortPositions', () => {
  it('sorts a part as a stable sort does, and leaves the rest alone', () => {
    const values = fc.array(fc.nat(30), { minLength: 300, maxLength: 1500 });
    fc.assert(
      fc.property(values, fc.nat(50), fc.nat(50), (given, before, behind) => {
        const order = Uint32Array.from(given.keys());
        const from = before;
        const to = given.length - behind;
        runSteps(sortPositions(order, from, to, (a, b) => (given[a] as number) - (given[b] as number)));
        const expected = [...given.keys()];
        const part = expected.slice(from, to).sort((a, b) => (given[a] as number) - (given[b] as number));
        expect([...order]).toEqual([...expected.slice(0, from), ...part, ...expected.slice(to)]);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it.each([
    ['falling', (index: number, count: number) => count - index],
    ['rising', (index: number) => index],
    ['equal', () => 0],
    ['in no order', (index: number) => Math.imul(index, 0x9e3779b1) >>> 0],
  ])('makes no more comparisons in a step than it may, of values that are %s', (_, heightOf) => {
    const count = 20_000;
    const order = Uint32Array.from({ length: count }, (__, index) => index);
    let comparisons = 0;
    let most = 0;
    const steps = sortPositions(order, 0, count, (a, b) => {
      comparisons++;
      return heightOf(a, count) - heightOf(b, count);
    });
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      most = Math.max(most, comparisons);
      comparisons = 0;
    }
    expect(most).toBeLessThanOrEqual(2 * STEP_COMPARISONS);
    expect(
      order.every((at, place) => place === 0 || heightOf(order[place - 1] as number, count) <= heightOf(at, count)),
    ).toBe(true);
  });
});
