import { Pace } from './pace.js';

function work(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}

describe('the pace of background work', () => {
  it('is long while no write waits, and short as soon as one does', () => {
    let isWaitedFor = false;
    const pace = new Pace(60_000, () => isWaitedFor);
    work(5);
    expect(pace.isOver).toBe(false);
    isWaitedFor = true;
    expect(pace.isOver).toBe(true);
  });

  it('begins again after each pause, which lets the event loop turn', async () => {
    const pace = new Pace(60_000, () => true);
    work(5);
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    await pace.pause();
    expect(hasTurned).toBe(true);
    expect(new Pace(0, () => false).isOver).toBe(true);
  });

  it('rests after a sync only while somebody waits, and not for longer than a disk may hang', async () => {
    const restMs = async (isWaitedFor: boolean): Promise<number> => {
      const startMs = performance.now();
      await new Pace(2, () => isWaitedFor).rest(60_000);
      return performance.now() - startMs;
    };
    expect(await restMs(true)).toBeGreaterThan(40);
    expect(
      await Promise.race([restMs(false), new Promise((resolve) => setTimeout(resolve, 10_000, 60_000))]),
    ).toBeLessThan(10_000);
  });
});
