/** `view(key, fn)`: what its function is given, when it ends, and that bytes stay bytes. */

import { inspect } from 'node:util';
import type { DocumentModel } from '@nuthatch/model';
import { clubKey, type NuthatchDatabase, openDatabase } from '../../../generated/index.js';
import { Club, Ground } from '../../../schemas/club.js';
import { Player } from '../../../schemas/player.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { DIRECTORY, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const COUNT = 20;
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

/** Opened anew: every document is bytes. */
async function reopened(isImage: boolean, options: Partial<DatabaseOptions> = {}): Promise<NuthatchDatabase> {
  const fileSystem = new MemoryFileSystem();
  const open = (): Promise<NuthatchDatabase> =>
    openDatabase({ directory: DIRECTORY, fileSystem, compaction: 'manual', ...options } as DatabaseOptions);
  const first = await open();
  for (let number = 0; number < COUNT; number++) {
    const id = String(number);
    await first.player.insert({ id, email: `${id}@x.io`, age: number, name: `Name ${id}`, clubs: [`c${id}`] });
    await first.letter.insert({ id, number, sentAt: new Date(number), text: `Dear ${id}`, labels: [`l${id}`] });
    const ground = { street: `Street ${id}`, city: 'Bern' };
    await first.club.insert({ id, name: `Club ${id}`, ...(number % 2 === 0 && { ground }) });
  }
  if (isImage) await first.compact();
  await first.close();
  return open();
}

const undecoded = (db: NuthatchDatabase, name: string): number => db.stats().collections[name]!.undecodedCount;

describe.each([
  ['of the journal', false],
  ['of an image', true],
])('view(key, fn) over bytes %s', (_, isImage) => {
  let db: NuthatchDatabase;
  beforeEach(async () => {
    db = await reopened(isImage);
  });
  afterEach(() => db.close());

  it('gives what fn answers, and leaves every document as bytes', () => {
    for (let number = 0; number < COUNT; number++) {
      const key = String(number);
      expect(db.player.view(key, ({ age, name, nick }) => [age, name, nick])).toEqual([
        number,
        `Name ${key}`,
        undefined,
      ]);
      expect(db.letter.view(key, ({ text }) => text)).toBe(`Dear ${key}`);
    }
    expect([undecoded(db, 'player'), undecoded(db, 'letter')]).toEqual([COUNT, COUNT]);
    expect(db.stats().collections['player']!.undecodedBytes).toBeGreaterThan(0);
  });

  it('answers undefined for a key without a document, and does not call fn', () => {
    const fn = jest.fn();
    expect(db.player.view('none', fn)).toBeUndefined();
    expect(fn).not.toHaveBeenCalled();
    expect(() => db.player.view(7 as never, fn)).toThrow(code('INVALID_KEY'));
    for (const wrong of [undefined, null, 'age', {}])
      expect(() => db.player.view('1', wrong as never)).toThrow(code('INVALID_QUERY'));
    expect(() => db.player.view('none', 'age' as never)).toThrow(code('INVALID_QUERY'));
  });

  it('reads like a document of the class: getters, methods, spread, JSON, keys, `in`, instanceof', () => {
    const copy = db.player.view('3', (player) => {
      expect(player).toBeInstanceOf(Player);
      expect(player.nameLength).toBe('Name 3'.length);
      expect(Object.keys(player)).toContain('nick');
      expect('age' in player && 'nameLength' in player && !('nothing' in player)).toBe(true);
      expect(Object.hasOwn(player, 'age') && !Object.hasOwn(player, 'nameLength')).toBe(true);
      expect(player.clubs).toBe(player.clubs);
      expect(inspect(player)).toContain("name: 'Name 3'");
      expect(player.constructor).toBe(Player);
      return { spread: { ...player }, json: JSON.stringify(player), clubs: player.clubs };
    });
    expect(undecoded(db, 'player')).toBe(COUNT);
    const document = db.player.require('3');
    expect(copy).toEqual({ spread: { ...document }, json: JSON.stringify(document), clubs: ['c3'] });
    expect(Object.isFrozen(copy?.clubs)).toBe(true);
  });

  it('makes the whole document for a field that holds objects of a class, and does not keep it', () => {
    const read = db.club.view('2', ({ name, ground, level }) => {
      expect(ground).toBeInstanceOf(Ground);
      return [name, ground!.address, level];
    });
    expect(read).toEqual(['Club 2', 'Street 2, Bern', 'amateur']);
    expect(db.club.view(clubKey('3'), ({ ground }) => ground)).toBeUndefined();
    expect(undecoded(db, 'club')).toBe(COUNT);
    expect(db.club.view('2', (club) => club instanceof Club)).toBe(true);
  });

  it('gives the same of documents that are objects', () => {
    const document = db.player.require('4');
    const face = db.player.view('4', (player) => {
      expect(player).not.toBe(document);
      expect(player.clubs).toBe(document.clubs);
      return { ...player };
    });
    expect(face).toEqual({ ...document });
  });

  it('ends with the call: a face that was kept is refused, whether the document is bytes or an object', () => {
    let kept: unknown[] = [];
    db.player.get('1');
    db.player.view('1', (player) => kept.push(player));
    db.player.view('2', (player) => kept.push(player));
    for (const face of kept as { age: number }[]) {
      expect(() => face.age).toThrow(code('VIEW_ENDED'));
      expect(() => ({ ...face })).toThrow(code('VIEW_ENDED'));
      expect(() => JSON.stringify(face)).toThrow(code('VIEW_ENDED'));
      expect(() => 'age' in face).toThrow(code('VIEW_ENDED'));
      expect(inspect(face)).toContain('ended');
    }
    kept = [];
    expect(() => db.player.view('1', (player) => player)).toThrow(code('VIEW_ENDED'));
    expect(db.player.view('2', ({ age }) => age)).toBe(2);
  });

  it('lets an async function read before its first await, and refuses it afterwards', async () => {
    expect(await db.player.view('1', async ({ age }) => age + 1)).toBe(2);
    const late = db.player.view('1', async (player) => {
      await Promise.resolve();
      return player.age;
    });
    await expect(late).rejects.toThrow(code('VIEW_ENDED'));
    const generator = db.player.view('1', function* (player) {
      yield player.age;
    })!;
    expect(() => generator.next()).toThrow(code('VIEW_ENDED'));
  });

  it('refuses to be written to', () => {
    db.player.view('1', (player) => {
      const open = player as Record<string, unknown>;
      expect(() => (open['age'] = 3)).toThrow(code('READ_ONLY_VALUE'));
      expect(() => (open['new'] = 3)).toThrow(code('READ_ONLY_VALUE'));
      expect(() => delete open['age']).toThrow(code('READ_ONLY_VALUE'));
      expect(() => Object.defineProperty(open, 'age', { value: 3 })).toThrow(code('READ_ONLY_VALUE'));
      expect(() => Object.setPrototypeOf(open, null)).toThrow(code('READ_ONLY_VALUE'));
      expect(() => Object.freeze(open)).toThrow(TypeError);
      expect(() => (player.clubs as string[]).push('x')).toThrow(TypeError);
      expect(player.age).toBe(1);
    });
  });

  it('throws what fn throws, and is over then', () => {
    let kept: { age: number } | undefined;
    const failure = new Error('mine');
    const failing = (): unknown =>
      db.player.view('1', (player) => {
        kept = player;
        throw failure;
      });
    expect(failing).toThrow(failure);
    expect(() => kept!.age).toThrow(code('VIEW_ENDED'));
    expect(undecoded(db, 'player')).toBe(COUNT);
  });

  it('nests, on one document and on several', () => {
    const sum = db.player.view('1', (one) =>
      db.player.view('2', (two) => {
        const inner = db.player.view('1', (again) => again.age + two.age)!;
        return inner + one.age + two.age + db.letter.view('3', ({ number }) => number)!;
      }),
    );
    expect(sum).toBe(9);
    expect(undecoded(db, 'player')).toBe(COUNT);
  });

  it('shows the document as it was at the call, whatever fn writes', async () => {
    const writes: Promise<unknown>[] = [];
    const seen = db.player.view('5', (player) => {
      const before = player.age;
      writes.push(db.player.update('5', { age: 50, name: 'New' }));
      expect(db.player.view('5', ({ age }) => age)).toBe(50);
      writes.push(db.player.delete('5'));
      // Takes the place that became free.
      writes.push(db.player.insert({ id: 'other', email: 'other@x.io', age: 99, name: 'Other' }));
      expect(db.player.view('5', () => 1)).toBeUndefined();
      return [before, player.age, player.name, player.clubs];
    });
    expect(seen).toEqual([5, 5, 'Name 5', ['c5']]);
    const all = db.letter.view('6', (letter) => {
      writes.push(db.letter.clear());
      return { ...letter };
    });
    expect(all).toEqual({ id: '6', number: 6, labels: ['l6'], sentAt: new Date(6), text: 'Dear 6' });
    await Promise.all(writes);
  });

  it('shows a transaction its own writes, and the document as it was after an undo', async () => {
    await db.transaction((tx) => {
      tx.player.update('1', { age: 70 });
      expect(tx.player.view('1', ({ age }) => age)).toBe(70);
      tx.player.insert({ id: 'new', email: 'new@x.io', age: 1, name: 'New' });
      expect(tx.player.view('new', ({ name }) => name)).toBe('New');
      tx.player.delete('2');
      expect(tx.player.view('2', () => true)).toBeUndefined();
    });
    const kept: number[] = [];
    await expect(
      db.transaction((tx) =>
        tx.player.view('1', (player) => {
          tx.player.update('1', { age: 71 });
          kept.push(player.age, tx.player.view('1', ({ age }) => age)!);
          throw new Error('undo');
        }),
      ),
    ).rejects.toThrow('undo');
    expect(kept).toEqual([70, 71]);
    expect(db.player.view('1', ({ age }) => age)).toBe(70);
  });

  it('shows a snapshot the documents of its moment', async () => {
    const snapshot = db.snapshot();
    await db.player.update('1', { age: 100 });
    await db.player.delete('2');
    await db.player.insert({ id: 'late', email: 'late@x.io', age: 1, name: 'Late' });
    const age = ({ age: value }: { age: number }): number => value;
    expect([snapshot.player.view('1', age), snapshot.player.view('2', age)]).toEqual([1, 2]);
    expect([snapshot.player.view('late', age), snapshot.player.view('3', age)]).toEqual([undefined, 3]);
    expect(undecoded(db, 'player')).toBe(COUNT - 2);
    snapshot.close();
    expect(() => snapshot.player.view('1', age)).toThrow(code('INVALID_QUERY'));
  });

  it('shows reflection JSON, field by field', () => {
    const letters = db.reflect().collection('letter');
    const json = letters.view('7', (letter) => {
      expect(letter['sentAt']).toBe(new Date(7).toISOString());
      return { ...letter };
    });
    expect(undecoded(db, 'letter')).toBe(COUNT);
    expect(json).toEqual(letters.get('7'));
    const players = db.reflect().collection('player');
    // Absent fields are left out of JSON.
    expect(players.view('7', (player) => Object.keys(player))).toEqual(Object.keys(players.get('7')!));
    expect(players.view('none', () => 1)).toBeUndefined();
  });
});

describe('view(key, fn) elsewhere', () => {
  it('leaves decoded documents of a cache alone, and those that were evicted as bytes', async () => {
    await using db = await reopened(true, { cacheBytes: 0 });
    for (let number = 0; number < COUNT; number++) {
      const face = db.player.view(String(number), (player) => {
        const { name } = player;
        // Decodes others, and this one, which go back to bytes.
        db.player.all().all();
        return [name, player.age, player.clubs];
      });
      expect(face).toEqual([`Name ${number}`, number, [`c${number}`]]);
    }
  });

  it('reads values of key-value collections and does not keep them', async () => {
    const fileSystem = new MemoryFileSystem();
    const open = (): Promise<NuthatchDatabase> =>
      openDatabase({
        directory: DIRECTORY,
        fileSystem,
        keyValues: ['tokens'],
        compaction: 'manual',
      } as DatabaseOptions);
    const first = await open();
    await first.keyValue('tokens').set('a', { user: 'ann', since: new Date(3), of: [1n] });
    await first.close();
    await using db = await open();
    const tokens = db.keyValue<{ user: string; since: Date; of: bigint[] }>('tokens');
    expect(tokens.view('a', ({ user }) => user)).toBe('ann');
    expect(tokens.view('a', (value) => value)).toEqual({ user: 'ann', since: new Date(3), of: [1n] });
    expect(tokens.view('b', () => 1)).toBeUndefined();
    expect(() => tokens.view('b', 1 as never)).toThrow(code('INVALID_QUERY'));
    expect(db.stats().collections['tokens']!.undecodedCount).toBe(1);
    await db.transaction((tx) => {
      tx.keyValue<number>('tokens').set('n', 7);
      expect(tx.keyValue<number>('tokens').view('n', (value) => value + 1)).toBe(8);
    });
  });

  it('is one positioned read of a cold document, whatever is asked of it, and keeps nothing', async () => {
    const model: DocumentModel = modelWith([field('age', NUMBER), field('name', STRING)], { storage: 'cold' });
    const fileSystem = new MemoryFileSystem();
    const open = (): ReturnType<typeof openModels> => openModels(fileSystem, [model], { compaction: 'manual' });
    const first = await open();
    await first['player']!.insertMany([0, 1, 2].map((age) => ({ id: `p${age}`, age, name: `Name ${age}` })));
    await first.compact();
    await first.close();
    const db = await open();
    const things = db['player']!;
    const read = things.view('p1', (one) => {
      // Another document of the same file is read in between.
      const { age } = one;
      const other = things.view('p2', ({ name }) => name);
      return [age, other, one['name'], one['id']];
    });
    expect(read).toEqual([1, 'Name 2', 'Name 1', 'p1']);
    const { coldReadCount, coldCount, undecodedCount } = db.stats().collections['player']!;
    expect([coldReadCount, coldCount, undecodedCount]).toEqual([2, 3, 3]);
    await db.close();
  });

  it('shows the fields of the model where a document has fields of a newer class, and older ones in today’s form', async () => {
    for (const storage of ['disk', 'cold'] as const) {
      const fileSystem = new MemoryFileSystem();
      const fields = [field('age', NUMBER), field('gone', STRING), field('name', STRING)];
      const first = await openModels(fileSystem, [modelWith(fields, { storage })], { compaction: 'manual' });
      await first['player']!.insert({ id: 'p1', age: 3, gone: 'x', name: 'Ann' });
      await first.compact();
      await first.close();
      const today = modelWith(
        [field('name', STRING), field('age', NUMBER), field('nick', STRING, { optional: true })],
        {
          storage,
        },
      );
      const db = await openModels(fileSystem, [today], { compaction: 'manual' });
      expect(db['player']!.view('p1', (player) => ({ ...player }))).toEqual({
        ...{ id: 'p1', name: 'Ann', age: 3, nick: undefined },
      });
      expect(db['player']!.view('p1', (player) => 'gone' in player)).toBe(false);
      await db.close();
    }
  });
});
