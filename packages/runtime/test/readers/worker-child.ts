/** A reader in a thread of its own, which compares what it shows with what the history says of that seq. */
import { setImmediate as turn } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openReader } from '../../src/database/readers/open-reader.js';
import type { Repositories, TransactionRepositories } from '../support/open-players.js';
import { playerDefinition } from '../support/player-definition.js';
import { advance, type PlayerState } from '../support/player-history.js';

export interface ReaderOrder {
  readonly port: MessagePort;
  /**
   * `idle`: it opens a reader and does nothing more; `waiting`: it waits for transaction 100, and for nothing else;
   * `wrongPort`: it gives its `parentPort` in the place of the port, and reports the code.
   */
  readonly mode: 'auto' | 'manual' | 'idle' | 'waiting' | 'wrongPort';
}

export interface ReaderReport {
  readonly checkCount: number;
  readonly lastSeq: number;
  readonly wrong: readonly string[];
  readonly state: string;
}

const order = workerData as ReaderOrder;

async function main(): Promise<void> {
  if (order.mode === 'wrongPort') {
    const code = await openReader([playerDefinition], parentPort!).catch((error: { code: string }) => error.code);
    parentPort!.postMessage({ kind: 'report', report: { state: code } });
    order.port.close();
    return;
  }
  const reader = await openReader<Repositories, TransactionRepositories>([playerDefinition], order.port, {
    advance: order.mode === 'manual' ? 'manual' : 'auto',
  });
  const expected: PlayerState = new Map();
  let expectedSeq = 0;
  let checkCount = 0;
  const wrong: string[] = [];
  parentPort!.postMessage({ kind: 'open', seq: Number(reader.seq) });
  if (order.mode === 'idle') return;
  if (order.mode === 'waiting') {
    await reader.caughtUp(100n);
    parentPort!.postMessage({ kind: 'report', report: { lastSeq: Number(reader.seq) } });
    return;
  }
  const check = (): void => {
    const seq = Number(reader.seq);
    if (seq < expectedSeq) wrong.push(`went back from ${expectedSeq} to ${seq}`);
    while (expectedSeq < seq) advance(expected, ++expectedSeq);
    checkCount++;
    const { player: players } = reader;
    if (players.size !== expected.size) wrong.push(`${players.size} documents at ${seq}, expected ${expected.size}`);
    for (const [id, { email, clubs, age, name, nick }] of expected) {
      const found = players.get(id);
      const isSame =
        found?.email === email &&
        found.age === age &&
        found.name === name &&
        found.nick === nick &&
        found.clubs.join() === clubs.join();
      if (!isSame) wrong.push(`${id} at ${seq}`);
      if (players.findByEmail(email) !== found) wrong.push(`${email} at ${seq}`);
    }
    const ages = players.all().orderBy('age').all();
    if (ages.length !== expected.size) wrong.push(`${ages.length} documents by age at ${seq}`);
    const ofA = [...expected.values()].filter(({ clubs }) => clubs.includes('a')).length;
    if (players.findByClubs('a').count() !== ofA) wrong.push(`count of club a at ${seq}`);
  };
  while (reader.state === 'open' && wrong.length === 0) {
    if (order.mode === 'manual') reader.advance();
    check();
    // Twice in one turn: nothing may have moved.
    if (order.mode === 'auto') check();
    await turn();
  }
  reader.advance();
  check();
  const report: ReaderReport = {
    checkCount,
    lastSeq: Number(reader.seq),
    wrong: wrong.slice(0, 5),
    state: reader.state,
  };
  parentPort!.postMessage({ kind: 'report', report });
  await reader.close();
}

void main();
