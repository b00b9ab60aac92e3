/** The server is killed in the middle of a copy and under mirrors: all go on, to the same rows. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { copyTo, type MirrorEvent, mirror, shapesOf } from '../../src/index.js';
import { type CassandraRun, expectQueryTables, storeOf } from './cassandra-place.js';

const player = (number: number) => ({ id: `p${number}`, email: `${number}@x.io`, age: number % 100, name: 'Zoë' });
const players = (count: number, from = 0) => Array.from({ length: count }, (_, number) => player(from + number));
const options = { collections: ['player'] } as const;

export function describeServerRestarts(run: CassandraRun): void {
  describe('a Cassandra that is killed', () => {
    const [shape] = shapesOf([playerDefinition]);

    it('ends a copy with a code; mirrors report their lag; all continue when it is back', async () => {
      await using db = await openDatabase({ memory: true });
      await db.player.insertMany(players(3_000));
      await using followed = await openDatabase({ memory: true });
      await followed.player.insertMany(players(50));
      const events: MirrorEvent[] = [];
      const onEvent = (event: MirrorEvent) => void events.push(event);
      await using following = mirror(followed, storeOf(run.client, 'followed', 2), { ...options, onEvent });
      await following.caughtUp();
      let killing: Promise<void> | undefined;
      const onProgress = () => {
        killing ??= run.server.kill();
      };
      const copying = copyTo(db, storeOf(run.client, 'stopped', 2), { ...options, batchRowCount: 200, onProgress });
      await expect(copying).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
      await killing;
      await followed.player.delete('p3');
      await followed.player.update('p4', { email: '3@x.io' });
      await until(() => following.status().state === 'retrying');
      expect(following.status()).toMatchObject({ lagCount: 2, lagMs: expect.any(Number) });
      expect(following.status().lagMs).toBeGreaterThan(0);
      expect(events.at(-1)).toMatchObject({ kind: 'retrying', error: { code: 'COPY_TARGET_UNREACHABLE' } });

      await run.server.restart();
      const again = storeOf(run.client, 'stopped', 20);
      expect((await again.positions())[0]?.isComplete).toBe(false);
      const report = await copyTo(db, again, options);
      expect(report.collections[0]).toMatchObject({ count: 3_000, wasThere: false });
      await expectQueryTables(run.client, 'stopped', shape!, db.player.all().all());
      // The mirror goes on by itself, without copying again.
      await following.caughtUp();
      expect(following.status()).toMatchObject({ state: 'following', lagCount: 0, lagMs: 0 });
      await expectQueryTables(run.client, 'followed', shape!, followed.player.all().all());
      expect(events.filter(({ kind }) => kind === 'copying')).toHaveLength(1);
    });

    it('finds a mirror in step again that was restarted too, and copies afresh what the journal has dropped', async () => {
      const place = { directory: '/db', fileSystem: new MemoryFileSystem(), pageBytes: 4096 } as const;
      const store = storeOf(run.client, 'restarted', 20);
      const reasons: string[] = [];
      const onEvent = (event: MirrorEvent) => void (event.kind === 'copying' && reasons.push(event.reason));
      const session = async (isFollowed: boolean, work: (db: Database) => Promise<unknown>) => {
        await using db = await openDatabase(place);
        await using following = isFollowed ? mirror(db, store, { ...options, onEvent }) : undefined;
        await work(db);
        await following?.caughtUp();
        if (isFollowed) await expectQueryTables(run.client, 'restarted', shape!, db.player.all().all());
      };
      await session(true, (db) => db.player.insertMany(players(30)));
      await session(false, async (db) => {
        await db.player.insertMany(players(20, 100));
        await db.player.delete('p1');
        await db.player.update('p2', { email: '1@x.io' });
      });
      await Promise.all([run.server.kill().then(() => run.server.restart()), session(true, async () => undefined)]);
      expect(reasons).toEqual(['empty']);
      await session(false, async (db) => {
        await db.player.delete('p2');
        // A compaction keeps the pages since the image before.
        for (const from of [200, 300, 400]) {
          await db.player.insertMany(players(40, from));
          await db.compact();
        }
      });
      await session(true, (db) => db.player.delete('p5'));
      expect(reasons).toEqual(['empty', 'gone']);
    });
  });
}

type Database = Awaited<ReturnType<typeof openDatabase>>;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
