/**
 * One side of a measurement, in a process of its own: `side.mjs server|client|idle PEER`. Told what to do by messages
 * `[act, argument]`, answered by `[act, answer]`, or by `[act, undefined, error]`.
 */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { BenchError } from '../../lib/bench-error.mjs';
import { Workload } from '../../lib/workload.mjs';
import { loadPeer } from './peer.mjs';
import { requireSame } from './require-same.mjs';

/** The clock of the machine, one for all processes. */
const nowUs = () => Number(process.hrtime.bigint() / 1000n);
const cpuUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
/** Connections that are opened at once. */
const OPENED_TOGETHER = 100;

function serverSide(peer) {
  let server;
  let workload;
  const edit = (number, createdAt) => server.update(workload.id(number % workload.documents), createdAt);
  return {
    async open(documents) {
      workload = new Workload(documents);
      server = await peer.serve({ pages: workload.pages(), documents });
      return server.port;
    },
    /** One after the other, with pauses. @returns what was written: number of the document, value */
    async live({ count, pauseMs, step }) {
      const written = [];
      for (let index = 0; index < count; index++) {
        const number = (index * step) % workload.documents;
        const createdAt = nowUs();
        written.push([number, createdAt]);
        await edit(number, createdAt);
        await pause(pauseMs);
      }
      return written;
    },
    /** All at once, each a transaction of its own. */
    async burst({ count, step, base }) {
      const beganUs = nowUs();
      const written = [];
      const writes = [];
      for (let index = 0; index < count; index++) {
        const number = (index * step) % workload.documents;
        written.push([number, base + index]);
        writes.push(edit(number, base + index));
      }
      await Promise.all(writes);
      return { beganUs, written };
    },
    async memory() {
      for (let round = 0; round < 3; round++) {
        globalThis.gc();
        await pause(50);
      }
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heap: heapUsed + external, rss };
    },
    cpu: cpuUs,
    close: () => server.close(),
  };
}

function clientSide(peer) {
  let client;
  let seen = [];
  let stop;
  return {
    async image({ port, documents, journal }) {
      const beganUs = nowUs();
      let firstUs;
      client = await peer.connect({ port, journal, onFirst: () => (firstUs ??= nowUs()) });
      await client.ready();
      while ((await client.count()) < documents) await turn();
      const endUs = nowUs();
      return { tookMs: (endUs - beganUs) / 1000, firstMs: ((firstUs ?? endUs) - beganUs) / 1000 };
    },
    /** Every document of the client against what the server wrote. */
    async check({ documents, written }) {
      requireSame(new Workload(documents), await client.all(), new Map(written));
    },
    watch() {
      seen = [];
      stop = client.watch(({ createdAt }) => seen.push([createdAt, nowUs()]));
    },
    /** Waits for so many changes. @returns pairs of value and when it was seen */
    async seen(count) {
      while (seen.length < count) await pause(1);
      stop();
      return seen;
    },
    cpu: cpuUs,
    async close() {
      await client.close();
    },
  };
}

function idleSide(peer) {
  let ends = [];
  let told = 0;
  return {
    async open({ port, count, isFollowing }) {
      while (ends.length < count) {
        const from = ends.length;
        const opening = Array.from({ length: Math.min(OPENED_TOGETHER, count - from) }, (_, index) =>
          peer.idle({ port, index: from + index, isFollowing, onTold: () => told++ }),
        );
        ends.push(...(await Promise.all(opening)));
      }
    },
    forget() {
      told = 0;
    },
    /** When the last of so many has been told. */
    async told(count) {
      while (told < count) await turn();
      return nowUs();
    },
    close() {
      for (const end of ends) end();
      ends = [];
    },
  };
}

const [role, name] = process.argv.slice(2);
const sides = { server: serverSide, client: clientSide, idle: idleSide };
const acts = sides[role](await loadPeer(name));
process.on('message', async ([act, argument]) => {
  try {
    if (acts[act] === undefined) throw new BenchError(`${role} has no act ${act}`);
    process.send([act, await acts[act](argument)]);
  } catch (error) {
    process.send([act, undefined, error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  }
});
process.on('disconnect', () => process.exit(0));
process.send(['ready']);
