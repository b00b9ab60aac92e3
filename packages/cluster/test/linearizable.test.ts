/**
 * Histories of a register over three nodes, with reads behind `barrier()`: they are linearizable.
 *
 * All writes have one order, their seqs, and a read shows the state at some seq. So it is enough to check real time: an
 * operation that began after another one had ended stands behind it: a read at its seq or later, a write later.
 */
import { openDatabase } from '../../../generated/index.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { MemoryEngine, MemoryLog } from '../src/engines/memory/memory-engine.js';
import { nodeOptions } from '../src/journal-options.js';

interface Operation {
  readonly kind: 'write' | 'read';
  readonly began: number;
  readonly ended: number;
  readonly seq: number;
}

const OPERATIONS = 60;

const turns = async (most: number): Promise<void> => {
  for (let left = Math.floor(Math.random() * most); left > 0; left--)
    await new Promise((resolve) => setImmediate(resolve));
};

/** What three nodes answered to four clients. */
async function history(isBehindBarriers: boolean): Promise<readonly Operation[]> {
  const log = new MemoryLog();
  const slow = { before: () => turns(6), after: () => turns(6) };
  const journal = new ClusterJournal(() => new MemoryEngine(log, slow), nodeOptions({}));
  const nodes = await Promise.all([0, 1, 2].map(() => openDatabase({ memory: true, journal })));
  const shown = nodes.map(() => 1);
  const seqs = new Map<number, number>();
  for (const [index, db] of nodes.entries())
    db.match.subscribe(({ seq, after }) => {
      shown[index] = Number(seq);
      seqs.set(after!.goals[0]!, Number(seq));
    });
  await nodes[0]!.match.insert({ home: 'a', away: 'b', playedAt: new Date(0), goals: [0] });
  await Promise.all(nodes.map((db) => db.caughtUp(1n)));
  let clock = 0;
  let value = 0;
  const operations: (Omit<Operation, 'seq'> & { readonly seq: () => number })[] = [];
  const client = async (): Promise<void> => {
    for (let count = 0; count < OPERATIONS; count++) {
      const index = Math.floor(Math.random() * nodes.length);
      const db = nodes[index]!;
      const began = ++clock;
      if (Math.random() < 0.4) {
        const written = ++value;
        await db.match.update(1, { goals: [written] });
        operations.push({ kind: 'write', began, ended: ++clock, seq: () => seqs.get(written)! });
      } else {
        if (isBehindBarriers) await db.barrier();
        const seq = shown[index]!;
        operations.push({ kind: 'read', began, ended: ++clock, seq: () => seq });
      }
      await turns(4);
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  await Promise.all(nodes.map((db) => db.close()));
  return operations.map(({ kind, began, ended, seq }) => ({ kind, began, ended, seq: seq() }));
}

function breachCount(operations: readonly Operation[]): number {
  let count = 0;
  for (const first of operations)
    for (const second of operations)
      if (first.ended < second.began && (second.kind === 'write' ? second.seq <= first.seq : second.seq < first.seq))
        count++;
  return count;
}

it('a register is linearizable for readers that wait at a barrier', async () => {
  for (let round = 0; round < 10; round++) expect(breachCount(await history(true))).toBe(0);
});

it('the check finds histories that are not: reads without a barrier may be behind', async () => {
  let found = 0;
  for (let round = 0; round < 10 && found === 0; round++) found += breachCount(await history(false));
  expect(found).toBeGreaterThan(0);
});
