/** What goes wrong with a server, and what a copy says and leaves behind then. */
import knexOf, { type Knex } from 'knex';
import { playerDefinition } from '../../../../generated/index.js';
import {
  CollectionChecksum,
  copyTo,
  loadFrom,
  mirror,
  shapesOf,
  sql,
  sqlTable,
  summaryOfStore,
  type TargetDifference,
} from '../../src/index.js';
import { interrupted } from '../interrupted-store.js';
import { OwnTables, openPlayers, playerInput, type SqlPlace } from './sql-place.js';

export interface ServerPlace extends SqlPlace {
  readonly config: Knex.Config & { readonly connection: Readonly<Record<string, string | number>> };
  /** Ends every connection but its own. */
  cutConnections(): Promise<unknown>;
  /** Another server, that is going to be stopped. */
  startOther(): Promise<{ readonly connection: Knex.StaticConnectionConfig; stop(): Promise<void> }>;
}

/** What each dialect says in its own words. */
export interface OwnWords {
  /** Makes a table `player` that is too narrow, in the schema `narrow`. */
  readonly narrowDdl: readonly string[];
  readonly narrowDifferences: readonly TargetDifference[];
  /** A change of a player that the database cannot hold, and its field. */
  readonly refused: { readonly change: object; readonly field: string };
  readonly deniedCode: string;
}

const players = { collections: ['player'] };

export function describeFailures(name: string, placeOf: () => ServerPlace, words: OwnWords): void {
  const connectedTo = (more: object): Knex => {
    const { config } = placeOf();
    return knexOf({ ...config, connection: { ...(config.connection as object), ...more } });
  };

  describe(`when something is wrong with ${name}`, () => {
    it('names a wrong password and a server that is not there by code, and shows no password', async () => {
      await using db = await openPlayers(10);
      const wrong = connectedTo({ password: 'hunter2-wrong' });
      const failure = await copyTo(db, sql(wrong)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'COPY_ACCESS_DENIED', facts: { driverCode: words.deniedCode } });
      expect(String((failure as Error).stack)).not.toContain('hunter2-wrong');
      await wrong.destroy();
      const nowhere = connectedTo({ port: 1 });
      await expect(copyTo(db, sql(nowhere))).rejects.toMatchObject({
        code: 'COPY_TARGET_UNREACHABLE',
        retryable: true,
      });
      await nowhere.destroy();
    });

    it('names narrower and missing columns, and writes nothing', async () => {
      const place = placeOf();
      await using db = await openPlayers(10);
      for (const statement of words.narrowDdl) await place.query(statement);
      const tables = new OwnTables(place, 'narrow');
      const differences = await copyTo(db, tables.store(), players).catch(
        (error: { code: string; facts: { differences: object[] } }) => [error.code, ...error.facts.differences],
      );
      expect(differences).toEqual(['COPY_TARGET_MISMATCH', ...words.narrowDifferences]);
      const made = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'narrow'`;
      expect(await place.query(made)).toHaveLength(1);
      expect(await place.query(`SELECT * FROM ${tables.table('player')}`)).toEqual([]);
    });

    it('refuses rows of another writer and values it cannot hold, and leaves the rows that were there', async () => {
      const place = placeOf();
      await using db = await openPlayers(10);
      const tables = new OwnTables(place, 'foreign');
      await copyTo(db, tables.store(), players);
      const rows = `SELECT * FROM ${tables.table('player')} ORDER BY id`;
      const before = await place.query(rows);
      await place.query(`DELETE FROM ${tables.table('nuthatch_position')}`);
      await expect(copyTo(db, tables.store(), players)).rejects.toMatchObject({
        code: 'COPY_TARGET_MISMATCH',
        facts: { differences: [{ table: 'player', kind: 'rows' }] },
      });
      await db.player.update('p0', { age: 77 });
      await db.player.update('p1', words.refused.change);
      await expect(copyTo(db, tables.store(), { ...players, existing: 'replace' })).rejects.toMatchObject({
        code: 'COPY_VALUE_REFUSED',
        facts: { collection: 'player', field: words.refused.field, key: ['p1'] },
      });
      expect(await place.query(rows)).toEqual(before);
    });

    it('says that a table to load from is missing', async () => {
      const place = placeOf();
      await using db = await openPlayers(0);
      const store = new OwnTables(place, 'nobody').store();
      await expect(loadFrom(db, store, players)).rejects.toMatchObject({ code: 'COPY_FAILED' });
      const table = sqlTable(place.knex, { table: 'nobody' });
      await expect(loadFrom(db, table, players)).rejects.toMatchObject({ code: 'COPY_FAILED' });
      expect(db.player.size).toBe(0);
    });

    it('can be resumed after the server cut the connection, and after the server was gone', async () => {
      const place = placeOf();
      await using db = await openPlayers(1_000);
      const options = { ...players, batchRowCount: 50 };
      const due = await copyTo(db, new OwnTables(place, 'whole').store(), players);
      for (const moment of [1, 9, 20]) {
        const tables = new OwnTables(place, `cut${moment}`);
        const cutting = interrupted(tables.store(), moment, () => place.cutConnections());
        await expect(copyTo(db, cutting, options)).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
        expect(await place.query(`SELECT 1 FROM ${tables.table('player')}`)).toEqual([]);
        const report = await copyTo(db, tables.store(), players);
        expect(report.collections[0]?.checksum).toBe(due.collections[0]?.checksum);
      }
      const passing = await place.startOther();
      const other = knexOf({ client: place.config.client as string, connection: passing.connection });
      const stopping = interrupted(sql(other), 3, () => passing.stop());
      await expect(copyTo(db, stopping, options)).rejects.toMatchObject({ code: 'COPY_TARGET_UNREACHABLE' });
      await other.destroy().catch(() => undefined);
    });

    it('equals the documents of its seq although a thousand writes per second go on', async () => {
      const place = placeOf();
      await using db = await openPlayers(3_000);
      const tables = new OwnTables(place, 'busy');
      const ages = new Map([...db.player.all()].map(({ id, age }) => [id, age]));
      const changes: { seq: bigint; id: string; age: number | undefined }[] = [];
      db.subscribe(({ seq, key, after }) => {
        changes.push({ seq, id: key as string, age: (after as { age?: number } | undefined)?.age });
      });
      let isCopying = true;
      const copying = copyTo(db, tables.store(), { ...players, batchRowCount: 20 }).finally(() => {
        isCopying = false;
      });
      for (let number = 0; isCopying || number < 500; number++) {
        if (number % 10 === 0) await db.player.delete(`p${number % 3_000}`);
        else await db.player.upsert(playerInput(number % 3 === 0 ? 5_000 + number : number % 3_000, 101));
        if (number % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const report = await copying;
      for (const { seq, id, age } of changes) {
        if (seq > report.seq) break;
        if (age === undefined) ages.delete(id);
        else ages.set(id, age);
      }
      expect(changes.filter(({ seq }) => seq > report.seq).length).toBeGreaterThan(100);
      const rows = await place.query(`SELECT id, age FROM ${tables.table('player')}`);
      expect(new Map(rows.map(({ id, age }) => [id, age]))).toEqual(ages);
    });

    it('takes two copies at once one after the other, or refuses one by code', async () => {
      const place = placeOf();
      await using db = await openPlayers(400);
      const tables = new OwnTables(place, 'twice');
      const copy = (): Promise<unknown> => copyTo(db, tables.store(), { ...players, batchRowCount: 20 });
      for (let round = 0; round < 3; round++) {
        const outcomes = await Promise.allSettled([copy(), copy()]);
        expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
        for (const outcome of outcomes)
          if (outcome.status === 'rejected')
            expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^COPY_/) });
        const [row] = await place.query(`SELECT COUNT(*) AS n FROM ${tables.table('player')}`);
        expect(Number(row?.['n'])).toBe(db.player.size);
        await db.player.delete(`p${round}`);
        await db.player.update(`p${round + 10}`, { age: 99, clubs: [`round ${round}`] });
      }
    });

    it('is mirrored exactly once although connections are cut while writes go on', async () => {
      const place = placeOf();
      await using db = await openPlayers(50);
      const store = new OwnTables(place, 'mirrored').store();
      await using following = mirror(db, store, { ...players, retryMs: 5, batchChangeCount: 20 });
      await following.caughtUp();
      for (let round = 0; round < 5; round++) {
        for (let number = 0; number < 40; number++) {
          void db.player.upsert(playerInput((round * 40 + number) % 70, number));
          if (number % 9 === 0) await db.player.delete(`p${number}`);
        }
        await place.cutConnections();
      }
      await following.caughtUp();
      const [shape] = shapesOf([playerDefinition]);
      const checksum = new CollectionChecksum(shape!);
      for (const player of db.player.all()) checksum.add(player);
      expect(await summaryOfStore(store, shape!)).toEqual(checksum.summary);
      expect(following.status().appliedSeq).toBe(db.seq);
    });
  });
}
