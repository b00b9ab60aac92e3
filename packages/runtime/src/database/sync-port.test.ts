import { openPlayers, player } from '../../test/support/open-players.js';
import { Player } from '../../test/support/player-definition.js';
import type { Change } from '../feed/change.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import type { StoreKey } from '../structures/store-key.js';
import { type SyncPort, syncPortOf } from './sync-port.js';
import type { SyncTransaction } from './sync-transaction.js';

const onDisk = (fileSystem: MemoryFileSystem) => ({ directory: '/data', fileSystem, compaction: 'manual' as const });

/** Puts a player as another database has it. */
function putAt(port: SyncPort, sync: SyncTransaction, id: string, revision: number, more = {}): void {
  const collection = port.collections.get('player');
  if (collection === undefined) throw new Error('no collection player');
  const { definition } = collection;
  const document = definition.seal(definition.build(player(id, more)));
  sync.putAt(collection, id, document, revision, undefined);
}

describe('the port for sync', () => {
  it('puts documents at the revisions of another database, and keeps them over a reopening', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers(onDisk(fileSystem));
    const port = syncPortOf(db);
    await port.replicate((sync) => {
      putAt(port, sync, 'p1', 7);
      putAt(port, sync, 'p2', 1);
    });
    await port.replicate((sync) => putAt(port, sync, 'p1', 12, { age: 50 }));
    await db.player.update('p1', { age: 51 });
    expect([db.player.revision('p1'), db.player.get('p1')?.age]).toEqual([13, 51]);
    await db.close();
    const again = await openPlayers(onDisk(fileSystem));
    expect([again.player.revision('p1'), again.player.revision('p2')]).toEqual([13, 1]);
    expect(again.player.get('p1')).toBeInstanceOf(Player);
    await again.close();
  });

  it('takes back documents, revisions and records alike when the transaction fails', async () => {
    const db = await openPlayers();
    const port = syncPortOf(db);
    await db.player.insert(player('p1'));
    await port.replicate((sync) => sync.setRecord('cursor', 1));
    const failing = port.replicate((sync) => {
      putAt(port, sync, 'p1', 9, { age: 99 });
      putAt(port, sync, 'p2', 9);
      sync.setRecord('cursor', 2);
      sync.setRecord('other', true);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect([db.player.revision('p1'), db.player.has('p2'), port.record('cursor'), port.record('other')]).toEqual([
      1,
      false,
      1,
      undefined,
    ]);
    await db.close();
  });

  it('says at once whether a transaction was refused, and how many records there are', async () => {
    const db = await openPlayers();
    const port = syncPortOf(db);
    const count = port.recordCount;
    const settled = port.replicate((sync) => sync.setRecord('cursor', 1));
    expect([port.wasRefused, port.recordCount]).toEqual([false, count + 1]);
    await settled;
    const failing = port.replicate((sync) => {
      sync.setRecord('other', 1);
      throw new Error('no');
    });
    expect([port.wasRefused, port.recordCount]).toEqual([true, count + 1]);
    await expect(failing).rejects.toThrow('no');
    const colliding = port.replicate((sync) => {
      putAt(port, sync, 'p1', 1, { email: 'one@x.io' });
      putAt(port, sync, 'p2', 1, { email: 'one@x.io' });
    });
    expect([port.wasRefused, db.player.size]).toEqual([true, 0]);
    await expect(colliding).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await db.close();
    const closed = port.replicate((sync) => sync.setRecord('cursor', 2));
    expect(port.wasRefused).toBe(true);
    await expect(closed).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  });

  it('lets unique values swap within one transaction', async () => {
    const db = await openPlayers();
    const port = syncPortOf(db);
    await db.player.insertMany([player('p1', { email: 'a@x.io' }), player('p2', { email: 'b@x.io' })]);
    await port.replicate((sync) => {
      putAt(port, sync, 'p1', 2, { email: 'b@x.io' });
      putAt(port, sync, 'p2', 2, { email: 'a@x.io' });
    });
    expect([db.player.findByEmail('a@x.io')?.id, db.player.findByEmail('b@x.io')?.id]).toEqual(['p2', 'p1']);
    await db.close();
  });

  it('keeps records of any shape through reopening, compaction, backup and a dump without code', async () => {
    const fileSystem = new MemoryFileSystem();
    const value = { number: 3, effects: [{ key: 1n, bytes: Uint8Array.of(1, 2) }], at: new Date(5), none: null };
    const db = await openPlayers(onDisk(fileSystem));
    await syncPortOf(db).replicate((sync) => {
      sync.setRecord('outbox/3', value);
      sync.setRecord('outbox/4', 4);
      sync.setRecord('cursor', 17);
    });
    await syncPortOf(db).replicate((sync) => sync.setRecord('outbox/4', undefined));
    await db.compact();
    await db.backup('/copy');
    await db.close();
    for (const directory of ['/data', '/copy']) {
      const again = await openPlayers({ ...onDisk(fileSystem), directory });
      const port = syncPortOf(again);
      expect([port.record('outbox/3'), port.record('cursor'), port.record('outbox/4')]).toEqual([value, 17, undefined]);
      expect([...port.records('outbox/')].map(([name]) => name)).toEqual(['outbox/3']);
      expect(again.recovery?.unknownCollections).toEqual([]);
      await again.close();
    }
  });

  it('shows records nowhere: in no repository, change, snapshot or statistics', async () => {
    const db = await openPlayers();
    const port = syncPortOf(db);
    const heard: Change[] = [];
    db.subscribe((change) => heard.push(change));
    await port.replicate((sync) => sync.setRecord('cursor', 1));
    await port.replicate((sync) => {
      sync.setRecord('cursor', 2);
      putAt(port, sync, 'p1', 4);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.map(({ collection, key, revision }) => [collection, key, revision])).toEqual([['player', 'p1', 4]]);
    expect(Object.keys(db).filter((name) => name.includes('sync'))).toEqual([]);
    expect(Object.keys(db.stats().collections)).not.toContain('$sync');
    using snapshot = db.snapshot();
    expect(Object.keys(snapshot)).not.toContain('$sync');
    await db.close();
  });

  it('shows the end of a replicated transaction to its caller, and of no other one', async () => {
    await using db = await openPlayers();
    const port = syncPortOf(db);
    const seen: StoreKey[][] = [];
    const atEnd = (writes: readonly { readonly key: StoreKey }[]): void => {
      seen.push(writes.map(({ key }) => key));
      if (writes.length > 1) throw new Error('one at a time');
    };
    await port.replicate((sync) => putAt(port, sync, 'p1', 1), undefined, atEnd);
    await db.player.insert(player('p2'));
    const both = (sync: SyncTransaction): void => {
      for (const id of ['p3', 'p4']) putAt(port, sync, id, 1);
    };
    await expect(port.replicate(both, undefined, atEnd)).rejects.toThrow('one at a time');
    const failing = (): never => {
      throw new Error('on its way');
    };
    await expect(port.replicate(failing, undefined, atEnd)).rejects.toThrow('on its way');
    await port.replicate((sync) => putAt(port, sync, 'p5', 1));
    await expect(port.replicate(failing, undefined, atEnd)).rejects.toThrow('on its way');
    await db.player.insertMany([player('p6'), player('p7')]);
    expect(seen).toEqual([['p1'], ['p3', 'p4']]);
    expect(db.player.all().orderBy('id').keys()).toEqual(['p1', 'p2', 'p5', 'p6', 'p7']);
  });

  it('asks the guard of every transaction but replicated ones; what it writes or throws holds for the whole', async () => {
    const db = await openPlayers();
    const port = syncPortOf(db);
    const seen: [string, StoreKey, number][][] = [];
    using _guard = port.guard((writes, sync) => {
      seen.push(writes.map(({ kind, key, revision }) => [kind, key, revision]));
      if (writes.some(({ document }) => (document as Player | undefined)?.age === 66)) throw new Error('not 66');
      sync.setRecord(`outbox/${seen.length}`, writes.length);
    });
    await db.player.insert(player('p1'));
    await port.replicate((sync) => putAt(port, sync, 'p9', 3));
    await expect(db.player.update('p1', { age: 66 })).rejects.toThrow('not 66');
    await expect(
      db.transaction((tx) => {
        tx.player.delete('p1');
        tx.player.insert(player('p2', { age: 66 }));
      }),
    ).rejects.toThrow('not 66');
    await db.transaction((tx) => {
      tx.player.delete('p1');
      tx.player.insert(player('p3'));
    });
    expect(seen).toEqual([
      [['put', 'p1', 1]],
      [['put', 'p1', 2]],
      [
        ['delete', 'p1', 0],
        ['put', 'p2', 1],
      ],
      [
        ['delete', 'p1', 0],
        ['put', 'p3', 1],
      ],
    ]);
    expect([...port.records('outbox/')]).toEqual([
      ['outbox/1', 1],
      ['outbox/4', 2],
    ]);
    expect([db.player.has('p1'), db.player.has('p2'), db.player.has('p3')]).toEqual([false, false, true]);
    expect(() => port.guard(() => undefined)).toThrow(/INVALID_OPTION/);
    await db.close();
  });

  it('knows the same database again, and another one in memory each time', async () => {
    const fileSystem = new MemoryFileSystem();
    const identities: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const db = await openPlayers(onDisk(fileSystem));
      identities.push(syncPortOf(db).identity);
      await db.close();
    }
    expect(identities[1]).toEqual(identities[0]);
    const [first, second] = [await openPlayers(), await openPlayers()];
    expect(syncPortOf(first).identity.uuid).not.toBe(syncPortOf(second).identity.uuid);
    expect(syncPortOf(first).identity.uuid).toMatch(/^[0-9a-f]{32}$/);
    await Promise.all([first.close(), second.close()]);
    expect(() => syncPortOf({})).toThrow(/INVALID_OPTION/);
  });

  it('tells its own history from a copy of it that was put back and grew to the same length', async () => {
    const fileSystem = new MemoryFileSystem();
    let db = await openPlayers(onDisk(fileSystem));
    await db.player.insert(player('before'));
    await syncPortOf(db).beginHistory();
    const first = syncPortOf(db).historyId;
    await db.close();
    const ids: string[] = [];
    const ends: number[] = [];
    for (let opening = 0; opening < 3; opening++) {
      db = await openPlayers(onDisk(fileSystem));
      const port = syncPortOf(db);
      // Nothing is written by an opening that writes nothing.
      const seq = port.lastSeq;
      expect(port.hasHistory(port.historyId, 1)).toBe(false);
      const failing = port.replicate((sync) => {
        sync.setRecord('other', true);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(port.lastSeq).toBe(seq);
      await db.player.insert(player(`p${opening}`));
      await db.player.insert(player(`q${opening}`));
      expect(port.lastSeq).toBe(seq + 2);
      expect(port.hasHistory(port.historyId, seq + 2)).toBe(true);
      ids.push(port.historyId);
      ends.push(port.lastSeq);
      if (opening === 1) await db.compact();
      await db.close();
    }
    db = await openPlayers(onDisk(fileSystem));
    const port = syncPortOf(db);
    // Each is good up to where its opening ended, and for nothing behind: that was another's.
    for (const [opening, id] of ids.entries()) expect(port.hasHistory(id, ends[opening]!)).toBe(true);
    expect(port.hasHistory(first, 2)).toBe(true);
    for (const id of [first, ids[0]!, ids[1]!]) expect(port.hasHistory(id, ends[2]!)).toBe(false);
    for (const id of ['', '00'.repeat(16), 'client']) expect(port.hasHistory(id, 1)).toBe(false);
    await db.close();
  });
});
