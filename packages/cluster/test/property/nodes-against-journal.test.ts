/**
 * Nodes that write at random over an engine that loses answers, keeps them waiting and goes away, and that are killed
 * and opened again. What holds at the end: every acknowledged write is in the journal exactly once, no refused one is,
 * unique values have one holder, and every node shows the same.
 */
import fc from 'fast-check';
import { openDatabase } from '../../../../generated/index.js';
import { MemoryFileSystem } from '../../../runtime/src/file-system/memory-file-system.js';
import { sleep } from '../../../runtime/src/time/real-time.js';
import { repeats } from '../../../runtime/test/support/long-run.js';
import { ClusterJournal } from '../../src/cluster-journal.js';
import { MemoryEngine, MemoryLog } from '../../src/engines/memory/memory-engine.js';
import { nodeOptions } from '../../src/journal-options.js';
import { VirtualTime } from '../support/virtual-time.js';

const NODES = 3;
const KEYS = 8;
/** So much is kept for a node that was silent for a while. */
const KEPT_BYTES = 6_000;

type Db = Awaited<ReturnType<typeof openDatabase>>;

/** Faults by a list of random numbers: 0 loses the question, 1 the answer, 2 is silent for long, others wait a little. */
class Weather {
  #at = 0;
  isFair = false;
  constructor(readonly numbers: readonly number[]) {}
  next(): number {
    if (this.isFair) return 9;
    // In the end the weather clears up: nobody waits for an engine that never answers.
    return this.numbers[this.#at++] ?? 9;
  }
}

function engineOver(log: MemoryLog, weather: Weather): MemoryEngine {
  let lot = 9;
  return new MemoryEngine(log, {
    before: async (call) => {
      lot = weather.next();
      if (lot > 1 && lot < 6) await sleep(lot === 2 ? 400 : lot);
      if (lot === 0 && call !== 'open') throw new Error('the question is lost');
    },
    after: async (call) => {
      if (lot > 5 && lot < 8) await sleep(lot);
      if (lot === 1 && call !== 'open') throw new Error('the answer is lost');
    },
  });
}

/** The last record of a frame, of one or two bytes. */
function hasClaim(frame: Uint8Array): boolean {
  return (frame.at(-6) === 141 && frame.at(-5) === 1) || (frame.at(-7) === 141 && frame.at(-6) === 2);
}

const step = fc.record({
  node: fc.nat(NODES - 1),
  kind: fc.constantFrom('insert', 'update', 'count', 'delete', 'swap', 'pause', 'kill'),
  key: fc.nat(KEYS - 1),
  other: fc.nat(KEYS - 1),
});

describe('nodes over one journal', () => {
  it('lose nothing that was acknowledged, keep nothing that was refused, and agree', async () => {
    let [images, claims] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.array(fc.nat(30), { maxLength: 300 }),
        fc.constantFrom(2_000, 10_000, 2 ** 30),
        (steps, numbers, imageBytes) =>
          VirtualTime.during(async () => {
            const log = new MemoryLog();
            const weather = new Weather(numbers);
            const files = Array.from({ length: NODES }, () => new MemoryFileSystem());
            const journal = new ClusterJournal(
              () => engineOver(log, weather),
              nodeOptions({ unreachableMs: 60_000, imageBytes, retentionMs: 0, retentionBytes: KEPT_BYTES }, 0),
            );
            const open = (index: number): Promise<Db> =>
              openDatabase({ directory: '/node', journal, fileSystem: files[index]!, compaction: 'manual' });
            const nodes = await Promise.all(Array.from({ length: NODES }, (_, index) => open(index)));
            const settled: Promise<unknown>[] = [];
            /** Counted by commands that were acknowledged, and refused. */
            let counted = 0;
            const names = { acknowledged: new Set<string>(), refused: new Set<string>() };
            let nameCount = 0;
            const note = (name: string, write: Promise<unknown>): void => {
              settled.push(
                write.then(
                  () => names.acknowledged.add(name),
                  (error: { code?: string }) => {
                    expect(['DUPLICATE_KEY', 'DOCUMENT_NOT_FOUND', 'DATABASE_CLOSED']).toContain(error.code);
                    names.refused.add(name);
                  },
                ),
              );
            };
            await nodes[0]!.match.insert({ home: 'log', away: 'log', playedAt: new Date(0) });
            await Promise.all(nodes.map((db) => db.caughtUp(1n)));
            for (const { node, kind, key, other } of steps) {
              const db = nodes[node]!;
              const id = `p${key}`;
              const name = `n${++nameCount}`;
              if (kind === 'insert')
                note(
                  name,
                  db.transaction((tx) => {
                    tx.club.insert({ id: name, name: 'trace' });
                    tx.player.insert({ id, email: `e${other}@x.org`, age: 1, name });
                  }),
                );
              else if (kind === 'update')
                note(
                  name,
                  db.transaction((tx) => {
                    tx.club.insert({ id: name, name: 'trace' });
                    tx.player.update(id, { email: `e${other}@x.org` });
                  }),
                );
              else if (kind === 'delete')
                note(
                  name,
                  db.transaction((tx) => {
                    tx.club.insert({ id: name, name: 'trace' });
                    tx.player.delete(id);
                  }),
                );
              else if (kind === 'count') {
                const write = db.match.update(1, (match) => ({ goals: [...match.goals, node] }));
                settled.push(write.then(() => counted++));
              } else if (kind === 'swap')
                note(
                  name,
                  db.transaction((tx) => {
                    tx.club.insert({ id: name, name: 'trace' });
                    const [one, two] = [tx.player.get(id), tx.player.get(`p${other}`)];
                    if (one === undefined || two === undefined || one.id === two.id) return;
                    tx.player.update(one.id, { email: two.email });
                    tx.player.update(two.id, { email: one.email });
                  }),
                );
              else if (kind === 'pause') await sleep(other);
              else {
                await Promise.all(settled);
                await db.close();
                nodes[node] = await open(node);
              }
            }
            await Promise.all(settled);
            weather.isFair = true;
            await Promise.all(nodes.map((db) => db.barrier()));
            const shown = nodes.map((db) => ({
              seq: db.seq,
              players: db.player.find({}).orderBy('id').all(),
              clubs: db.club.find({}).orderBy('id').all(),
              goals: db.match.get(1)?.goals,
              // By the indexes, too.
              holders: Array.from({ length: KEYS }, (_, index) => db.player.findByEmail(`e${index}@x.org`)?.id),
            }));
            for (const other of shown.slice(1)) expect(other).toEqual(shown[0]);
            const { clubs, goals, players } = shown[0]!;
            const traces = new Set(clubs.map(({ id }) => id));
            for (const name of names.acknowledged) expect(traces.has(name)).toBe(true);
            for (const name of names.refused) expect(traces.has(name)).toBe(false);
            expect(goals?.length).toBe(counted);
            expect(new Set(players.map(({ email }) => email)).size).toBe(players.length);
            await Promise.all(nodes.map((db) => db.close()));
            images += log.images.length;
            claims += log.frames.filter(({ bytes }) => hasClaim(bytes)).length;
            // One that comes later, and one that comes back, show the same.
            const late = await openDatabase({ memory: true, journal });
            const again = await open(0);
            for (const db of [late, again]) {
              expect(db.seq).toBe(shown[0]!.seq);
              expect(db.player.find({}).orderBy('id').all()).toEqual(players);
              expect(db.match.get(1)?.goals).toEqual(goals);
              await db.close();
            }
          }),
      ),
      { numRuns: repeats('NUTHATCH_NODE_HISTORIES', 25) },
    );
    expect(images).toBeGreaterThan(0);
    expect(claims).toBeGreaterThan(0);
  });
});
