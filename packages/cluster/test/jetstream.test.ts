import { openDatabase } from '../../../generated/index.js';
import { canRunNats, type NatsServers, startNats } from '../../../test/servers/nats.js';
import { JetStreamEngine } from '../src/engines/jetstream/jetstream-engine.js';
import { jetstreamJournal } from '../src/index.js';
import { describeJournal } from './conformance/journal-conformance.js';
import { SharedSubject } from './conformance/shared-subject.js';
import { describeEngine } from './engine-contract.js';
import { describeKilledNodes } from './processes/killed-nodes.js';

const describeIfThere = canRunNats() ? describe : describe.skip;

describeIfThere('with three real NATS servers', () => {
  let nats: NatsServers;
  let count = 0;

  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(async () => {
    await nats?.stop();
  });

  const newPlace = () => {
    const name = `contract.* ${++count}`;
    const session = { connection: { servers: [...nats.servers] }, answerMs: 5_000 };
    const options = { session, name, replicas: 3, isUnsafe: false, monitoringUrls: nats.monitors, pollMs: 5_000 };
    return { make: () => new JetStreamEngine(options) };
  };
  describeEngine('JetStream', newPlace);
  describeJournal('JetStream', () => new SharedSubject(newPlace().make), { historyCount: 1, stepCount: 80 });

  describeKilledNodes('JetStream', (name) => ({ engine: 'jetstream', servers: nats.servers, name }), {
    killCount: 20,
    nodeCount: 3,
    pauseMs: 1_000,
  });

  const journal = (name: string, more: object = {}) =>
    jetstreamJournal({ servers: nats.servers, name, monitoringUrls: nats.monitors, ...more });

  it('keeps what was acknowledged although the leader is killed three times', async () => {
    const [a, b] = [
      await openDatabase({ memory: true, journal: journal('leader') }),
      await openDatabase({ memory: true, journal: journal('leader') }),
    ];
    const done: string[] = [];
    let isOver = false;
    let longestMs = 0;
    const write = async (db: typeof a, name: string): Promise<void> => {
      for (let index = 0; !isOver; index++) {
        const startMs = Date.now();
        await db.club.insert({ id: `${name}${index}`, name });
        longestMs = Math.max(longestMs, Date.now() - startMs);
        done.push(`${name}${index}`);
      }
    };
    const writing = [write(a, 'aa'), write(b, 'bb')];
    const stream = new JetStreamEngine({
      session: { connection: { servers: [...nats.servers] }, answerMs: 5_000 },
      name: 'leader',
      replicas: 3,
      isUnsafe: true,
      monitoringUrls: [],
      pollMs: 1_000,
    }).streamName;
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const leader = await nats.leaderOf(stream);
      expect(leader).toBeDefined();
      await nats.kill(leader!);
      const before = done.length;
      while (done.length < before + 5) await new Promise((resolve) => setTimeout(resolve, 20));
      await nats.start(leader!);
    }
    isOver = true;
    await Promise.all(writing);
    const late = await openDatabase({ memory: true, journal: journal('leader') });
    expect(done.filter((id) => !late.club.has(id))).toEqual([]);
    process.stdout.write(
      `JetStream: ${done.length} writes over three elections, all found; the longest took ${longestMs} ms\n`,
    );
    await Promise.all([a.close(), b.close(), late.close()]);
  });

  it('refuses a stream that may lose what it has acknowledged', async () => {
    const refuse = (more: object) => openDatabase({ memory: true, journal: journal(`unsafe ${++count}`, more) });
    await expect(refuse({ replicas: 1 })).rejects.toMatchObject({
      code: 'JOURNAL_UNSAFE',
      facts: { setting: 'num_replicas' },
    });
    await expect(refuse({ monitoringUrls: undefined })).rejects.toMatchObject({ code: 'JOURNAL_UNSAFE' });
    const lazy = await startNats(1, false);
    try {
      const options = { servers: lazy.servers, name: 'lazy', replicas: 1, monitoringUrls: lazy.monitors };
      const open = (more: object) => openDatabase({ memory: true, journal: jetstreamJournal({ ...options, ...more }) });
      await expect(open({})).rejects.toMatchObject({ code: 'JOURNAL_UNSAFE' });
      const db = await open({ unsafe: true });
      await db.club.insert({ id: 'c', name: 'club' });
      await db.close();
    } finally {
      await lazy.stop();
    }
  });
});
