/** A search wherever documents are: in readers, on nodes, in cold collections, in classes that have changed. */
import { memoryJournal } from '@nuthatch/cluster';
import type { DocumentModel, SearchModel } from '@nuthatch/model';
import { type NuthatchDatabase, openDatabase, openReader } from '../../../examples/text-search/generated/index.js';
import type { DatabaseOptions } from '../../runtime/src/database/database-options.js';
import { openDatabase as openParts } from '../../runtime/src/database/open-database.js';
import { MemoryFileSystem } from '../../runtime/src/file-system/memory-file-system.js';
import type { Query } from '../../runtime/src/repository/query.js';
import { definitionOf } from '../../runtime/test/support/definition-of-model.js';
import {
  type AnyDatabase,
  type AnyTypes,
  DIRECTORY,
  field,
  modelWith,
  STRING,
} from '../../runtime/test/support/open-models.js';
import { searchIndex } from '../src/index.js';

type Searching = { search(text: string, options?: object): Query<AnyTypes> };

function open(
  fileSystem: MemoryFileSystem,
  models: readonly DocumentModel[],
  options: Partial<DatabaseOptions> = {},
): Promise<AnyDatabase> {
  const definitions = models.map((model) => {
    const { collection, search } = model;
    return { ...definitionOf(model), ...(search && { search: () => searchIndex(collection, search) }) };
  });
  const all = { directory: DIRECTORY, fileSystem, compaction: 'manual', ...options } as DatabaseOptions;
  return openParts(definitions, all) as unknown as Promise<AnyDatabase>;
}

const keys = (db: AnyDatabase, text: string, collection = 'player'): readonly string[] =>
  (db[collection] as unknown as Searching).search(text).keys();

describe('a class whose search has changed', () => {
  const FIELDS = ['title', 'text'] as const;
  const model = (search?: readonly SearchModel[], fields: readonly string[] = FIELDS): DocumentModel =>
    modelWith(
      fields.map((name) => field(name, STRING, { optional: true })),
      search && { search },
    );
  const DOCUMENTS = [
    { id: 'a', title: 'crashes', text: 'login' },
    { id: 'b', title: 'login', text: 'crashed, crashed and crashed' },
  ];

  it.each<[what: string, from: DocumentModel, to: DocumentModel, login: readonly string[], crash: readonly string[]]>([
    ['search where there was none', model(), model([{ field: 'title' }]), ['b'], []],
    ['another field', model([{ field: 'title' }]), model([{ field: 'text' }]), ['a'], []],
    ['one field more', model([{ field: 'title' }]), model([{ field: 'title' }, { field: 'text' }]), ['a', 'b'], []],
    [
      'weights',
      model([{ field: 'title', weight: 9 }, { field: 'text' }]),
      model([{ field: 'title' }, { field: 'text', weight: 9 }]),
      ['a', 'b'],
      [],
    ],
    [
      'a language',
      model([{ field: 'title' }, { field: 'text' }]),
      model([
        { field: 'title', language: 'en' },
        { field: 'text', language: 'en' },
      ]),
      ['a', 'b'],
      ['b', 'a'],
    ],
    ['none any more', model([{ field: 'title', language: 'en' }]), model([{ field: 'title' }]), ['b'], []],
    ['a field beside it', model([{ field: 'title' }]), model([{ field: 'title' }], [...FIELDS, 'more']), ['b'], []],
  ])('finds by the class of today: %s', async (_, from, to, login, crash) => {
    const fileSystem = new MemoryFileSystem();
    let db = await open(fileSystem, [from]);
    await db['player']!.insertMany(DOCUMENTS);
    await db.compact();
    await db.close();
    db = await open(fileSystem, [to]);
    const seen = keys(db, 'login');
    expect([...seen].sort()).toEqual(login);
    expect(keys(db, 'crash')).toEqual(crash);
    expect(db.recovery?.searchIndexes['player']).toBe(from.search === undefined ? 'built' : 'rebuilt: other version');
    await db.compact();
    await db.close();
    db = await open(fileSystem, [to]);
    expect(db.recovery?.searchIndexes['player']).toBe('loaded');
    expect([keys(db, 'login'), keys(db, 'crash')]).toEqual([seen, crash]);
    await db.close();
  });
});

it('finds what is in a cold collection, and each collection what it has itself', async () => {
  const fileSystem = new MemoryFileSystem();
  const search = [{ field: 'text', language: 'en' }];
  const fields = [field('text', STRING)];
  const models = [
    modelWith(fields, { search, storage: 'cold' }),
    modelWith(fields, { search, name: 'Draft', collection: 'draft' }),
  ];
  let db = await open(fileSystem, models);
  await db['player']!.insertMany(
    Array.from({ length: 300 }, (_, at) => ({ id: `p${at}`, text: `the letters of ${at}` })),
  );
  await db['draft']!.insertMany([{ id: 'p1', text: 'a draft of letters' }]);
  for (let round = 0; round < 2; round++) {
    await db.compact();
    await db.close();
    db = await open(fileSystem, models);
    expect(db.recovery?.searchIndexes).toEqual({ player: 'loaded', draft: 'loaded' });
    expect(db.stats().collections['player']?.coldCount).toBeGreaterThan(290);
    const { coldReadCount } = db.stats().collections['player']!;
    expect([keys(db, 'letter 7'), keys(db, 'letter', 'draft')]).toEqual([round === 0 ? ['p7'] : [], ['p1']]);
    // Its state says which documents have a word: none is read for that.
    expect(db.stats().collections['player']!.coldReadCount).toBe(coldReadCount);
    await db['player']!.update('p7', { text: `noted ${round}` });
    await db['player']!.delete(`p${8 + round}`);
    expect([keys(db, 'letter').length, keys(db, `noted ${round}`)]).toEqual([298 - round, ['p7']]);
  }
  await db.close();
});

const issue = (id: number, title: string): { id: number; title: string } => ({ id, title });

it('finds in a reader what the database finds there, while both go on', async () => {
  await using db = await openDatabase({ directory: '/data', fileSystem: new MemoryFileSystem() });
  await db.issue.insertMany(Array.from({ length: 400 }, (_, id) => issue(id, `crash ${id % 10}`)));
  await using reader = await openReader(db.readerPort());
  await reader.issue.searchReady();
  const asked = (of: { readonly issue: Pick<NuthatchDatabase['issue'], 'search'> }) => [
    of.issue.search('crash 3').keys(),
    of.issue.search('cr', { prefix: true }).limit(5).keys(),
    of.issue.search('crahs', { fuzzy: 2 }).count(),
    of.issue.search('fresh', { where: { state: 'open' } }).keys(),
  ];
  expect(asked(reader)).toEqual(asked(db));
  for (let round = 0; round < 10; round++) {
    await db.issue.update(round * 10 + 3, { title: `fresh ${round}` });
    await db.issue.delete(round * 10 + 4);
    if (round === 5) await db.compact();
    reader.advance();
    expect(asked(reader)).toEqual(asked(db));
  }
});

it('finds the same on each node, whichever has written', async () => {
  const journal = memoryJournal();
  await using a = await openDatabase({ memory: true, journal } as never);
  await a.issue.insertMany(Array.from({ length: 50 }, (_, id) => issue(id, `crash ${id % 10}`)));
  await using b = await openDatabase({ memory: true, journal } as never);
  const shown: number[] = [];
  b.issue.search('crash').watch((rows) => void shown.push(rows.length));
  for (let round = 0; round < 10; round++) {
    // Of two writes to one document the later one is written again, or refused.
    await Promise.allSettled([
      a.issue.update(round, { title: `from a ${round}` }),
      b.issue.update(round, { title: `from b ${round}` }),
      b.issue.insert(issue(100 + round, 'crash')),
    ]);
    await a.barrier();
    await b.barrier();
    const [words] = b.issue.require(round).title.split(String(round));
    for (const db of [a, b]) {
      expect(db.issue.search(`${words} ${round}`).keys()).toContain(round);
      expect(db.issue.search('crash').count()).toBe(50);
    }
  }
  expect(shown.at(-1)).toBe(50);
});
