/** A refusal shows what the server has, of all that the user may see, whatever the replica holds. */
import type { Policy } from '../src/server/policy.js';
import { type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const SECRET = 'secret-nick';

describe('a conflict', () => {
  let policy: Policy;
  let server: PlayerServer;
  let ann: PlayerReplica;
  beforeEach(async () => {
    policy = { player: { read: true, write: true, hidden: ['nick'] } };
    server = await PlayerServer.open({ policy: () => policy });
    await server.db.player.insertMany([
      player('p1', { clubs: ['bvb'], nick: SECRET, age: 41 }),
      player('p2', { clubs: ['fcb'], nick: `${SECRET}-2` }),
    ]);
    ann = await server.replica({ player: { clubs: 'fcb' } });
    await ann.connection.synced();
  });
  afterEach(async () => {
    await ann.close();
    await server.close();
  });

  function wireText(): string {
    return server
      .wire()
      .map((message) => Buffer.from(message).toString('latin1'))
      .join('');
  }

  it('shows the server’s version of a document that no shape holds, without hidden fields, and is resolved by a retry', async () => {
    await ann.player.insert(player('p1', { age: 20 }));
    await ann.connection.synced();
    expect([ann.player.has('p1'), ann.conflicts.size]).toEqual([false, 1]);
    const [conflict] = ann.conflicts.all();
    expect([conflict?.code, conflict?.edits[0]?.base, conflict?.edits[0]?.mine]).toMatchObject([
      'DUPLICATE_KEY',
      undefined,
      { age: 20 },
    ]);
    expect(conflict?.edits[0]?.theirs).toMatchObject({ id: 'p1', age: 41, clubs: ['bvb'] });
    expect(conflict?.edits[0]?.theirs).toHaveProperty('nick', undefined);
    expect(wireText()).not.toContain(SECRET);
    await ann.conflicts.retry(conflict!.number);
    await ann.connection.synced();
    expect([ann.conflicts.size, ann.player.has('p1')]).toEqual([0, false]);
    // What the user cannot see stays as it was.
    expect(server.db.player.get('p1')).toMatchObject({ age: 20, clubs: [], nick: SECRET });
  });

  it('is again one when the document changes between the answer and the retry', async () => {
    await ann.player.insert(player('p1', { age: 20 }));
    await ann.connection.synced();
    await server.db.player.update('p1', { age: 42 });
    await ann.conflicts.retry(1);
    await ann.connection.synced();
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.theirs])).toMatchObject([
      ['REVISION_MISMATCH', { age: 42 }],
    ]);
    expect(server.db.player.get('p1')?.age).toBe(42);
  });

  it('shows nothing of a document that the user may not read', async () => {
    policy = { player: { read: { clubs: 'fcb' }, write: true } };
    server.sync.reevaluate();
    await ann.connection.synced();
    await ann.player.insert(player('p1', { age: 20, name: 'Mine' }));
    await ann.connection.synced();
    const [conflict] = ann.conflicts.all();
    expect([conflict?.code, conflict?.edits[0]?.theirs]).toEqual(['FORBIDDEN', undefined]);
    expect(wireText()).not.toContain('Player p1');
  });

  it.each<[string, Policy]>([
    ['nothing', {}],
    ['other documents', { player: { read: { clubs: 'scp' }, write: true } }],
  ])('keeps nothing of the server’s documents when the user may read %s any more, and the own edit', async (_, now) => {
    await ann.player.insert(player('p1', { age: 20 }));
    await ann.connection.synced();
    expect(ann.conflicts.get(1)?.edits[0]?.theirs).toMatchObject({ age: 41 });
    policy = now;
    server.sync.reevaluate();
    await until(() => ann.player.size === 0 && ann.conflicts.get(1)?.edits[0]?.theirs === undefined);
    expect(ann.conflicts.get(1)?.edits[0]).toMatchObject({ base: undefined, mine: { age: 20 }, theirs: undefined });
  });

  it('shows every document of its transaction, and again when the answer was lost on the way', async () => {
    ann.connection.disconnect();
    await ann.transaction((tx) => {
      tx.player.update('p2', { age: 50 });
      tx.player.insert(player('p1'));
    });
    // The connection ends in the moment that the answer leaves.
    let lost = 0;
    server.onSent = (data) => {
      if (data[0] === 0x21 && lost++ === 0) server.cut();
    };
    ann.connection.connect();
    await until(() => ann.conflicts.size === 1);
    expect(lost).toBeGreaterThan(1);
    const [conflict] = ann.conflicts.all();
    expect(conflict?.edits.map(({ key, theirs }) => [key, (theirs as { age: number } | undefined)?.age])).toEqual([
      ['p2', 30],
      ['p1', 41],
    ]);
  });

  it('is decided by the class’s resolver with the server’s version at hand', async () => {
    const seen: unknown[] = [];
    const bea = await server.replica(
      { player: { clubs: 'fcb' } },
      {
        token: 'bea',
        resolve: {
          player: (_base: unknown, mine: { age: number }, theirs: { age: number }) => {
            seen.push(theirs.age);
            return { ...theirs, age: mine.age + theirs.age };
          },
        },
      },
    );
    await bea.connection.synced();
    await bea.player.insert(player('p1', { age: 20 }));
    await until(() => server.db.player.get('p1')?.age === 61);
    await bea.connection.synced();
    expect([seen, bea.conflicts.size, server.db.player.get('p1')?.nick]).toEqual([[41], 0, SECRET]);
    await bea.close();
  });
});
