import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase } from '../../../generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../test/servers/postgres.js';
import { PostgresEngine } from '../src/engines/postgres/postgres-engine.js';
import { postgresJournal } from '../src/index.js';
import { describeJournal } from './conformance/journal-conformance.js';
import { SharedSubject } from './conformance/shared-subject.js';
import { describeEngine } from './engine-contract.js';
import { describeKilledNodes } from './processes/killed-nodes.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('with a real PostgreSQL', () => {
  let server: PostgresServer;
  let count = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });

  const newPlace = () => {
    const name = `contract ' " ${++count}`;
    const config = { connectionString: server.url };
    const options = { config, schema: 'n"uthatch', name, isUnsafe: true, pollMs: 5_000, answerMs: 10_000 };
    return { isComparing: true, make: () => new PostgresEngine(options) };
  };
  describeEngine('PostgreSQL', newPlace);
  describeJournal('PostgreSQL', () => new SharedSubject(newPlace().make), { historyCount: 1, stepCount: 80 });

  describeKilledNodes('PostgreSQL', (name) => ({ engine: 'postgres', url: server.url, name }), {
    killCount: 20,
    nodeCount: 3,
    pauseMs: 1_000,
  });

  describe('nodes', () => {
    const journal = (name: string) => postgresJournal({ connectionString: server.url, name, unsafe: true });

    it('share one database', async () => {
      const [a, b] = [
        await openDatabase({ memory: true, journal: journal('shared') }),
        await openDatabase({ memory: true, journal: journal('shared') }),
      ];
      const writes = Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? a : b).player.insert({ id: `p${index}`, email: `${index}@x.org`, age: 20, name: 'P' }),
      );
      await Promise.all(writes);
      await Promise.all([a.barrier(), b.barrier()]);
      expect([a.player.count(), b.player.count()]).toEqual([200, 200]);
      expect(a.seq).toBe(200n);
      const late = await openDatabase({ memory: true, journal: journal('shared') });
      expect(late.player.find({}).orderBy('id').all()).toEqual(a.player.find({}).orderBy('id').all());
      await Promise.all([a.close(), b.close(), late.close()]);
    });

    it('are refused over a server that may lose writes', async () => {
      const unsafe = postgresJournal({ connectionString: server.url, name: 'unsafe' });
      await expect(openDatabase({ memory: true, journal: unsafe })).rejects.toMatchObject({
        code: 'JOURNAL_UNSAFE',
        facts: { setting: 'fsync', value: 'off' },
      });
    });

    it('go on when their connections are cut', async () => {
      const db = await openDatabase({ memory: true, journal: journal('cut') });
      const admin = new Client(server.connection);
      await admin.connect();
      try {
        for (let round = 0; round < 5; round++) {
          const writes = Array.from({ length: 20 }, (_, index) =>
            db.player.insert({ id: `r${round}p${index}`, email: `${round}-${index}@x.org`, age: 20, name: 'P' }),
          );
          await admin.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nuthatch' AND pid <> pg_backend_pid()",
          );
          await Promise.all(writes);
        }
        await db.barrier().catch(() => db.barrier());
        expect(db.player.count()).toBe(100);
        const other = await openDatabase({ memory: true, journal: journal('cut') });
        expect(other.player.count()).toBe(100);
        await other.close();
      } finally {
        await admin.end();
        await db.close();
      }
    });

    it('share files, also when their connections are cut', async () => {
      const [a, b] = [
        await openDatabase({ memory: true, journal: journal('files') }),
        await openDatabase({ memory: true, journal: journal('files') }),
      ];
      const admin = new Client(server.connection);
      await admin.connect();
      try {
        const bytes = randomBytes(3_000_000);
        const cut = (): Promise<unknown> =>
          admin.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nuthatch' AND pid <> pg_backend_pid()",
          );
        const [photo] = await Promise.all([a.blobs.put(bytes), cut()]);
        await a.machine.insert({ id: 'm1', serial: '1', photo });
        await b.caughtUp(a.seq);
        const [read] = await Promise.all([b.blobs.bytes(b.machine.require('m1').photo!), cut()]);
        expect(Buffer.compare(read, bytes)).toBe(0);
      } finally {
        await admin.end();
        await Promise.all([a.close(), b.close()]);
      }
    });

    it('say that nobody answers, without the password', async () => {
      const { port, user, password } = server.connection;
      const wrong = (connectionString: string) => postgresJournal({ connectionString, name: 'x', unsafe: true });
      const bad = await openDatabase({
        memory: true,
        journal: wrong(`postgres://${user}:hunter2@127.0.0.1:${port}/postgres`),
      }).catch((error: Error) => error);
      expect(bad).toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
      expect(JSON.stringify(bad)).not.toContain('hunter2');
      const nobody = wrong(`postgres://${user}:${password}@127.0.0.1:1/postgres`);
      const error = await openDatabase({ memory: true, journal: nobody }).catch((cause: Error) => cause);
      expect(error).toMatchObject({ code: 'JOURNAL_UNREACHABLE' });
      expect((error as Error).message).not.toContain(password);
    });
  });
});
