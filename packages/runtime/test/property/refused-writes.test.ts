/**
 * Nothing moves but with an accepted document: after any refused write, everything that can be seen of a database, and
 * all that is written next, is as in a twin that never heard of it. Sequences, revisions, seqs, indexes, expiries,
 * changes, plug-in indexes and what is there after reopening are looked at.
 */
import fc from 'fast-check';
import { type NuthatchDatabase, openDatabase } from '../../../../generated/index.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';

const DAY = new Date('2026-01-01T00:00:00Z');
const never = new AbortController();
never.abort();

type Act = (db: NuthatchDatabase) => Promise<unknown>;

const match = (fields: object = {}) => ({ home: 'a', away: 'b', playedAt: DAY, ...fields }) as never;
const player = (id: string, fields: object = {}) =>
  ({ id, email: `${id}@x.io`, age: 20, name: id, joinedAt: DAY, ...fields }) as never;
const bad = { status: 'no such' };

/** Each is refused whatever is there, once p1, p2 and the first match are. */
const REFUSED: Readonly<Record<string, Act>> = {
  'an insert with a generated id that is not valid': (db) => db.match.insert(match(bad)),
  'an insert with a great id of its own that is not valid': (db) => db.match.insert(match({ id: 2 ** 53 - 1, ...bad })),
  'an insert of an unknown field': (db) => db.match.insert(match({ id: 900, strange: 1 })),
  'an insert of an id that is there': (db) => db.match.insert(match({ id: 1 })),
  'an insert with a bad ttlMs': (db) => db.match.insert(match({ id: 901 }), { ttlMs: -1 }),
  'an insert with a bad option': (db) => db.match.insert(match(), { ifRevison: 1 } as never),
  'an insert that was aborted': (db) => db.match.insert(match(), { signal: never.signal }),
  'an insertMany whose last is refused': (db) => db.match.insertMany([match(), match({ id: 77 }), match(bad)]),
  'an insertMany of a thing that throws': (db) =>
    db.match.insertMany(
      (function* () {
        yield match();
        throw new RangeError('mine');
      })(),
    ),
  'an upsert that is not valid': (db) => db.match.upsert(match({ id: 5_000, ...bad })),
  'an upsertBy that is not valid': (db) => db.player.upsertBy('email', player('p1', { age: 500 })),
  'an insertIfAbsent that is not valid': (db) => db.match.insertIfAbsent(match({ id: 6_000, ...bad })),
  'an insert with a unique value that is taken': (db) => db.player.insert(player('p9', { email: 'p1@x.io' })),
  'an update to a unique value that is taken': (db) => db.player.update('p2', { email: 'p1@x.io' }),
  'an update that is not valid': (db) => db.player.update('p1', { age: 121, clubs: ['new'] }),
  'an update of another revision': (db) => db.player.update('p1', { age: 5 }, { ifRevision: 99 }),
  'an update of what is not there': (db) => db.player.update('nobody', { age: 5 }),
  'an update of the key': (db) => db.player.update('p1', { id: 'p7', age: 5 } as never),
  'an updateMany that collides': (db) => db.player.updateMany({}, { email: 'same@x.io' }),
  'an updateMany by a function that throws': (db) => {
    let count = 0;
    return db.player.updateMany({}, () => {
      if (++count === 2) throw new RangeError('mine');
      return { age: 50 };
    });
  },
  'a delete of another revision': (db) => db.player.delete('p1', { ifRevision: 99 }),
  'a deleteMany with a bad option': (db) => db.player.deleteMany({}, { ttlMs: 1 } as never),
  'an increment out of the counted numbers': (db) => db.player.increment('p1', 'age', 2 ** 53),
  'a tag of the wrong type': (db) => db.player.addTag('p1', 'clubs', 5 as never),
  'a transaction that throws': (db) =>
    db.transaction((tx) => {
      tx.match.insert(match());
      tx.match.insert(match({ id: 4_000 }), { ttlMs: 5_000 });
      tx.player.update('p1', { age: 99, clubs: ['other'] });
      tx.player.delete('p2');
      throw new RangeError('mine');
    }),
  'a transaction that leaves a unique value with two holders': (db) =>
    db.transaction((tx) => {
      tx.match.insert(match());
      tx.player.insert(player('p8', { email: 'p1@x.io' }));
    }),
  'a transaction that answers a promise': (db) => db.transaction(async (tx) => void tx.match.insert(match())),
  'a transaction that is too large': (db) =>
    db.transaction((tx) => {
      for (let index = 0; index < 3_000; index++) tx.match.insert(match({ report: 'long '.repeat(20) }));
    }),
  'a nested call that fails': (db) =>
    db.transaction((tx) => {
      tx.match.insert(match());
      void db.match.insert(match(bad));
    }),
  'a command that throws': (db) =>
    db.commit({
      execute: (tx) => {
        tx.match.insert(match());
        throw new RangeError('mine');
      },
    }),
};

/** Refused inside a transaction that catches it and goes on: the transaction is as if it had not been tried. */
const CAUGHT: Act = (db) =>
  db.transaction((tx) => {
    for (const refused of [
      () => tx.match.insert(match(bad)),
      () => tx.match.insertMany([match(), match({ id: 800 }), match(bad)]),
      () => tx.player.update('p1', { age: 121 }),
    ]) {
      try {
        refused();
      } catch {
        // As meant.
      }
    }
  });

/** What is accepted, before and after. */
const ACCEPTED: Readonly<Record<string, Act>> = {
  'a generated id': (db) => db.match.insert(match()),
  'an id of its own': (db) => db.match.upsert(match({ id: 10, report: 'r' })),
  'an update': (db) => db.player.update('p1', (held) => ({ age: held.age === 40 ? 41 : 40 })),
  'a patch that changes nothing': (db) => db.player.update('p2', {}),
  'a delete': (db) => db.match.delete(2),
  'a tag': (db) => db.player.addTag('p2', 'clubs', 'fcb'),
};

interface Twin {
  readonly fileSystem: MemoryFileSystem;
  db: NuthatchDatabase;
  readonly changes: string[];
  readonly told: string[];
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));

async function open(fileSystem = new MemoryFileSystem()): Promise<Twin> {
  const db = await openDatabase({ directory: '/db', fileSystem, maxFrameBytes: 65_536, compaction: 'manual' });
  const twin: Twin = { fileSystem, db, changes: [], told: [] };
  db.subscribe(({ collection, key, kind, revision, seq }) =>
    twin.changes.push(text([collection, key, kind, revision, seq])),
  );
  const tell = (...what: unknown[]): void => void twin.told.push(text(what));
  await db.match.addIndex({
    name: 'plugin',
    insert: (document) => tell('insert', document),
    remove: (document) => tell('remove', document),
    update: (before, after) => tell('update', before, after),
    rebuild: () => undefined,
  });
  return twin;
}

/** Everything that can be seen. */
function seen({ db, changes }: Twin): unknown {
  const { expiringCount, pendingTransactionCount, collections } = db.stats();
  return {
    seq: db.seq,
    expiringCount,
    pendingTransactionCount,
    collections,
    matches: db.match
      .all()
      .all()
      .map((document) => [text(document), db.match.revision(document.id)]),
    players: db.player
      .all()
      .all()
      .map((document) => [text(document), db.player.revision(document.id)]),
    tags: [db.match.tags('status'), db.match.tags('home'), db.player.tags('clubs')],
    ages: db.player.find({ age: { gte: 0 } }).keys(),
    byEmail: ['p1@x.io', 'p2@x.io', 'same@x.io'].map((email) => db.player.findByEmail(email)?.id),
    changes: [...changes],
  };
}

async function fill({ db }: Twin): Promise<void> {
  await db.player.insertMany([player('p1', { clubs: ['fcb'] }), player('p2')]);
  await db.match.insert(match());
}

it('a refused write leaves everything as it was, now, for the next write and after reopening', async () => {
  const accepted = fc.array(fc.constantFrom(...Object.keys(ACCEPTED)), { maxLength: 4 });
  const refused = fc.constantFrom(...Object.keys(REFUSED), 'caught');
  await fc.assert(
    fc.asyncProperty(
      accepted,
      fc.array(refused, { minLength: 1, maxLength: 3 }),
      accepted,
      async (before, tried, after) => {
        const one = await open();
        const other = await open();
        try {
          for (const twin of [one, other]) {
            await fill(twin);
            for (const name of before) await ACCEPTED[name]?.(twin.db);
          }
          for (const name of tried) {
            if (name === 'caught') await CAUGHT(one.db);
            else await expect(REFUSED[name]?.(one.db)).rejects.toThrow();
          }
          expect(seen(one)).toEqual(seen(other));
          for (const name of [...after, 'a generated id']) {
            const [mine, its] = [await ACCEPTED[name]?.(one.db), await ACCEPTED[name]?.(other.db)];
            expect(text(mine)).toBe(text(its));
          }
          expect(seen(one)).toEqual(seen(other));
        } finally {
          await one.db.close();
          await other.db.close();
        }
        const reopened = [await open(one.fileSystem), await open(other.fileSystem)] as const;
        expect(seen(reopened[0])).toEqual(seen(reopened[1]));
        for (const { db } of reopened) await db.match.insert(match());
        expect(seen(reopened[0])).toEqual(seen(reopened[1]));
        for (const { db } of reopened) await db.close();
      },
    ),
    { numRuns: 40 },
  );
});

it.each(Object.keys(REFUSED))('leaves everything as it was: %s', async (name) => {
  const one = await open();
  const other = await open();
  await fill(one);
  await fill(other);
  await expect(REFUSED[name]?.(one.db)).rejects.toThrow();
  expect(seen(one)).toEqual(seen(other));
  expect(await one.db.match.insert(match())).toEqual(await other.db.match.insert(match()));
  await one.db.close();
  await other.db.close();
});

describe('the last number of a sequence', () => {
  it('is used, and then refused by its own error, also after reopening', async () => {
    const fileSystem = new MemoryFileSystem();
    let { db } = await open(fileSystem);
    await db.match.insert(match({ id: 2 ** 53 - 2 }));
    expect((await db.match.insert(match())).id).toBe(2 ** 53 - 1);
    await expect(db.match.insert(match())).rejects.toMatchObject({
      code: 'SEQUENCE_EXHAUSTED',
      facts: { collection: 'match', lastId: 2 ** 53 - 1 },
    });
    await db.close();
    ({ db } = await open(fileSystem));
    await expect(db.match.insert(match())).rejects.toMatchObject({ code: 'SEQUENCE_EXHAUSTED' });
    expect((await db.match.insert(match({ id: 5 }))).id).toBe(5);
    await db.close();
  });

  it('is not used up by a transaction that was taken back', async () => {
    const { db } = await open();
    await expect(
      db.transaction((tx) => {
        tx.match.insert(match({ id: 2 ** 53 - 1 }));
        throw new RangeError('mine');
      }),
    ).rejects.toThrow('mine');
    expect((await db.match.insert(match())).id).toBe(1);
    await db.close();
  });
});
