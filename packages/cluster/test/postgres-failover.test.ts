/** A primary that is killed under load, and its synchronous standby in its place. */
import { openDatabase } from '../../../generated/index.js';
import { canRunPostgres, type PostgresPair, startPostgresPair } from '../../../test/servers/postgres.js';
import { postgresJournal } from '../src/index.js';
import { TcpProxy } from './support/tcp-proxy.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('with a primary and a synchronous standby', () => {
  let pair: PostgresPair;
  let proxy: TcpProxy;

  beforeAll(async () => {
    pair = await startPostgresPair();
    proxy = await TcpProxy.open(pair.primaryPort);
  });
  afterAll(async () => {
    await proxy?.close();
    await pair?.stop();
  });

  it('loses nothing that was acknowledged when the primary is killed and the standby promoted', async () => {
    const connectionString = `postgres://nuthatch@127.0.0.1:${proxy.port}/postgres`;
    const journal = postgresJournal({ connectionString, name: 'failover', unreachableMs: 60_000 });
    const nodes = [await openDatabase({ memory: true, journal }), await openDatabase({ memory: true, journal })];
    const done: string[] = [];
    let isOver = false;
    const write = async (db: (typeof nodes)[number], name: string): Promise<void> => {
      for (let index = 0; !isOver; index++) {
        await db.club.insert({ id: `${name}${index}`, name });
        done.push(`${name}${index}`);
      }
    };
    const writing = nodes.flatMap((db, node) => [0, 1, 2].map((writer) => write(db, `node${node}-${writer}-`)));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // Power is lost: what the primary has not said, nobody will hear.
    await pair.killPrimary();
    const killedMs = Date.now();
    proxy.shut();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = done.length;
    expect(nodes[0]!.lagMs).toBeGreaterThan(0);
    expect(nodes[0]!.club.count()).toBeGreaterThan(0);
    await pair.promote();
    proxy.leadTo(pair.standbyPort);
    while (done.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const outageMs = Date.now() - killedMs;
    await new Promise((resolve) => setTimeout(resolve, 500));
    isOver = true;
    await Promise.all(writing);
    const late = await openDatabase({ memory: true, journal });
    expect(done.filter((id) => !late.club.has(id))).toEqual([]);
    await Promise.all(nodes.map((db) => db.barrier()));
    expect(nodes.map((db) => db.club.count())).toEqual([late.club.count(), late.club.count()]);
    process.stdout.write(`PostgreSQL: ${done.length} writes over a failover, all found; out for ${outageMs} ms\n`);
    await Promise.all([...nodes, late].map((db) => db.close()));
  });
});
