/**
 * Nodes that write against each other, by a clock that goes on when nothing is left to do: so what an engine answers in
 * takes exactly as long as it is said here, and the load of the machine changes nothing.
 */
import { openDatabase } from '../../../generated/index.js';
import { sleep } from '../../runtime/src/time/real-time.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { MemoryLog } from '../src/engines/memory/memory-engine.js';
import { nodeOptions } from '../src/journal-options.js';
import { DistantEngine } from './support/distant-engine.js';
import { VirtualTime } from './support/virtual-time.js';

const APPEND_MS = 3;

type Db = Awaited<ReturnType<typeof openDatabase>>;

/** As random as these tests need it: each run is the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

class Cluster {
  readonly log = new MemoryLog();
  readonly engines: DistantEngine[] = [];
  readonly nodes: Db[] = [];
  readonly random = randomFrom(7);
  readonly #journal: ClusterJournal;
  #idCount = 0;

  constructor(tellsOfWaiting: boolean) {
    const { random } = this;
    this.#journal = new ClusterJournal(() => {
      const engine = new DistantEngine(this.log, { appendMs: APPEND_MS, tellsOfWaiting, random });
      this.engines.push(engine);
      return engine;
    }, nodeOptions({}));
  }

  async open(): Promise<Db> {
    const db = await openDatabase({ memory: true, journal: this.#journal });
    this.nodes.push(db);
    return db;
  }

  /** One transaction. */
  write(db: Db): Promise<unknown> {
    return db.transaction((tx) => {
      for (let left = 10; left > 0; left--) tx.club.insert({ id: `c${++this.#idCount}`, name: 'FC' });
    });
  }

  /** Transactions that were acknowledged, and the longest that one took. */
  async writeFor(time: VirtualTime, db: Db, width: number, ms: number): Promise<{ count: number; longestMs: number }> {
    const endMs = time.nowMs() + ms;
    let [count, longestMs] = [0, 0];
    const loop = async (): Promise<void> => {
      while (time.nowMs() < endMs) {
        const beganMs = time.nowMs();
        await this.write(db);
        longestMs = Math.max(longestMs, time.nowMs() - beganMs);
        count++;
      }
    };
    await Promise.all(Array.from({ length: width }, loop));
    return { count, longestMs };
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((db) => db.close()));
  }
}

/** What so many nodes wrote, each four transactions at a time, and what each then shows. */
function contend(nodeCount: number, tellsOfWaiting: boolean) {
  return VirtualTime.during(async (time) => {
    const cluster = new Cluster(tellsOfWaiting);
    for (let index = 0; index < nodeCount; index++) await cluster.open();
    const written = await Promise.all(cluster.nodes.map((db) => cluster.writeFor(time, db, 4, 400)));
    await Promise.all(cluster.nodes.map((db) => db.barrier()));
    const shown = cluster.nodes.map((db) => db.club.count());
    await cluster.close();
    const counts = written.map(({ count }) => count);
    const total = counts.reduce((sum, count) => sum + count, 0);
    expect(shown).toEqual(counts.map(() => total * 10));
    const lostCount = cluster.engines.reduce((sum, engine) => sum + engine.lostCount, 0);
    return { counts, total, lostCount, longestMs: Math.max(...written.map(({ longestMs }) => longestMs)) };
  });
}

describe.each([
  ['hear of those that wait', true],
  ['do not hear of those that wait', false],
])('nodes that write against each other and %s', (_, tellsOfWaiting) => {
  it('keep most of what one of them writes alone, and share it', async () => {
    const alone = await contend(1, tellsOfWaiting);
    const four = await contend(4, tellsOfWaiting);
    expect(four.total).toBeGreaterThan(alone.total * 0.8);
    // Nobody starves, and nobody waits for more than some turns.
    for (const count of four.counts) expect(count).toBeGreaterThan(four.total / 10);
    expect(four.longestMs).toBeLessThan(250);
    expect(four.lostCount).toBeLessThan(four.total / 4);
  });

  it('let one in that begins to write beside one that never pauses', async () => {
    const waitedMs = await VirtualTime.during(async (time) => {
      const cluster = new Cluster(tellsOfWaiting);
      const [busy, late] = [await cluster.open(), await cluster.open()];
      // One write at a time: the next is there as soon as the one before has landed.
      const writing = cluster.writeFor(time, busy, 1, 700);
      await sleep(100);
      const beganMs = time.nowMs();
      await cluster.write(late);
      const ms = time.nowMs() - beganMs;
      const { count } = await writing;
      expect(count).toBeGreaterThan(150);
      await cluster.close();
      return ms;
    });
    expect(waitedMs).toBeLessThan(tellsOfWaiting ? 60 : 300);
  });
});

it('a node that dies during its turn costs the others no more than its claim', async () => {
  const waitedMs = await VirtualTime.during(async (time) => {
    const cluster = new Cluster(true);
    const [dying, other] = [await cluster.open(), await cluster.open()];
    const writing = [cluster.writeFor(time, dying, 4, 200), cluster.writeFor(time, other, 4, 200)];
    await Promise.all(writing);
    // Its turn begins, and nothing comes after its first frame.
    void cluster.writeFor(time, dying, 4, 1_000).catch(() => undefined);
    const { head } = cluster.log;
    while (cluster.log.head === head) await sleep(0.1);
    cluster.engines[0]!.isDead = true;
    const beganMs = time.nowMs();
    await cluster.write(other);
    const ms = time.nowMs() - beganMs;
    await other.close();
    return ms;
  });
  expect(waitedMs).toBeLessThan(100);
});

it('a node that writes alone never waits, although others wrote before', async () => {
  await VirtualTime.during(async (time) => {
    const cluster = new Cluster(true);
    const [first, second] = [await cluster.open(), await cluster.open()];
    await Promise.all([cluster.writeFor(time, first, 1, 50), cluster.writeFor(time, second, 1, 50)]);
    await sleep(1_100);
    const { count, longestMs } = await cluster.writeFor(time, first, 1, 400);
    expect(longestMs).toBeLessThan(APPEND_MS + 1);
    expect(count).toBeGreaterThan(100);
    await cluster.close();
  });
});
