/** A copy that finds an earlier one writes what differs only, and one that was cut off goes on by document. */
import { openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { copyTo, shapesOf } from '../../src/index.js';
import { type CassandraRun, callsOf, cutOff, expectQueryTables, storeOf } from './cassandra-place.js';
import { player } from './changing-players.js';

export function describeByDocument(run: CassandraRun): void {
  describe('the next copy to Cassandra', () => {
    const options = { collections: ['player'], verify: 'none' } as const;
    const [shape] = shapesOf([playerDefinition]);
    const writesOf = async (act: Parameters<typeof callsOf>[1]): Promise<number> => {
      let count = 0;
      await callsOf(run.client, (client) =>
        act({
          execute: (query, params, given) => {
            if (/^(INSERT INTO|UPDATE|DELETE FROM) \S*"player/.test(query)) count++;
            return client.execute(query, params, given);
          },
          batch: (queries, given) => {
            count += queries.length;
            return client.batch(queries, given);
          },
        }),
      );
      return count;
    };

    it('writes changed documents, deletes removed ones, and leaves the rest alone', async () => {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany(Array.from({ length: 300 }, (_, number) => player(number, 1)));
      await copyTo(db, storeOf(run.client, 'by_document'), options);
      await db.player.update('p3', { age: 88 });
      await db.player.delete('p4');
      await db.player.insert(player(500, 1));
      let report: Awaited<ReturnType<typeof copyTo>> | undefined;
      const writes = await writesOf(async (client) => {
        report = await copyTo(db, storeOf(client, 'by_document'), options);
      });
      expect(report?.collections[0]).toMatchObject({ count: 300, writtenCount: 2, deletedCount: 1 });
      expect(writes).toBeLessThan(60);
      await expectQueryTables(run.client, 'by_document', shape!, db.player.all().all());
      await copyTo(db, storeOf(run.client, 'by_document'), { collections: ['player'] });
    });

    it('continues an interrupted copy, whatever has changed since, and ends complete', async () => {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany(Array.from({ length: 300 }, (_, number) => player(number, 1)));
      const batches = { ...options, batchRowCount: 50 };
      const calls = await callsOf(run.client, (client) => copyTo(db, storeOf(client, 'resumed_0'), batches));
      for (const share of [0.3, 0.6, 0.9]) {
        const keyspace = `resumed_${share * 10}`;
        const cut = storeOf(cutOff(run.client, Math.floor(calls * share)), keyspace);
        await expect(copyTo(db, cut, batches)).rejects.toMatchObject({ code: 'COPY_FAILED' });
        await db.player.delete(`p${share * 100}`);
        await db.player.update('p5', { age: share * 100, clubs: [`c${share}`] });
        let report: Awaited<ReturnType<typeof copyTo>> | undefined;
        const again = await writesOf(async (client) => {
          report = await copyTo(db, storeOf(client, keyspace), { collections: ['player'] });
        });
        expect(report?.collections[0]?.writtenCount).toBeLessThan(share === 0.9 ? 160 : 301);
        expect(again).toBeGreaterThan(0);
        await expectQueryTables(run.client, keyspace, shape!, db.player.all().all());
      }
    });
  });
}
