/**
 * The whole engine over a disk that fails or loses power at any call: memory, promises, events and files must tell one
 * story. After a failure memory is the state of some prefix that holds all that was answered; so is what is found on
 * reopening; listeners have heard exactly the answered prefix.
 */
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import type { Change } from '../../src/feed/change.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { repeats } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase, player } from '../support/open-players.js';

const RUN_COUNT = repeats('NUTHATCH_ENGINE_FAULTS', 300);
const DIRECTORY = '/data';

type Write = { readonly kind: 'put' | 'delete'; readonly id: number; readonly age: number };

const write: fc.Arbitrary<Write> = fc.record({
  kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
  id: fc.nat(7),
  age: fc.nat(90),
});
const plan = fc.record({
  transactions: fc.array(
    fc.record({
      writes: fc.array(write, { minLength: 1, maxLength: 4 }),
      level: fc.constantFrom('fsync' as const, 'os' as const),
      waits: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  failAt: fc.nat(60),
  isPermanent: fc.boolean(),
  isShortWrite: fc.boolean(),
  luck: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
});

function stateOf(db: PlayerDatabase): string {
  return JSON.stringify(
    db.player
      .all()
      .all()
      .map(({ id, age, clubs }) => `${id} ${age} ${clubs.join()}`)
      .sort(),
  );
}

/** Every index agrees with the documents. */
function checkIndexes(db: PlayerDatabase): void {
  const all = db.player.all().all();
  for (const held of all) expect(db.player.findByEmail(held.email)).toBe(held);
  const { indexes } = db.stats().collections['player'] as { indexes: Record<string, { entryCount: number }> };
  expect(Object.values(indexes).map(({ entryCount }) => entryCount)).toEqual([
    all.length,
    all.length,
    all.length,
    all.length,
    0,
    all.length,
  ]);
  expect(db.player.all().orderBy('age').all()).toHaveLength(all.length);
}

describe('the engine over a disk that fails', () => {
  it('keeps what it answered, forgets what it took back, and opens again', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ transactions, failAt, isPermanent, isShortWrite, luck }) => {
        const fileSystem = new FaultFileSystem();
        const db = await openPlayers({ directory: DIRECTORY, fileSystem, pageBytes: 4096 });
        fileSystem.calls.length = 0;
        fileSystem.plan = { failAt, isPermanent, isShortWrite };
        const heard: Change[] = [];
        db.subscribe((change) => heard.push(change));
        const states = [stateOf(db)];
        let answeredSeq = 0;
        let syncedSeq = 0;
        const answers: Promise<void>[] = [];
        for (const { writes, level, waits } of transactions) {
          if (db.state !== 'open') break;
          const seqBefore = db.seq;
          const promise = db.transaction(
            (tx) => {
              for (const { kind, id, age } of writes) {
                if (kind === 'delete') tx.player.delete(`p${id}`);
                else tx.player.upsert(player(`p${id}`, { age, clubs: [`c${age % 3}`] }));
              }
            },
            { durability: level },
          );
          const seq = Number(db.seq);
          if (db.seq > seqBefore) states[seq] = stateOf(db);
          const answer = promise.then(
            () => {
              answeredSeq = Math.max(answeredSeq, seq);
              if (level === 'fsync' && seq > Number(seqBefore)) syncedSeq = Math.max(syncedSeq, seq);
            },
            (error: unknown) => {
              if (!DatabaseError.is(error, 'DATABASE_FAILED')) throw error;
            },
          );
          answers.push(answer);
          if (waits) await answer;
        }
        await Promise.all(answers);

        // Every promise has settled: memory is the state of the answered prefix, and that is what was announced.
        expect(stateOf(db)).toBe(states[answeredSeq]);
        checkIndexes(db);
        expect(heard.every(({ seq }) => seq <= BigInt(answeredSeq))).toBe(true);
        if (db.state === 'failed')
          await expect(db.player.insert(player('late'))).rejects.toMatchObject({ code: 'DATABASE_FAILED' });

        let draw = 0;
        fileSystem.crash(() => luck[draw++ % luck.length] as number);
        const again = await openPlayers({ directory: DIRECTORY, fileSystem, pageBytes: 4096 });
        const lastSeq = again.recovery?.lastSeq as number;
        expect(lastSeq).toBeGreaterThanOrEqual(syncedSeq);
        expect(stateOf(again)).toBe(states[lastSeq]);
        checkIndexes(again);
        await again.player.insert(player('fresh'));
        await again.close();
      }),
      { numRuns: RUN_COUNT },
    );
  }, 3_600_000);
});
