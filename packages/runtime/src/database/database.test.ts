import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import { openPlayers, type PlayerDatabase, player } from '../../test/support/open-players.js';
import { Player } from '../../test/support/player-definition.js';

export async function codeOf(work: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    return error.code;
  }
}

describe('a database in memory', () => {
  let db: PlayerDatabase;
  beforeEach(async () => {
    db = await openPlayers();
  });
  afterEach(() => db.close());

  it('gives back frozen instances of the class, shared', async () => {
    const ann = await db.player.insert(player('p1', { clubs: ['fcb'] }));
    expect(ann).toBeInstanceOf(Player);
    expect(Object.isFrozen(ann)).toBe(true);
    expect(db.player.get('p1')).toBe(ann);
    expect(db.player.findByEmail('p1@x.io')).toBe(ann);
    expect(() => ann.clubs.push('x')).toThrow(TypeError);
    expect(() => ann.joinedAt.setTime(0)).toThrow('READ_ONLY_VALUE');
  });

  it('answers get, has, getMany, require, size, revision', async () => {
    await db.player.insertMany([player('p1'), player('p2')]);
    await db.player.update('p2', { age: 31 });
    expect(db.player.size).toBe(2);
    expect(db.player.has('p1')).toBe(true);
    expect(db.player.has('p3')).toBe(false);
    expect(db.player.getMany(['p2', 'p3']).map((found) => found?.age)).toEqual([31, undefined]);
    expect(db.player.require('p1').id).toBe('p1');
    expect(() => db.player.require('p3')).toThrow('DOCUMENT_NOT_FOUND');
    expect(db.player.revision('p1')).toBe(1);
    expect(db.player.revision('p2')).toBe(2);
  });

  it('finds by unique values, tags and ranges, and by all of them', async () => {
    await db.player.insertMany([
      player('p1', { age: 20, clubs: ['fcb'], name: 'Al' }),
      player('p2', { age: 30, clubs: ['fcb', 'bvb'], name: 'Berta' }),
      player('p3', { age: 40, clubs: ['scp'], name: 'Cleo', nick: 'c' }),
    ]);
    expect(db.player.findByClubs('fcb').orderBy('age', 'desc').keys()).toEqual(['p2', 'p1']);
    expect(
      db.player
        .findByClubs({ any: ['fcb', 'scp'], none: ['bvb'] })
        .orderBy('age')
        .keys(),
    ).toEqual(['p1', 'p3']);
    expect(db.player.findByAge({ gte: 30 }).count()).toBe(2);
    expect(db.player.findByAge(30).first()?.id).toBe('p2');
    expect(db.player.find({ clubs: 'fcb', age: { between: [25, 35] } }).keys()).toEqual(['p2']);
    expect(db.player.findByNameLength({ gt: 4 }).keys()).toEqual(['p2']);
    expect(db.player.findByNick('c')?.id).toBe('p3');
    expect([...db.player.tags('clubs')]).toEqual([
      ['fcb', 2],
      ['bvb', 1],
      ['scp', 1],
    ]);
    expect(db.player.min('age')).toBe(20);
    expect(db.player.max('age')).toBe(40);
    expect(db.player.sum('age')).toBe(90);
    expect(db.player.sum('age', { clubs: 'fcb' })).toBe(50);
    expect(db.player.count({ clubs: 'fcb' })).toBe(2);
  });

  it('updates by patch and by function, upserts, inserts if absent, deletes', async () => {
    await db.player.insert(player('p1', { nick: 'a' }));
    expect((await db.player.update('p1', (held) => ({ age: held.age + 1 }))).age).toBe(31);
    expect((await db.player.update('p1', { nick: undefined })).nick).toBeUndefined();
    expect(await codeOf(() => db.player.update('p1', { age: 1 }, { ifRevision: 1 }))).toBe('REVISION_MISMATCH');
    expect((await db.player.insertIfAbsent(player('p1', { age: 99 }))).age).toBe(31);
    expect((await db.player.upsert(player('p1', { age: 50 }))).age).toBe(50);
    expect((await db.player.increment('p1', 'age', 2)).age).toBe(52);
    expect((await db.player.addTag('p1', 'clubs', 'fcb')).clubs).toEqual(['fcb']);
    expect(await db.player.renameTag('clubs', 'fcb', 'bvb')).toBe(1);
    expect(db.player.findByClubs('fcb').count()).toBe(0);
    expect((await db.player.removeTag('p1', 'clubs', 'bvb')).clubs).toEqual([]);
    expect(await db.player.updateMany({ age: { gt: 0 } }, { age: 7 })).toBe(1);
    expect(await db.player.delete('p1')).toBe(true);
    expect(await db.player.delete('p1')).toBe(false);
    expect(db.player.size).toBe(0);
    expect(db.player.findByEmail('p1@x.io')).toBeUndefined();
    expect(db.player.tags('clubs').size).toBe(0);
  });

  it('runs a transaction over writes it sees itself, and gives its result', async () => {
    await db.player.insert(player('p1'));
    const age = await db.transaction((tx) => {
      tx.player.update('p1', { age: 44 });
      tx.player.insert(player('p2'));
      return db.player.require('p1').age;
    });
    expect(age).toBe(44);
    expect(db.player.size).toBe(2);
    expect(db.seq).toBe(2n);
  });

  it('lets two documents swap a unique value inside a transaction', async () => {
    await db.player.insertMany([player('p1'), player('p2')]);
    await db.transaction((tx) => {
      tx.player.update('p1', { email: 'p2@x.io' });
      tx.player.update('p2', { email: 'p1@x.io' });
    });
    expect(db.player.findByEmail('p1@x.io')?.id).toBe('p2');
    expect(db.player.findByEmail('p2@x.io')?.id).toBe('p1');
  });

  it('takes a transaction back whose unique values still collide at its end', async () => {
    await db.player.insertMany([player('p1'), player('p2')]);
    const failed = db.transaction((tx) => {
      tx.player.insert(player('p3'));
      tx.player.update('p1', { email: 'p2@x.io' });
    });
    await expect(failed).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      facts: { collection: 'player', index: 'email', value: 'p2@x.io', holderKey: 'p2' },
    });
    expect(db.player.size).toBe(2);
    expect(db.player.findByEmail('p1@x.io')?.id).toBe('p1');
    expect(db.player.findByEmail('p2@x.io')?.id).toBe('p2');
    expect(db.player.findByEmail('p3@x.io')).toBeUndefined();
  });

  it('takes everything back when the function throws, and passes the error on', async () => {
    await db.player.insert(player('p1', { clubs: ['fcb'] }));
    const before = db.player.get('p1');
    const failed = db.transaction((tx) => {
      tx.player.update('p1', { clubs: ['bvb'], age: 99, email: 'new@x.io' });
      tx.player.insert(player('p2'));
      tx.player.delete('p1');
      tx.player.insert(player('p1', { age: 1 }));
      throw new RangeError('no');
    });
    await expect(failed).rejects.toThrow(RangeError);
    expect(db.player.get('p1')).toBe(before);
    expect(db.player.revision('p1')).toBe(1);
    expect(db.player.findByClubs('fcb').all()).toEqual([before]);
    expect(db.player.findByClubs('bvb').count()).toBe(0);
    expect(db.player.findByAge(30).count()).toBe(1);
    expect(db.player.size).toBe(1);
    expect(db.seq).toBe(1n);
  });

  it('refuses an async transaction function and takes its writes back', async () => {
    expect(await codeOf(() => db.transaction(async (tx) => tx.player.insert(player('p1'))))).toBe('TRANSACTION_ENDED');
    expect(db.player.size).toBe(0);
  });

  it('refuses writes through a transaction that has ended', async () => {
    const kept = await db.transaction((tx) => tx.player);
    expect(() => kept.insert(player('p1'))).toThrow('TRANSACTION_ENDED');
  });

  it('joins nested transactions and direct writes: one fate', async () => {
    await db.transaction((tx) => {
      tx.player.insert(player('p1'));
      void db.transaction((inner) => inner.player.insert(player('p2')));
      void db.player.insert(player('p3'));
    });
    expect(db.seq).toBe(1n);
    expect(db.player.size).toBe(3);
    const failed = db.transaction((tx) => {
      tx.player.insert(player('p4'));
      void db.player.insert(player('p1'));
    });
    await expect(failed).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(db.player.size).toBe(3);
  });

  it('lets a transaction continue after a failed statement', async () => {
    await db.player.insert(player('p1'));
    await db.transaction((tx) => {
      expect(() => tx.player.insertMany([player('p2'), player('p3'), player('p1')])).toThrow('DUPLICATE_KEY');
      tx.player.insert(player('p9'));
    });
    expect(db.player.all().orderBy('age').keys()).toEqual(['p1', 'p9']);
  });

  it('checks an AbortSignal before the commit point', async () => {
    const control = new AbortController();
    const failed = db.transaction(
      (tx) => {
        tx.player.insert(player('p1'));
        control.abort();
      },
      { signal: control.signal },
    );
    await expect(failed).rejects.toMatchObject({ code: 'ABORTED' });
    expect(db.player.size).toBe(0);
    expect(await codeOf(() => db.player.insert(player('p1'), { signal: control.signal }))).toBe('ABORTED');
  });

  it('runs a command and gives its result', async () => {
    class Enrol {
      constructor(readonly name: string) {}
      execute(
        tx: {
          readonly player: PlayerDatabase['player'] extends never
            ? never
            : Parameters<Parameters<PlayerDatabase['transaction']>[0]>[0]['player'];
        },
        context: { uuid(): string },
      ): string {
        return tx.player.insert(player(context.uuid(), { name: this.name })).id;
      }
    }
    const id = await db.commit(new Enrol('Zoe'));
    expect(db.player.require(id).name).toBe('Zoe');
  });

  it('refuses writes after closing', async () => {
    await db.close();
    expect(db.state).toBe('closed');
    expect(await codeOf(() => db.player.insert(player('p1')))).toBe('DATABASE_CLOSED');
  });
});
