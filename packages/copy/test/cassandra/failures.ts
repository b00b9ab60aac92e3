/** What stands in a copy's way is named by code, and nothing half-written goes unsaid. */
import { openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { cassandra, copyTo, type MirrorEvent, mirror, shapesOf } from '../../src/index.js';
import {
  BUCKET_COUNT,
  type CassandraRun,
  clientOf,
  cutOff,
  expectQueryTables,
  mainTable,
  replication,
  storeOf,
} from './cassandra-place.js';

const player = (number: number) => ({ id: `p${number}`, email: `${number}@x.io`, age: number % 100, name: 'Zoë' });
const options = { collections: ['player'] } as const;

async function openPlayers(count: number) {
  const db = await openDatabase({ memory: true });
  await db.player.insertMany(Array.from({ length: count }, (_, number) => player(number)));
  return db;
}

export function describeFailures(run: CassandraRun): void {
  describe('a copy to Cassandra that cannot be', () => {
    const [shape] = shapesOf([playerDefinition]);
    const keyspace = async (name: string): Promise<string> => {
      await run.client.execute(
        `CREATE KEYSPACE "${name}" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      );
      return name;
    };

    it('is denied to a wrong password, which no message names', async () => {
      await using db = await openPlayers(1);
      const client = clientOf(run.server, 'open-sesame');
      const error = await copyTo(db, storeOf(client, 'denied'), options).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'COPY_ACCESS_DENIED' });
      expect(String(error)).not.toContain('open-sesame');
      await client.shutdown();
    });

    it('names a missing keyspace and invalid options', async () => {
      await using db = await openPlayers(1);
      const copying = copyTo(db, cassandra(run.client, { keyspace: 'nowhere' }), options);
      await expect(copying).rejects.toMatchObject({ code: 'COPY_FAILED', message: expect.stringContaining('nowhere') });
      expect(() => cassandra(run.client)).toThrow('INVALID_OPTION');
      expect(() => cassandra(run.client, { keyspace: 'x', bucketCount: 0 })).toThrow('INVALID_OPTION');
    });

    it('names columns of another type, missing ones and those of no field, and writes nothing', async () => {
      await using db = await openPlayers(1);
      const place = await keyspace('narrower');
      const create = mainTable(place, shape!)
        .replace('"age" double', '"age" int')
        .replace('"nick" text,', '"extra" text,');
      await run.client.execute(create);
      await expect(copyTo(db, storeOf(run.client, place), options)).rejects.toMatchObject({
        code: 'COPY_TARGET_MISMATCH',
        facts: {
          differences: expect.arrayContaining([
            { table: 'player', column: 'age', kind: 'type', expected: 'double', found: 'int' },
            { table: 'player', column: 'nick', kind: 'missingColumn', expected: 'text' },
            { table: 'player', column: 'extra', kind: 'extraColumn', found: 'text' },
          ]),
        },
      });
      const { rows } = await run.client.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [
        place,
      ]);
      expect(rows).toHaveLength(1);
    });

    it('names a table of another key, and one of other buckets', async () => {
      await using db = await openPlayers(1);
      const place = await keyspace('keys');
      await run.client.execute(mainTable(place, shape!).replace('KEY (("id"))', 'KEY (("name"), "id")'));
      await expect(copyTo(db, storeOf(run.client, place), options)).rejects.toThrow('((name), id)');
      const other = storeOf(run.client, 'buckets');
      await copyTo(db, other, options);
      const more = cassandra(run.client, { keyspace: 'buckets', bucketCount: BUCKET_COUNT * 2 });
      await expect(copyTo(db, more, options)).rejects.toThrow('8 buckets');
    });

    it("refuses another writer's rows, and replaces them on request, whatever their timestamps", async () => {
      await using db = await openPlayers(30);
      const place = await keyspace('foreign');
      await run.client.execute(mainTable(place, shape!));
      await run.client.execute(`INSERT INTO "${place}".player (id, name) VALUES ('p1', 'another''s')`);
      await expect(copyTo(db, storeOf(run.client, place), options)).rejects.toMatchObject({
        code: 'COPY_TARGET_MISMATCH',
        facts: { differences: [{ table: 'player', kind: 'rows' }] },
      });
      await copyTo(db, storeOf(run.client, place), { ...options, existing: 'replace' });
      await expectQueryTables(run.client, place, shape!, db.player.all().all());
      // Another database, whose seqs are lower.
      await using second = await openPlayers(3);
      await expect(copyTo(second, storeOf(run.client, place), options)).rejects.toThrow('COPY_TARGET_MISMATCH');
      await copyTo(second, storeOf(run.client, place), { ...options, existing: 'replace' });
      await expectQueryTables(run.client, place, shape!, second.player.all().all());
    });

    it('fills the missing table of an index beside existing documents, in the next run', async () => {
      await using db = await openPlayers(9);
      const store = cassandra(run.client, { keyspace: 'indexed', replication, bucketCount: BUCKET_COUNT });
      await copyTo(db, store, options);
      await run.client.execute('DROP TABLE indexed.player_age_range');
      expect(await store.check([shape!])).toEqual([{ table: 'player_age_range', kind: 'missingTable' }]);
      const report = await copyTo(db, store, options);
      expect(report.collections[0]).toMatchObject({ wasThere: false, count: 9 });
      await expectQueryTables(run.client, 'indexed', shape!, db.player.all().all());
      expect((await copyTo(db, store, options)).collections[0]).toMatchObject({ wasThere: true });
      // A run that is killed right after it made the table leaves no complete position over it.
      await run.client.execute('DROP TABLE indexed.player_age_range');
      await store.create([shape!]);
      expect((await store.positions())[0]?.isComplete).toBe(false);
    });

    it('ends a mirror when a table is dropped under it, and the next mirror makes and fills it', async () => {
      await using db = await openPlayers(9);
      const store = storeOf(run.client, 'dropped', 2);
      const following = mirror(db, store, options);
      await following.caughtUp();
      await db.player.insert(player(50));
      await following.caughtUp();
      await run.client.execute('DROP TABLE dropped.player_age_range');
      await db.player.insert(player(51));
      await expect(following.done).rejects.toMatchObject({ code: 'COPY_FAILED' });
      const events: MirrorEvent[] = [];
      await using next = mirror(db, store, { ...options, onEvent: (event) => void events.push(event) });
      await next.caughtUp();
      expect(events[0]).toEqual({ kind: 'copying', reason: 'changed' });
      await expectQueryTables(run.client, 'dropped', shape!, db.player.all().all());
    });

    it('says which value Cassandra does not take, and that the collection is incomplete', async () => {
      await using db = await openPlayers(2);
      await db.player.insert({ ...player(3), email: `${'long'.repeat(20_000)}@x.io` } as never).catch(() => undefined);
      await db.player.insert({ ...player(4), nick: 'long'.repeat(20_000) });
      const store = storeOf(run.client, 'refused');
      await expect(copyTo(db, store, options)).rejects.toMatchObject({ code: 'COPY_VALUE_REFUSED' });
      expect((await store.positions())[0]).toMatchObject({ collection: 'player', isComplete: false });
    });

    it('is repeated over moments in which the cluster cannot take it', async () => {
      await using db = await openPlayers(40);
      let calls = 0;
      const busy = Object.assign(new Error('busy'), { name: 'ResponseError', code: 0x1001 });
      const whole = cutOff(run.client, Number.POSITIVE_INFINITY);
      const act = <Answer>(answer: () => Promise<Answer>): Promise<Answer> =>
        calls++ % 3 === 1 ? Promise.reject(busy) : answer();
      const flaky: typeof whole = {
        execute: (...args) => act(() => whole.execute(...args)),
        batch: (...args) => act(() => whole.batch(...args)),
      };
      await copyTo(db, storeOf(flaky, 'flaky'), options);
      await expectQueryTables(run.client, 'flaky', shape!, db.player.all().all());
    });
  });
}
