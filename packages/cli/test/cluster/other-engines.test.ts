/** `nuthatch cluster` over three NATS servers, and over Cassandra: the verbs in a row, and the URLs that lead there. */
import { CassandraServer, canRunCassandra } from '../../../../test/servers/cassandra.js';
import { canRunNats, startNats } from '../../../../test/servers/nats.js';
import { cassandraJournal, jetstreamJournal, type SharedJournal } from '../../../cluster/src/index.js';
import { ClusterFixture, player, VARIABLE } from './cluster-fixture.js';

interface Engine {
  readonly url: string;
  /** What the URL leaves to be accepted. */
  readonly flags: readonly string[];
  /** Frames go so many at a time. */
  readonly truncates: number;
  journal(name: string): SharedJournal;
  stop(): Promise<void>;
}

async function nats(): Promise<Engine> {
  const { servers, monitors, stop } = await startNats().then((started) => ({
    servers: started.servers,
    monitors: started.monitors,
    stop: () => started.stop(),
  }));
  return {
    url: `nats://${servers.join(',')}?monitoring=${monitors.join(',')}`,
    flags: [],
    truncates: 1,
    journal: (name) => jetstreamJournal({ servers, monitoringUrls: monitors, name }),
    stop,
  };
}

async function cassandra(): Promise<Engine> {
  const server = await CassandraServer.start({ durable: true });
  const { contactPoints, localDataCenter, protocolOptions } = server.clientOptions;
  const { port } = protocolOptions as { readonly port: number };
  return {
    url: `cassandra://${contactPoints.join(',')}:${port}/nuthatch?dc=${localDataCenter}&replication=1`,
    flags: ['--unsafe'],
    truncates: 256,
    journal: (name) =>
      cassandraJournal({
        ...{ contactPoints, localDataCenter, client: { protocolOptions }, name, replicas: 1, unsafe: true },
      }),
    stop: () => server.stop(),
  };
}

describe.each([
  ['JetStream', canRunNats, nats],
  ['Cassandra', canRunCassandra, cassandra],
] as const)('nuthatch cluster over %s', (kind, canRun, start) => {
  (canRun() ? it : it.skip)('leads in, looks, truncates, compares, adopts, and leads out', async () => {
    const engine = await start();
    const fixture = new ClusterFixture();
    try {
      process.env[VARIABLE] = engine.url;
      const game = ['--journal', 'game'];
      expect(await fixture.cluster('status', ...game)).toMatchObject({
        ...{
          exitCode: 1,
          err: expect.stringMatching(/^JOURNAL_NOT_FOUND: there is no such journal: the journal 'game' in /),
        },
      });
      await fixture.write(20);
      const imported = await fixture.clusterJson('import', 'data', ...game, ...engine.flags);
      expect(imported).toMatchObject({ exitCode: 0, result: { seq: 20, position: 0 } });
      expect(await fixture.clusterJson('import', 'data', ...game, ...engine.flags)).toMatchObject({ exitCode: 1 });
      const node = await fixture.node(engine.journal('game'), 'cache');
      const count = 2 * engine.truncates;
      for (let index = 0; index < count; index++) await node.player.update('p3', { age: index % 90 });
      await node.player.insert(player('late'));
      await node.close();
      const status = await fixture.clusterJson('status', ...game, '--directory', 'cache');
      expect(status).toMatchObject({
        exitCode: 0,
        result: {
          ...{
            journal: `the journal 'game' in ${kind}`,
            isUnfinished: false,
            head: count + 1,
            seq: count + 21,
            oldest: 1,
          },
          ...{ image: { position: 0, seq: 20 }, copies: [{ state: 'current', seq: count + 21 }] },
        },
      });
      const truncating = ['--write-image', '--retention', '0s', '--retention-bytes', '0', '--yes', ...engine.flags];
      const truncated = await fixture.clusterJson('truncate', ...game, ...truncating);
      expect(truncated).toMatchObject({ exitCode: 0, result: { storedImage: true, image: { position: count + 1 } } });
      expect(truncated.result['removedCount']).toBeGreaterThanOrEqual(count);
      const diff = await fixture.cluster('diff', 'cache', ...game);
      expect(diff).toMatchObject({ exitCode: 0, out: expect.stringContaining('no document differs') });
      expect(await fixture.clusterJson('adopt', 'cache', ...game)).toMatchObject({
        ...{ exitCode: 0, result: { position: count + 1, seq: count + 21 } },
      });
      const next = ['--journal', 'next', ...engine.flags];
      expect(await fixture.clusterJson('adopt', 'cache', '--from-copy', ...next)).toMatchObject({
        ...{ exitCode: 0, result: { seq: count + 21, incarnation: 2 } },
      });
      const again = await fixture.node(engine.journal('next'), 'cache');
      expect([again.player.size, again.seq]).toEqual([21, BigInt(count + 21)]);
      await again.player.insert(player('last'));
      await again.close();
      const exported = await fixture.clusterJson('export', 'out', ...next);
      expect(exported).toMatchObject({ exitCode: 0, result: { seq: count + 22, position: 1 } });
      expect((await fixture.playersOf('out')).length).toBe(22);
    } finally {
      delete process.env[VARIABLE];
      fixture.remove();
      await engine.stop();
    }
  });
});
