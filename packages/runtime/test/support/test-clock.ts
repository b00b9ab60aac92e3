/**
 * A clock that the test turns: `Date` and timers stand still until it does. Promises and `setImmediate` go on, so that
 * files, group commit and the event loop work as ever. For what ends at a time: on a real clock a pause of the machine
 * in the wrong place changes what a test sees.
 */

/** Stops `Date` and the timers of the running test; they are real again after it. */
export function stopClock(): void {
  jest.useFakeTimers({ doNotFake: ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
}

/** Lets time go by, with the timers that are due and what follows from them. */
export async function letPass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

/** Turns of the event loop: frames that were gathered are written, work in slices goes on. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
