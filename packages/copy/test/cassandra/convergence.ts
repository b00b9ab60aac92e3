/** Whatever is cut off, repeated or out of step: the next run ends in the documents of the database. */
import fc from 'fast-check';
import { openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { completeAt, copyTo, mirror, type StoreChange, shapesOf, summaryOfStore } from '../../src/index.js';
import { type CassandraRun, callsOf, cutOff, expectQueryTables, storeOf } from './cassandra-place.js';

const MOMENT_COUNT = 20;
const KEYSPACE = 'convergence';

const player = (number: number, version: number) => ({
  id: `p${number}`,
  email: `${number}.${version % 3}@x.io`,
  clubs: [`c${version % 4}`, `d${number % 2}`],
  age: (number + version) % 50,
  joinedAt: new Date(version),
  name: 'x'.repeat(1 + (version % 5)),
});

export function describeConvergence(run: CassandraRun): void {
  describe('a cut off copy to Cassandra', () => {
    const [shape] = shapesOf([playerDefinition]);

    it(`is known as such at ${MOMENT_COUNT} moments, and the next one is whole`, async () => {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany(Array.from({ length: 25 }, (_, number) => player(number, 0)));
      const options = { collections: ['player'], batchRowCount: 6 } as const;
      await copyTo(db, storeOf(run.client, KEYSPACE), options);
      await db.player.update('p1', { age: 1 });
      const callCount = await callsOf(run.client, (client) => copyTo(db, storeOf(client, KEYSPACE), options));
      for (let moment = 1; moment <= MOMENT_COUNT; moment++) {
        for (let number = moment; number < 25; number += 5) await db.player.upsert(player(number, moment));
        await db.player.delete(`p${moment}`);
        await db.player.insert(player(moment + 100, moment));
        const client = cutOff(run.client, Math.floor((callCount * moment) / (MOMENT_COUNT + 1)));
        await expect(copyTo(db, storeOf(client, KEYSPACE), options)).rejects.toMatchObject({ code: 'COPY_FAILED' });
        // Cut off again and again without a whole copy between; every fifth time the next one runs through.
        if (moment % 5 !== 0) continue;
        await copyTo(db, storeOf(run.client, KEYSPACE), options);
        await expectQueryTables(run.client, KEYSPACE, shape!, db.player.all().all());
      }
    });

    it('ends in the newest documents when batches of changes are cut off, cut otherwise and repeated', async () => {
      const store = storeOf(run.client, 'mirrored');
      await store.create([shape!]);
      let base = 0n;
      const step = fc.record({ number: fc.nat(5), version: fc.nat(11), isDelete: fc.boolean() });
      const attempts = fc.array(
        fc.record({ from: fc.nat(100), size: fc.integer({ min: 1, max: 9 }), calls: fc.nat(60) }),
        {
          maxLength: 4,
        },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), attempts, async (steps, tries) => {
          base += 1_000n;
          const first = base;
          const empty = await store.begin(shape!, completeAt(shape!, 'history', first));
          await empty.finish(completeAt(shape!, 'history', first));
          const changes = steps.map(({ number, version, isDelete }, at): StoreChange => {
            const document = isDelete ? undefined : withLength(player(number, version));
            return { shape: shape!, key: [`p${number}`], document, seq: first + BigInt(at + 1) };
          });
          // What was applied before is at most a prefix: a mirror goes back to its last position and goes on.
          let applied = 0;
          for (const { from, size, calls } of [...tries, { from: 0, size: 3, calls: 100_000 }]) {
            const broken = storeOf(cutOff(run.client, calls), 'mirrored');
            let at = Math.min(from, applied);
            try {
              for (; at < changes.length; at += size) {
                applied = Math.max(applied, Math.min(at + size, changes.length));
                await broken.apply(lastOfEach(changes.slice(at, at + size)), []);
              }
            } catch (error) {
              expect(error).toMatchObject({ code: 'COPY_FAILED' });
            }
          }
          const due = lastOfEach(changes).flatMap(({ document }) => document ?? []);
          expect((await summaryOfStore(store, shape!)).count).toBe(due.length);
          const page = await store.readPage(shape!, undefined, 100);
          expect(page.documents.map(text).sort()).toEqual(due.map(text).sort());
          await expectQueryTables(run.client, 'mirrored', shape!, due);
        }),
        { numRuns: process.env['NUTHATCH_NIGHTLY'] ? 300 : 12 },
      );
    });

    it('is kept in step by a mirror, deletes and moved values included, and by the next mirror after it', async () => {
      await using db = await openDatabase({ memory: true });
      const store = storeOf(run.client, 'in_step');
      for (let round = 0; round < 3; round++) {
        await using following = mirror(db, store, { collections: ['player'] });
        for (let number = 0; number < 40; number++) {
          await db.player.upsert(player(number, round * 7 + number));
          if (number % 4 === round) await db.player.delete(`p${number}`);
        }
        await following.caughtUp();
        expect(following.status()).toMatchObject({ lagCount: 0, appliedSeq: db.seq });
        await expectQueryTables(run.client, 'in_step', shape!, db.player.all().all());
        const summary = await summaryOfStore(store, shape!);
        expect(summary.count).toBe(db.player.size);
      }
    });

    it('equals the snapshot although writes go on', async () => {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany(Array.from({ length: 400 }, (_, number) => player(number, 1)));
      let isCopying = true;
      const writing = (async () => {
        for (let number = 0; isCopying; number++) {
          await db.player.upsert(player(number % 500, number));
          if (number % 7 === 0) await db.player.delete(`p${number % 500}`);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      })();
      // `copyTo` compares count and checksum with its snapshot.
      const report = await copyTo(db, storeOf(run.client, 'busy'), { collections: ['player'], batchRowCount: 50 });
      isCopying = false;
      await writing;
      expect(report.seq).toBeLessThan(db.seq);
      expect(report.collections[0]?.checksum).toMatch(/^[0-9a-f]{16}$/);
    });
  });
}

/** A document as the engine has it, with the getter that an index uses. */
function withLength(fields: ReturnType<typeof player>) {
  return { ...fields, nameLength: fields.name.length };
}

function lastOfEach(changes: readonly StoreChange[]): StoreChange[] {
  return [...new Map(changes.map((change) => [String(change.key), change])).values()];
}

const text = (document: object): string => {
  const { nameLength: _nameLength, ...fields } = document as Record<string, unknown>;
  return JSON.stringify(Object.entries(fields).sort());
};
