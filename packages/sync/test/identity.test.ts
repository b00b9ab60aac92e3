/** Which servers a replica goes on with, and what it does where one is not its own any more. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreDirectory } from '@nuthatch/runtime';
import { openDatabase } from '../../../generated/index.js';
import { contentsOf, type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const root = mkdtempSync(join(tmpdir(), 'nuthatch-identity-'));
let folderCount = 0;
afterAll(() => rmSync(root, { recursive: true, force: true }));

function newFolder(): string {
  return join(root, `d${++folderCount}`);
}

function onDisk(directory: string): object {
  return { memory: undefined, directory, compaction: 'manual', durability: 'os' };
}

function serverOn(directory: string): Promise<PlayerServer> {
  return PlayerServer.open({ database: onDisk(directory) as never });
}

async function settledIn(replica: PlayerReplica, state: string): Promise<void> {
  await until(() => replica.connection.state === state, `state ${state}, found ${replica.connection.state}`);
}

describe('a replica', () => {
  let server: PlayerServer;
  let other: PlayerServer;
  /** Whom the replica reaches. */
  let reached: PlayerServer;
  const opened: PlayerReplica[] = [];
  const open = async (more: object = {}): Promise<PlayerReplica> => {
    const replica = await server.replica({ player: true }, { connect: () => reached.connect(), ...more });
    opened.push(replica);
    return replica;
  };
  beforeEach(async () => {
    server = await PlayerServer.open();
    other = await PlayerServer.open();
    reached = server;
  });
  afterEach(async () => {
    for (const replica of opened.splice(0)) await replica.close();
    await server.close();
    await other.close();
  });

  it('is left as it is by a server of another database, works on, and goes on with its own', async () => {
    await server.db.player.insert(player('p1'));
    await other.db.player.insert(player('p1', { name: 'Another' }));
    const replica = await open();
    await replica.connection.synced();
    replica.connection.disconnect();
    await replica.player.update('p1', { age: 44 });
    const before = contentsOf(replica);
    reached = other;
    replica.connection.connect();
    await settledIn(replica, 'foreign');
    expect(replica.connection.error).toMatchObject({ code: 'SERVER_FOREIGN' });
    await expect(replica.connection.synced()).rejects.toMatchObject({ code: 'SERVER_FOREIGN' });
    await expect(replica.connection.adopt()).rejects.toMatchObject({ code: 'SERVER_FOREIGN' });
    expect([contentsOf(replica), replica.outbox.size, other.db.player.get('p1')?.age]).toEqual([before, 1, 30]);
    await replica.player.insert(player('p2'));
    reached = server;
    replica.connection.connect();
    await replica.connection.synced();
    expect(replica.connection.error).toBeUndefined();
    expect(server.db.player.get('p1')?.age).toBe(44);
    expect(contentsOf(replica)).toEqual(contentsOf(server.db));
  });

  it('is refused by a server of another application before anything is pinned or merged', async () => {
    const strange = await PlayerServer.open({ application: 'another' });
    await strange.db.player.insert(player('x'));
    reached = strange;
    const replica = await open({ application: 'mine' });
    await replica.player.insert(player('p1'));
    await settledIn(replica, 'other application');
    expect(replica.connection.error).toMatchObject({ code: 'APPLICATION_MISMATCH' });
    await expect(replica.connection.adopt()).rejects.toMatchObject({ code: 'APPLICATION_MISMATCH' });
    expect([replica.player.all().keys(), replica.outbox.size, strange.db.player.size]).toEqual([['p1'], 1, 1]);
    reached = server;
    replica.connection.connect();
    await replica.connection.synced();
    expect(server.db.player.has('p1')).toBe(true);
    await strange.close();
  });

  it('stops without a token that is known, keeps its outbox, and goes on with another', async () => {
    let token = '';
    const replica = await open({ token: () => token });
    await replica.player.insert(player('p1'));
    await settledIn(replica, 'needs token');
    expect([replica.connection.error?.code, replica.outbox.size]).toEqual(['UNAUTHENTICATED', 1]);
    token = 'ann';
    replica.connection.connect();
    await replica.connection.synced();
    expect(server.db.player.has('p1')).toBe(true);
  });

  it('tries again, and says so, while its token cannot be had', async () => {
    let calls = 0;
    const replica = await open({
      token: () => {
        if (++calls < 3) throw new Error('no token yet');
        return calls === 3 ? (5 as never) : 'ann';
      },
    });
    await replica.connection.synced();
    expect(calls).toBe(4);
  });

  it.each(['restored', 'rolled back'] as const)(
    'stops at a server that was %s, adopts it on request, and keeps each edit or makes it a conflict',
    async (way) => {
      const [data, early] = [newFolder(), newFolder()];
      let first = await serverOn(data);
      reached = first;
      await first.db.player.insertMany([player('same'), player('changed'), player('gone')]);
      const replica = await open(onDisk(newFolder()));
      await replica.connection.synced();
      // What is kept of it; then history goes on, and is lost.
      await first.db.flush();
      cpSync(data, early, { recursive: true });
      await first.db.player.update('changed', { age: 31 });
      await first.db.player.insert(player('later'));
      await replica.player.insert(player('sent'));
      await replica.connection.synced();
      await until(() => replica.player.has('later'));
      replica.connection.disconnect();
      await replica.player.update('same', { age: 50 });
      await replica.player.update('same', { age: 51 });
      await replica.player.update('changed', { age: 60 });
      await replica.player.update('changed', { name: 'Rests on it' });
      await replica.player.insert(player('new'));
      await first.close();
      const back = way === 'restored' ? newFolder() : early;
      if (way === 'restored') await restoreDirectory({ directory: early, destination: back });
      first = await serverOn(back);
      // The same revision as before, and another content: a revision alone proves nothing any more.
      await first.db.player.update('changed', { age: 99 });
      reached = first;
      replica.connection.connect();
      await settledIn(replica, way);
      const code = way === 'restored' ? 'SERVER_RESTORED' : 'SERVER_ROLLED_BACK';
      expect([replica.connection.error?.code, replica.outbox.size]).toEqual([code, 5]);
      expect(replica.player.get('same')?.age).toBe(51);
      await replica.connection.adopt();
      await replica.connection.synced();
      expect(first.db.player.get('same')?.age).toBe(51);
      expect(first.db.player.get('changed')).toMatchObject({ age: 99, name: 'Player changed' });
      expect(first.db.player.has('new')).toBe(true);
      expect(replica.conflicts.all().map(({ code: each, edits }) => [each, edits[0]?.key])).toEqual([
        ['REVISION_MISMATCH', 'changed'],
        ['REVISION_MISMATCH', 'changed'],
      ]);
      expect(contentsOf(replica)).toEqual(contentsOf(first.db));
      // And everything goes on as ever.
      await replica.player.update('same', { age: 52 });
      await replica.connection.synced();
      expect(first.db.player.get('same')?.age).toBe(52);
      await replica.close();
      await first.close();
    },
  );

  it.each([
    'a copy of its directory was put back',
    'a backup was restored twice',
    'a copy was put back and written to without a server',
  ] as const)('stops at a server that has grown past its cursor again, because %s', async (way) => {
    const [data, backup] = [newFolder(), newFolder()];
    let first = await serverOn(data);
    reached = first;
    await first.db.player.insertMany([player('same'), player('changed')]);
    await first.db.flush();
    if (way === 'a backup was restored twice') {
      await first.db.backup(backup);
      await first.close();
      const once = newFolder();
      await restoreDirectory({ directory: backup, destination: once });
      first = await serverOn(once);
      reached = first;
    } else cpSync(data, backup, { recursive: true });
    const replica = await open(onDisk(newFolder()));
    await replica.connection.synced();
    await first.db.player.update('changed', { age: 31 });
    await replica.player.insert(player('sent'));
    await replica.connection.synced();
    replica.connection.disconnect();
    await replica.player.update('same', { age: 51 });
    await replica.player.update('changed', { age: 60 });
    const seen = first.db.seq;
    await first.close();
    let back = backup;
    if (way === 'a backup was restored twice') {
      back = newFolder();
      await restoreDirectory({ directory: backup, destination: back });
    }
    const grow = async (db: PlayerServer['db']): Promise<void> => {
      // The revision that the replica knows, with another content.
      await db.player.update('changed', { age: 99 });
      await db.player.insert(player('filler'));
      for (let age = 1; db.seq < seen + 5n; age++) await db.player.update('filler', { age });
    };
    if (way === 'a copy was put back and written to without a server') {
      const db = await openDatabase(onDisk(back) as never);
      await grow(db);
      await db.compact();
      await db.close();
    }
    first = await serverOn(back);
    if (way !== 'a copy was put back and written to without a server') await grow(first.db);
    reached = first;
    replica.connection.connect();
    await settledIn(replica, 'rolled back');
    expect([replica.connection.error?.code, replica.outbox.size]).toEqual(['SERVER_ROLLED_BACK', 2]);
    expect(first.db.player.get('changed')?.age).toBe(99);
    await replica.connection.adopt();
    await replica.connection.synced();
    expect(first.db.player.get('same')?.age).toBe(51);
    expect(first.db.player.get('changed')?.age).toBe(99);
    expect(replica.conflicts.all().map(({ code, edits }) => [code, edits[0]?.key])).toEqual([
      ['REVISION_MISMATCH', 'changed'],
    ]);
    expect(contentsOf(replica)).toEqual(contentsOf(first.db));
    // Both are of one history from now on.
    replica.connection.disconnect();
    replica.connection.connect();
    await replica.connection.synced();
    await replica.close();
    await first.close();
  });

  it('goes on with its server over restarts, compactions, and writes of programs that do not serve', async () => {
    const [data, own] = [newFolder(), newFolder()];
    for (let round = 0; round < 4; round++) {
      const first = await serverOn(data);
      reached = first;
      await first.db.player.insert(player(`served${round}`));
      const replica = await open(onDisk(own));
      await replica.connection.synced();
      // The cursor lies before the mark of this opening when the connection ends in the middle of what was missed.
      await first.db.player.insert(player(`live${round}`));
      await replica.player.insert(player(`own${round}`));
      await replica.connection.synced();
      expect([replica.connection.error, contentsOf(replica)]).toEqual([undefined, contentsOf(first.db)]);
      await replica.close();
      await first.db.player.insert(player(`missed${round}`));
      await first.close();
      const db = await openDatabase(onDisk(data) as never);
      await db.player.insert(player(`alone${round}`));
      if (round % 2 === 1) await db.compact();
      await db.close();
    }
    expect(opened.map(({ conflicts }) => conflicts.size)).toEqual([0, 0, 0, 0]);
  });

  it('that was itself restored from a copy goes on as another client, and its edits are applied once', async () => {
    const [own, copy] = [newFolder(), newFolder()];
    const local = onDisk(own);
    let replica = await open(local);
    await replica.connection.synced();
    await replica.player.insert(player('p1'));
    await replica.connection.synced();
    await replica.close();
    cpSync(own, copy, { recursive: true });
    replica = await open(local);
    await replica.player.update('p1', { age: 40 });
    await replica.player.insert(player('p2'));
    await replica.connection.synced();
    await replica.close();
    const again = await open(onDisk(copy));
    await again.connection.synced();
    expect(contentsOf(again)).toEqual(contentsOf(server.db));
    await again.player.update('p1', { age: 41 });
    await again.player.insert(player('p3'));
    await again.connection.synced();
    expect(server.db.player.get('p1')?.age).toBe(41);
    expect([server.db.player.size, again.conflicts.size, again.outbox.size]).toEqual([3, 0, 0]);
    expect(contentsOf(again)).toEqual(contentsOf(server.db));
  });

  it('makes an edit a conflict that rests on a refused one, also when the answer to that was long ago', async () => {
    await server.db.player.insertMany([player('a'), player('b')]);
    const replica = await open();
    await replica.connection.synced();
    replica.connection.disconnect();
    await replica.player.update('a', { age: 50 });
    await replica.player.update('b', { age: 50 });
    await replica.player.update('a', { name: 'Rests on it' });
    await server.db.player.update('a', { age: 77 });
    // The connection ends after each answer, so that the server is told what is known before the next is sent.
    let answers = 0;
    const watched = replica.outbox.watch(() => {
      answers++;
      server.cut();
    });
    replica.connection.connect();
    await until(() => replica.outbox.size === 0);
    watched.unsubscribe();
    expect(answers).toBeGreaterThan(1);
    await replica.connection.synced();
    expect(server.db.player.get('a')).toMatchObject({ age: 77, name: 'Player a' });
    expect(replica.conflicts.all().map(({ number }) => number)).toEqual([1, 3]);
  });
});
