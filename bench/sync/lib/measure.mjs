/**
 * The measurements of one peer at one size. Whatever a client answers is checked before its figure counts: after each image
 * and each series of updates it has every document, with its last value.
 */
import { withSides } from './child.mjs';

const LIVE_PAUSE_MS = 2;
/** Two numbers without a common divisor with any size; a burst is of documents all over the collection. */
const LIVE_STEP = 7_919;
const BURST_STEP = 104_729;

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
export const median = (values) =>
  share(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/**
 * Images, single updates and bursts.
 *
 * @param {{ documents: number, rounds: number, live: number, burst: number, timeoutMs: number,
 *   journalOf?: (round: number) => import('./peer.mjs').Journal }} options
 */
export function measureSync(peer, options) {
  const { documents, rounds, timeoutMs, journalOf } = options;
  return withSides(['server', 'client'], peer, timeoutMs, async (server, client) => {
    const port = await server.ask('open', documents);
    const images = [];
    for (let round = 0; round < rounds; round++) {
      const before = await cpuOf(server, client);
      const image = await client.ask('image', { port, documents, journal: journalOf?.(round) });
      const cpuUs = (await cpuOf(server, client)) - before;
      await client.ask('check', { documents, written: [] });
      images.push({ ...image, cpuUs });
      if (round < rounds - 1) await client.ask('close');
    }
    const written = [];
    const check = () => client.ask('check', { documents, written });
    const live = await liveDelays(server, client, options.live, written);
    await check();
    const bursts = [];
    for (let round = 0; round < rounds; round++) {
      bursts.push(
        await burstOf(server, client, { count: options.burst, step: BURST_STEP, base: -(round + 1) * 1e6 }, written),
      );
      await check();
    }
    await client.ask('close');
    await server.ask('close');
    return {
      imagePerSecond: (documents * 1000) / median(images.map(({ tookMs }) => tookMs)),
      imageCpuUs: median(images.map(({ cpuUs }) => cpuUs)) / documents,
      firstMs: median(images.map(({ firstMs }) => firstMs)),
      liveP50Ms: share(live, 0.5) / 1000,
      liveP99Ms: share(live, 0.99) / 1000,
      burstPerSecond: median(bursts.map(({ perSecond }) => perSecond)),
      burstCpuUs: median(bursts.map(({ cpuUs }) => cpuUs)),
    };
  });
}

async function cpuOf(...sides) {
  const spent = await Promise.all(sides.map((side) => side.ask('cpu')));
  return spent.reduce((sum, each) => sum + each, 0);
}

/** @returns microseconds from just before the write at the server to the change at the client, sorted */
async function liveDelays(server, client, count, written) {
  await client.ask('watch');
  const seen = client.ask('seen', count);
  written.push(...(await server.ask('live', { count, pauseMs: LIVE_PAUSE_MS, step: LIVE_STEP })));
  return (await seen).map(([createdAt, seenUs]) => seenUs - createdAt).sort((a, b) => a - b);
}

async function burstOf(server, client, options, written) {
  await client.ask('watch');
  const before = await cpuOf(server, client);
  const seen = client.ask('seen', options.count);
  const { beganUs, written: those } = await server.ask('burst', options);
  written.push(...those);
  const lastUs = Math.max(...(await seen).map(([, seenUs]) => seenUs));
  const cpuUs = (await cpuOf(server, client)) - before;
  return { perSecond: (options.count * 1e6) / (lastUs - beganUs), cpuUs: cpuUs / options.count };
}

/**
 * What silent clients cost.
 *
 * @param {{ documents: number, counts: readonly number[], live: number, timeoutMs: number }} options
 */
export function measureIdle(peer, { documents, counts, live, timeoutMs }) {
  return withSides(['server', 'idle', 'client'], peer, timeoutMs, async (server, idle, client) => {
    const port = await server.ask('open', documents);
    await client.ask('image', { port, documents });
    const none = await server.ask('memory');
    const steps = [];
    for (const count of counts) {
      const beganMs = performance.now();
      try {
        await idle.ask('open', { port, count, isFollowing: false });
      } catch (error) {
        // What fewer cost holds.
        if (steps.length === 0) throw error;
        return { steps };
      }
      const openedMs = performance.now() - beganMs;
      const { heap, rss } = await server.ask('memory');
      const delays = await liveDelays(server, client, live, []);
      steps.push({
        ...{ count, openedMs, p50Ms: share(delays, 0.5) / 1000 },
        heapKb: (heap - none.heap) / count / 1024,
        residentKb: (rss - none.rss) / count / 1024,
      });
    }
    await idle.ask('close');
    const count = counts.at(-1);
    await idle.ask('open', { port, count, isFollowing: true });
    const toldMs = [];
    for (let round = 0; round < 3; round++) {
      await idle.ask('forget');
      const told = idle.ask('told', count);
      const { beganUs } = await server.ask('burst', { count: 1, step: 1, base: -round - 1 });
      toldMs.push(((await told) - beganUs) / 1000);
    }
    return { steps, toldMs: median(toldMs) };
  });
}
