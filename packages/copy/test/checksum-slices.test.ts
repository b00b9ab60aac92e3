/** Summing up a collection gives the event loop its turns. The clock is the test's: each look at it costs a millisecond. */

import { realTime } from '@nuthatch/runtime';
import { playerDefinition } from '../../../generated/index.js';
import { CollectionChecksum, type CollectionShape, shapesOf } from '../src/index.js';

const DOCUMENTS = 2_000;
const MAX_MS = 5;
/** Documents between two looks at the clock, at most: about a tenth of a millisecond. */
const MAX_PER_LOOK = 16;

it('sums documents up in slices that end by the clock, to the same sum as at once', async () => {
  const [shape] = shapesOf([playerDefinition]) as [CollectionShape];
  const players = Array.from({ length: DOCUMENTS }, (_, number) => ({
    id: `p${number}`,
    email: `${number}@x.io`,
    age: number % 90,
    name: `P ${number}`,
    clubs: ['a'],
    joinedAt: new Date(number),
  }));
  const atOnce = new CollectionChecksum(shape);
  for (const one of players) atOnce.add(one);

  let nowMs = 0;
  const giveBack = realTime.measureBy(() => ++nowMs);
  let handedOut = 0;
  let most = 0;
  function* counted(): Iterable<object> {
    for (const one of players) {
      handedOut++;
      yield one;
    }
  }
  const inSlices = new CollectionChecksum(shape);
  let isDone = false;
  const watching = (async () => {
    for (let last = 0; !isDone; last = handedOut) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, handedOut - last);
    }
  })();
  try {
    await inSlices.addAll(counted());
  } finally {
    isDone = true;
    await watching;
    giveBack();
  }
  expect(inSlices.summary).toEqual(atOnce.summary);
  expect(inSlices.summary.count).toBe(DOCUMENTS);
  expect(most).toBeLessThanOrEqual(MAX_MS * MAX_PER_LOOK);
});
