/** What a search does in an open database: transactions, watched queries, loops, openings, refusals. */
import { inspect } from 'node:util';
import { createTestDatabase, fork } from '@nuthatch/runtime/testing';
import { definitions, type NuthatchDatabase, openDatabase } from '../../../examples/text-search/generated/index.js';
import { openDatabase as openWith } from '../../runtime/src/database/open-database.js';
import type { CollectionDefinition } from '../../runtime/src/definition/collection-definition.js';
import { FaultFileSystem } from '../../runtime/test/fault-file-system.js';

const THREE = [
  { id: 1, title: 'Crash at login', text: 'white page', votes: 1 },
  { id: 2, title: 'Page is slow', text: 'login takes a crash course', votes: 5 },
  { id: 3, title: 'Dark mode', text: 'please' },
];

describe('a search in memory', () => {
  let db: NuthatchDatabase;
  beforeEach(async () => {
    db = await openDatabase({ memory: true });
    await db.issue.insertMany(THREE);
  });
  afterEach(() => db.close());

  it('leaves out conditions that are undefined when asked to', () => {
    const filters: { votes?: number } = {};
    const where = { votes: { gte: filters.votes }, state: undefined };
    expect(db.issue.search('login', { where, ignoreUndefined: true }).keys()).toEqual([1, 2]);
    expect(db.issue.search('login', { where: { votes: { gte: 5 } }, ignoreUndefined: true }).keys()).toEqual([2]);
    expect(() => db.issue.search('login', { where } as never)).toThrow(/leave the condition out/);
    expect(() => db.issue.search('login', { ignoreUndefined: 1 } as never)).toThrow(/INVALID_OPTION/);
    expect(() => db.issue.search('login', { wher: {} } as never)).toThrow(/match, where, ignoreUndefined/);
  });

  it('sees the writes of its transaction, and none of one that is taken back', async () => {
    const query = db.issue.search('login');
    await db
      .transaction((tx) => {
        tx.issue.update(1, { title: 'Crash at logout' });
        tx.issue.insert({ id: 4, title: 'Login, login' });
        tx.issue.delete(2);
        expect(tx.issue.search('login').keys()).toEqual([4]);
        throw new Error('taken back');
      })
      .catch(() => undefined);
    expect(query.keys()).toEqual([1, 2]);
    expect(db.issue.search('logout').count()).toBe(0);
  });

  it('shows a watcher each new order, also where no row has come or gone', async () => {
    const seen: number[][] = [];
    const subscription = db.issue
      .search('crash login', { match: 'any' })
      .watch((rows) => seen.push(rows.map(({ id }) => id)));
    await db.issue.update(2, { title: 'Crash, crash at login' });
    await db.issue.update(3, { votes: 9 });
    await db.issue.delete(1);
    subscription.unsubscribe();
    await db.issue.insert({ id: 9, title: 'crash' });
    expect(seen).toEqual([[1, 2], [2, 1], [2]]);
  });

  it('does not search again for a watcher where no text has changed of what it found', async () => {
    let asked = 0;
    const shown: string[] = [];
    const subscription = db.issue
      .search('login', { where: { state: 'open' } })
      .filter(() => {
        asked++;
        return true;
      })
      .watch((rows) => shown.push(rows.map(({ id, votes }) => `${id}:${votes}`).join()));
    const first = asked;
    await db.issue.update(3, { votes: 9 });
    await db.issue.update(3, { state: 'closed' });
    expect([asked - first, shown]).toEqual([0, ['1:1,2:5']]);
    await db.issue.update(2, { votes: 6 });
    await db.issue.update(1, { state: 'closed' });
    await db.transaction((tx) => {
      tx.issue.update(3, { votes: 10 });
      tx.issue.update(1, { state: 'open' });
    });
    expect(shown).toEqual(['1:1,2:5', '1:1,2:6', '2:6', '1:1,2:6']);
    // Texts of others change what a word counts.
    const before = asked;
    await db.issue.update(3, { text: 'more words, and none of them' });
    expect(asked).toBeGreaterThan(before);
    subscription.unsubscribe();
  });

  it('keeps a watched answer to a limit, in the order of the rank or of a field', async () => {
    const ranked: number[][] = [];
    const ordered: number[][] = [];
    db.issue
      .search('page')
      .limit(1)
      .watch((rows) => ranked.push(rows.map(({ id }) => id)));
    db.issue
      .search('page')
      .orderBy('votes', 'desc')
      .limit(1)
      .watch((rows) => ordered.push(rows.map(({ id }) => id)));
    await db.issue.update(3, { title: 'page page page', votes: 7 });
    await db.issue.update(3, { title: 'Dark', votes: 8 });
    expect(ranked).toEqual([[2], [3], [2]]);
    expect(ordered).toEqual([[2], [3], [2]]);
  });

  it('hands out in slices what was there when the loop began', async () => {
    const seen: number[] = [];
    for await (const { id } of db.issue.search('login')) {
      seen.push(id);
      if (seen.length === 1) await db.issue.deleteMany({});
    }
    expect(seen).toEqual([1, 2]);
  });

  it('goes on with what is there when a filter writes', () => {
    const kept = db.issue.search('login').filter(({ id }) => {
      if (id === 1) void db.issue.delete(2);
      return true;
    });
    expect(kept.keys()).toEqual([1]);
  });

  it('gives documents of equal score by their keys, on pages too', async () => {
    await db.issue.insertMany([70, 50, 60, 40, 9].map((id) => ({ id, title: 'twins of one title' })));
    const query = db.issue.search('twins title', { prefix: true, match: 'any' });
    expect(query.keys()).toEqual([9, 40, 50, 60, 70]);
    const { next } = query.limit(2).page();
    expect(query.limit(2).after(next!).keys()).toEqual([50, 60]);
  });

  it('says how it was answered', () => {
    const plan = db.issue
      .search('login', { where: { state: 'open' } })
      .limit(1)
      .explain();
    expect(plan).toMatchObject({ index: 'search', order: 'by rank', matched: 1 });
    expect(plan.conditions.map(({ asked }) => asked).sort()).toEqual(['index', 'search']);
    const narrow = db.issue.search('login', { where: { id: 2 } }).explain();
    expect(narrow).toMatchObject({ matched: 1 });
  });

  it('gives rows of some fields, distinct values and groups', () => {
    const query = db.issue.search('login');
    expect(query.select('id', 'votes').all()).toEqual([
      { id: 1, votes: 1 },
      { id: 2, votes: 5 },
    ]);
  });

  it.each([
    ['no text', [undefined]],
    ['a number', [7]],
    ['a list', [['login']]],
    ['options that are none', ['login', 'all']],
    ['null for options', ['login', null]],
    ['an unknown option', ['login', { fuzz: true }]],
    ['another prefix', ['login', { prefix: 'first' }]],
    ['three wrong letters', ['login', { fuzzy: 3 }]],
    ['another match', ['login', { match: 'some' }]],
    ['no fields', ['login', { fields: [] }]],
    ['a field without @Search', ['login', { fields: ['state'] }]],
    ['fields that are no list', ['login', { fields: 'title' }]],
    ['conditions that are none', ['login', { where: 'open' }]],
    ['conditions on what has no index', ['login', { where: { text: 'a' } }]],
    ['33 words with typing errors', [Array.from({ length: 33 }, (_, at) => `word${at}`).join(' '), { fuzzy: true }]],
    ['a very long text', ['a'.repeat(70_000)]],
    [
      '10,000 words',
      [
        Array.from({ length: 10_000 }, (_, index) => `w${index}`)
          .join(' ')
          .slice(0, 65_000),
      ],
    ],
  ])('refuses %s, and goes on', (_, args) => {
    const search = db.issue.search as (...given: unknown[]) => unknown;
    expect(() => search(...args)).toThrow(/INVALID_QUERY|UNINDEXED_FIELD/);
    expect(db.issue.search('dark').count()).toBe(1);
  });

  it('refuses a cursor of another order, and one that holds no score', () => {
    const { next } = db.issue.search('login').limit(1).page();
    expect(() => db.issue.search('login').orderBy('votes').after(next!).all()).toThrow('INVALID_QUERY');
    expect(() => db.issue.all().after(next!).all()).toThrow('INVALID_QUERY');
    const forged = Buffer.from(JSON.stringify(['rank', 'x', 1])).toString('base64url');
    expect(() => db.issue.search('login').after(forged).all()).toThrow('INVALID_QUERY');
  });

  it('keeps the index of the class: it cannot be dropped, nor its name be taken', async () => {
    expect(() => db.issue.dropIndex('search')).toThrow('INVALID_OPTION');
    await expect(db.issue.addIndex({ kind: 'range', field: 'title', name: 'search' })).rejects.toThrow(
      'INVALID_OPTION',
    );
    expect(db.issue.search('login').count()).toBe(2);
  });
});

it('finds in a fork what its base holds, and neither sees the writes of the other', async () => {
  const base = await createTestDatabase(openDatabase);
  await base.issue.insertMany(THREE);
  const forked = await fork(base);
  await forked.issue.update(1, { title: 'nothing' });
  await base.issue.insert({ id: 7, title: 'login' });
  expect(forked.issue.search('login').keys()).toEqual([2]);
  expect(base.issue.search('login').keys().sort()).toEqual([1, 2, 7]);
  await forked.close();
  await base.close();
});

describe('a search after an opening', () => {
  const fileSystem = (): FaultFileSystem => new FaultFileSystem();
  const openAt = (disk: FaultFileSystem): Promise<NuthatchDatabase> =>
    openDatabase({ directory: '/data', fileSystem: disk, compaction: 'manual' });

  it('loads its state, and indexes what was written since', async () => {
    const disk = fileSystem();
    let db = await openAt(disk);
    await db.issue.insertMany(THREE);
    await db.compact();
    await db.issue.update(1, { title: 'Crash at logout' });
    await db.issue.delete(3);
    await db.issue.insert({ id: 4, title: 'login once more' });
    await db.close();
    db = await openAt(disk);
    expect(db.recovery?.searchIndexes).toEqual({ issue: 'loaded' });
    // As `console.log` shows it.
    expect(inspect(db.recovery)).toContain("searchIndexes: { issue: 'loaded' }");
    expect(db.issue.search('login').keys().sort()).toEqual([2, 4]);
    expect(db.issue.search('dark').count()).toBe(0);
    await db.close();
  });

  it('is ready where the program waits for that, and at once where it is', async () => {
    const disk = fileSystem();
    let db = await openAt(disk);
    await db.issue.insertMany(Array.from({ length: 5_000 }, (_, id) => ({ id, title: `crash ${id}` })));
    await db.issue.searchReady();
    await db.compact();
    await db.close();
    db = await openAt(disk);
    const write = db.issue.update(7, { title: 'other' });
    await Promise.all([db.issue.searchReady(), db.issue.searchReady(), write]);
    await db.issue.searchReady();
    expect(db.recovery?.searchIndexes).toEqual({ issue: 'loaded' });
    expect(db.issue.search('crash').count()).toBe(4_999);
    await db.close();
    await db.issue.searchReady();
  });

  it('is exact when writes come before anybody has asked, and saves them', async () => {
    const disk = fileSystem();
    let db = await openAt(disk);
    await db.issue.insertMany(THREE);
    await db.compact();
    await db.close();
    for (let round = 0; round < 3; round++) {
      db = await openAt(disk);
      const write = db.issue.update(1, { title: `round${round}` });
      void db.issue.delete(3);
      expect(db.issue.search(`round${round}`).keys()).toEqual([1]);
      await write;
      await db.compact();
      expect(db.issue.search('dark').count()).toBe(0);
      await db.close();
      db = await openAt(disk);
      expect(db.recovery?.searchIndexes).toEqual({ issue: 'loaded' });
      expect(db.issue.search(`round${round}`).keys()).toEqual([1]);
      await db.close();
    }
  });

  it('reads all texts again, and says so, where the state is of other code', async () => {
    const disk = fileSystem();
    const db = await openAt(disk);
    await db.issue.insertMany(THREE);
    await db.compact();
    await db.close();
    const [definition] = definitions as [CollectionDefinition];
    const other = { ...definition, search: () => ({ ...wrapped(definition), version: 'search 0' }) };
    const options = { directory: '/data', fileSystem: disk } as const;
    const again = await openWith<{ issue: NuthatchDatabase['issue'] }, object>([other as never], options);
    expect(again.recovery?.searchIndexes).toEqual({ issue: 'rebuilt: other version' });
    expect(again.issue.search('login').keys()).toEqual([1, 2]);
    await again.close();
  });

  it('reads all texts again, and says so, where the state cannot be read', async () => {
    const disk = fileSystem();
    const db = await openAt(disk);
    await db.issue.insertMany(THREE);
    await db.compact();
    await db.close();
    const [definition] = definitions as [CollectionDefinition];
    const inner = wrapped(definition);
    const loadState = (bytes: Uint8Array): ReturnType<typeof inner.loadState> => inner.loadState(bytes.subarray(0, -1));
    const other = { ...definition, search: () => ({ ...inner, loadState }) };
    const options = { directory: '/data', fileSystem: disk } as const;
    const again = await openWith<{ issue: NuthatchDatabase['issue'] }, object>([other as never], options);
    expect(again.issue.search('login').keys()).toEqual([1, 2]);
    expect(again.recovery?.searchIndexes).toEqual({ issue: 'rebuilt: unreadable state' });
    await again.issue.update(1, { title: 'other' });
    expect(again.issue.search('login').keys()).toEqual([2]);
    await again.close();
  });
});

/** The index of a class with its methods as properties, so that some can be exchanged. */
function wrapped(definition: CollectionDefinition): ReturnType<NonNullable<CollectionDefinition['search']>> {
  const index = definition.search!();
  return {
    name: 'search',
    version: index.version,
    get changeCount() {
      return index.changeCount;
    },
    ask: (text: unknown, options: unknown) => index.ask(text, options),
    insert: (document: object, key: never) => index.insert(document, key),
    update: (before: object, after: object, key: never) => index.update(before, after, key),
    remove: (document: object, key: never) => index.remove(document, key),
    rebuild: (documents: never) => index.rebuild(documents),
    setAgain: (key: never, document: object | undefined) => index.setAgain(key, document),
    care: () => index.care(),
    saveState: () => index.saveState(),
    loadState: (bytes: Uint8Array) => index.loadState(bytes),
  } as never;
}
