import { openPlayers, player } from '../../test/support/open-players.js';
import type { Change } from './change.js';

async function take<T>(iterable: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of iterable) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

describe('changes', () => {
  it('say kind, key, before, after, changed fields, revision, seq', async () => {
    const db = await openPlayers();
    const heard: Change[] = [];
    using subscription = db.player.subscribe((change) => heard.push(change as Change));
    const first = await db.player.insert(player('p1'));
    const second = await db.player.update('p1', { age: 31, clubs: ['x'], name: first.name });
    await db.player.delete('p1');
    expect(heard).toMatchObject([
      { seq: 1n, collection: 'player', kind: 'insert', key: 'p1', before: undefined, revision: 1, origin: 'live' },
      { seq: 2n, kind: 'update', changedFields: ['clubs', 'age'], revision: 2 },
      { seq: 3n, kind: 'delete', after: undefined },
    ]);
    expect(heard[1]?.before).toBe(first);
    expect(heard[1]?.after).toBe(second);
    subscription.unsubscribe();
    await db.player.insert(player('p2'));
    expect(heard).toHaveLength(3);
    await db.close();
  });

  it('come as one for several writes of a document in a transaction; what never was does not come', async () => {
    const db = await openPlayers();
    await db.player.insert(player('p1'));
    const heard: Change[] = [];
    db.subscribe((change) => heard.push(change));
    await db.transaction((tx) => {
      tx.player.update('p1', { age: 1 });
      tx.player.update('p1', { age: 2 });
      tx.player.insert(player('p2'));
      tx.player.delete('p2');
      tx.player.insert(player('p3'));
      tx.player.update('p3', { age: 3 });
    });
    expect(heard.map(({ key, kind, after }) => [key, kind, (after as { age: number }).age])).toEqual([
      ['p1', 'update', 2],
      ['p3', 'insert', 3],
    ]);
    await db.close();
  });

  it('are heard before the promise of the write goes on, never inside the write', async () => {
    const db = await openPlayers();
    let count = 0;
    db.player.subscribe(() => count++);
    const promise = db.player.insert(player('p1'));
    expect(count).toBe(0);
    await promise;
    expect(count).toBe(1);
    await db.close();
  });

  it('reach the other listeners when one throws, which is reported', async () => {
    const db = await openPlayers();
    const errors: unknown[] = [];
    let heard = 0;
    db.on('listenerError', (error) => errors.push(error));
    db.player.subscribe(() => {
      throw new RangeError('mine');
    });
    db.player.subscribe(() => heard++);
    await db.player.insert(player('p1'));
    await db.player.insert(player('p2'));
    db.player.subscribe(async () => {
      throw new RangeError('later');
    });
    await db.player.insert(player('p3'));
    await db.flush();
    expect(heard).toBe(3);
    expect(errors).toHaveLength(4);
    expect(db.player.size).toBe(3);
    await db.close();
  });

  it('may be written from a listener', async () => {
    const db = await openPlayers();
    db.player.subscribe(({ key }) => void (key === 'p1' && db.player.insert(player('echo'))));
    await db.player.insert(player('p1'));
    expect(db.player.has('echo')).toBe(true);
    await db.close();
  });

  it('continue after a seq, then live, in a for await loop', async () => {
    const db = await openPlayers();
    await db.player.insert(player('p1'));
    await db.player.insert(player('p2'));
    const loop = take(db.player.changes({ since: 1n }), 3);
    void db.player.insert(player('p3'));
    void db.player.insert(player('p4'));
    expect((await loop).map(({ key }) => key)).toEqual(['p2', 'p3', 'p4']);
    expect(db.stats().subscriptionCount).toBe(0);
    await db.close();
  });

  it('do not come twice when a reader begins between settlement and delivery', async () => {
    const db = await openPlayers();
    db.player.subscribe(() => undefined);
    void db.player.insert(player('p1'));
    const loop = take(db.changes({ since: 0 }), 2);
    await db.player.insert(player('p2'));
    expect((await loop).map(({ key }) => key)).toEqual(['p1', 'p2']);
    await db.close();
  });

  it('refuse to skip changes that are no longer kept', async () => {
    const db = await openPlayers({ memory: true, historyChangeCount: 2 });
    for (const id of ['p1', 'p2', 'p3', 'p4']) await db.player.insert(player(id));
    await expect(take(db.changes({ since: 1n }), 1)).rejects.toMatchObject({
      code: 'CHANGES_GONE',
      facts: { oldestSince: 2n },
    });
    expect((await take(db.changes({ since: 2n }), 2)).map(({ key }) => key)).toEqual(['p3', 'p4']);
    await db.close();
  });

  it('end the loop of a reader that falls too far behind, and no other loop', async () => {
    const db = await openPlayers();
    const slow = db.changes({ bufferCount: 3 });
    const fast = take(db.changes(), 10);
    const next = slow.next();
    for (let index = 0; index < 10; index++) await db.player.insert(player(`p${index}`));
    expect((await next).value).toMatchObject({ key: 'p0' });
    await expect(slow.next()).rejects.toMatchObject({ code: 'CHANGES_GONE', facts: { resumeSince: 1n } });
    expect(await fast).toHaveLength(10);
    await db.close();
  });

  it('come filtered, of the past and live, and the others take no room in the buffer', async () => {
    const db = await openPlayers();
    const isEven = (change: { readonly key: unknown }) => Number(String(change.key).slice(1)) % 2 === 0;
    for (const id of ['p1', 'p2', 'p3', 'p4']) await db.player.insert(player(id));
    using even = db.player.changes({ since: 0n, bufferCount: 2, filter: isEven });
    for (const id of ['p5', 'p6', 'p7', 'p8', 'p9']) await db.player.insert(player(id));
    expect((await take(even, 4)).map(({ key }) => key)).toEqual(['p2', 'p4', 'p6', 'p8']);
    await db.close();
  });

  it('end the loop after the changes that a throwing filter let through, and affect no other reader', async () => {
    const db = await openPlayers();
    const failure = new TypeError('not my change');
    const filter = (change: { readonly key: unknown }) => {
      if (change.key === 'p2') throw failure;
      return true;
    };
    const filtered = db.player.changes({ filter });
    const others = take(db.player.changes(), 3);
    for (const id of ['p1', 'p2', 'p3']) await db.player.insert(player(id));
    expect((await filtered.next()).value).toMatchObject({ key: 'p1' });
    await expect(filtered.next()).rejects.toBe(failure);
    expect(await others).toHaveLength(3);
    expect(() => db.changes({ filter: 'age' as never })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    await db.close();
  });

  it('are refused for a filter that returns promises, past and live ones', async () => {
    const { MemoryFileSystem } = await import('../file-system/memory-file-system.js');
    const db = await openPlayers({ directory: '/d', fileSystem: new MemoryFileSystem(), historyChangeCount: 0 });
    await db.player.insert(player('p1'));
    const filter = (async () => false) as never;
    for (const options of [{ filter }, { filter, since: 0n }]) {
      const changes = db.player.changes(options);
      const next = changes.next();
      await db.player.update('p1', { age: (db.player.require('p1').age ?? 0) + 1 });
      await expect(next).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'filter' } });
    }
    await db.close();
  });

  it('end their loops when the database closes', async () => {
    const db = await openPlayers();
    const loop = take(db.changes(), 5);
    await db.player.insert(player('p1'));
    await db.close();
    expect(await loop).toHaveLength(1);
  });
});
