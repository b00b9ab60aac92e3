/** References beside expiry, releases, storage in memory, bulk deletes, reflection and forks of test databases. */
import type { DocumentModel } from '@nuthatch/model';
import { Issue, openDatabase } from '../../../../examples/issue-tracker/generated/index.js';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { createTestDatabase, factory } from '../../src/testing.js';
import { type AnyDatabase, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';

const club = modelWith([], { name: 'Club', collection: 'club' });

function player(onDelete: 'restrict' | 'cascade' | 'setAbsent', more: Partial<DocumentModel> = {}): DocumentModel {
  const references = [{ field: 'club', to: 'club', onDelete }];
  const indexes = [{ name: 'club', kind: 'tag' as const, fields: ['club'] }];
  return modelWith([field('club', STRING, { optional: true })], { references, indexes, ...more });
}

const memory = { directory: undefined, fileSystem: undefined, memory: true } as never as Partial<DatabaseOptions>;
const open = (models: readonly DocumentModel[]): Promise<AnyDatabase> => openModels(undefined as never, models, memory);

type Clocked = AnyDatabase & { readonly clock: { advance(ms: number): Promise<void> | void } };
const clocked = (models: readonly DocumentModel[]): Promise<Clocked> =>
  createTestDatabase(() => open(models)) as never as Promise<Clocked>;

describe('a document that expires', () => {
  it('takes along and lets go what refers to it', async () => {
    await using cascading = await open([club, player('cascade')]);
    await using letting = await open([club, player('setAbsent')]);
    for (const db of [cascading, letting]) {
      await db['player']!.insert({ id: 'a' });
      const gone = new Promise((resolve) => db['club']!.on('delete', resolve));
      await db.transaction((tx) => {
        const { club: clubs, player: players } = tx as never as AnyDatabase;
        void clubs!.insert({ id: 'x' }, { ttlMs: 20 });
        void players!.update('a', { club: 'x' });
      });
      expect(await gone).toMatchObject({ origin: 'expiry' });
    }
    expect(cascading['player']!.size).toBe(0);
    expect(letting['player']!.require('a')['club']).toBeUndefined();
  });

  it('stays as long as it is held by restrict, while others go, and goes once it is let go', async () => {
    const db = await clocked([club, player('restrict')]);
    const refusals: unknown[] = [];
    db.on('listenerError', (error) => void refusals.push(error));
    await db['club']!.insertMany([{ id: 'x' }, { id: 'y' }], { ttlMs: 1_000 });
    await db['player']!.insert({ id: 'a', club: 'x' });
    await db.clock.advance(2_000);
    expect(db['club']!.all().keys()).toEqual(['x']);
    expect(refusals).toMatchObject([{ code: 'REFERENCED', facts: { key: 'x', keys: ['a'] } }]);
    await db.clock.advance(61_000);
    expect(refusals).toHaveLength(2);
    await db['player']!.update('a', { club: undefined });
    await db.clock.advance(61_000);
    expect(db['club']!.size).toBe(0);
    await db.close();
  });

  it('gets another expiry while it is held', async () => {
    const db = await clocked([club, player('restrict')]);
    await db['club']!.insert({ id: 'x' }, { ttlMs: 1_000 });
    await db['player']!.insert({ id: 'a', club: 'x' });
    await db.clock.advance(2_000);
    await db['club']!.update('x', {}, { ttlMs: 10_000 });
    await db['player']!.delete('a');
    await db.clock.advance(11_000);
    expect(db['club']!.size).toBe(0);
    await db.close();
  });
});

describe('a released document', () => {
  it('holds what it refers to, whatever onDelete says', async () => {
    for (const onDelete of ['cascade', 'setAbsent'] as const) {
      await using db = await open([club, player(onDelete, { released: true })]);
      await db['club']!.insert({ id: 'x' });
      await db['player']!.insert({ id: 'a', club: 'x' });
      const { release, revise } = db['player'] as never as Record<string, (key: string) => Promise<unknown>>;
      await release!.call(db['player'], 'a');
      await expect(db['club']!.delete('x')).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
      await revise!.call(db['player'], 'a');
      // The draft lets go; its release refers to the club still, so giving the draft up is refused once it is gone.
      await db['player']!.update('a', { club: undefined });
      await db['club']!.delete('x');
      await expect(db['player']!.delete('a')).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
      expect(db['player']!.require('a')['club']).toBeUndefined();
    }
  });

  it('is what a pin names: release and key', async () => {
    const pinned = {
      kind: 'object',
      fields: [field('key', STRING), field('release', NUMBER)],
    } as const;
    const order = modelWith([field('price', pinned)], {
      ...{ name: 'Order', collection: 'order' },
      references: [{ field: 'price', to: 'price', pin: true }],
    });
    const price = modelWith([field('amount', NUMBER)], { name: 'Price', collection: 'price', released: true });
    const fileSystem = new MemoryFileSystem();
    const db = await openModels(fileSystem, [price, order]);
    const at = (release: number): object => ({ id: 'o', price: { key: 'p', release } });
    await db['price']!.insert({ id: 'p', amount: 5 });
    await expect(db['order']!.insert(at(1) as never)).rejects.toMatchObject({
      code: 'REFERENCE_MISSING',
      facts: { value: { key: 'p', release: 1 } },
    });
    await db.transaction((tx) => {
      const { order: orders, price: prices } = tx as never as AnyDatabase;
      void orders!.insert(at(1) as never);
      (prices as never as { release(key: string): void }).release('p');
    });
    await (db['price'] as never as { revise(key: string): Promise<void> }).revise('p');
    await db['price']!.update('p', { amount: 7 });
    for (const value of [
      { key: 'p', release: 2 },
      { key: 'q', release: 1 },
      { key: 'p', release: 0.5 },
    ])
      await expect(db['order']!.update('o', { price: value })).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
    await db.close();
    const again = await openModels(fileSystem, [price, order]);
    const reads = again['order'] as never as { related(document: object, field: string): { amount: number } };
    expect(reads.related(again['order']!.require('o'), 'price').amount).toBe(5);
    const { ordersOf } = again['price'] as never as { ordersOf(key: string): { keys(): string[] } };
    expect(ordersOf('p').keys()).toEqual(['o']);
    expect(() => again['order']!.find({ price: { amount: 5 } })).toThrow('UNINDEXED_FIELD');
    await again.close();
  });
});

it('deletes many that refer to each other in one piece, or not at all', async () => {
  const friend = modelWith([field('friend', STRING, { optional: true })], {
    references: [{ field: 'friend', to: 'player', onDelete: 'restrict' }],
  });
  await using db = await open([friend]);
  const count = 20_000;
  await db['player']!.insertMany(
    Array.from({ length: count }, (_, index) => ({ id: `p${index}`, friend: `p${(index + 1) % count}` })),
  );
  await expect(db['player']!.deleteMany({ id: { not: 'p7' } })).rejects.toMatchObject({
    ...{ code: 'REFERENCED', facts: { key: 'p8', keys: ['p7'] } },
  });
  expect(db['player']!.size).toBe(count);
  expect(await db['player']!.clear()).toBe(count);
});

it('deletes many in one piece, too, when those that go along are held by others that go along', async () => {
  const match = modelWith([field('home', STRING), field('away', STRING)], {
    ...{ name: 'Match', collection: 'match' },
    indexes: [
      { name: 'home', kind: 'tag', fields: ['home'] },
      { name: 'away', kind: 'tag', fields: ['away'] },
    ],
    references: [
      { field: 'home', to: 'player', onDelete: 'restrict' },
      { field: 'away', to: 'club', onDelete: 'cascade' },
    ],
  });
  await using db = await open([club, player('cascade'), match]);
  const count = 5_000;
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  await db['club']!.insertMany(ids.map((id) => ({ id })));
  await db['player']!.insertMany(ids.map((id) => ({ id, club: id })));
  // A player of the first clubs is held by matches that go with the last ones.
  await db['match']!.insertMany(ids.map((id, index) => ({ id, home: id, away: ids[count - 1 - index] })));
  await expect(db['club']!.deleteMany({ id: { in: ['c0', 'c1'] } })).rejects.toMatchObject({ code: 'REFERENCED' });
  expect(db['club']!.size).toBe(count);
  expect(await db['club']!.clear()).toBe(count);
  expect([db['player']!.size, db['match']!.size]).toEqual([0, 0]);
});

it.each(['cascade', 'setAbsent', 'joined'] as const)(
  'deletes all that met the conditions, and counts them, whatever others take along or change: %s',
  async (how) => {
    const onDelete = how === 'joined' ? 'setAbsent' : how;
    const friend = modelWith([field('friend', STRING, { optional: true })], {
      indexes: [{ name: 'friend', kind: 'tag', fields: ['friend'] }],
      references: [{ field: 'friend', to: 'player', onDelete }],
    });
    await using db = await open([friend]);
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, index) => ({
      id: `p${index}`,
      friend: index === 0 ? undefined : `p${index - 1}`,
    }));
    const where = how === 'joined' ? { friend: { id: { not: 'x' } } } : { friend: { absent: false } };
    await db['player']!.insertMany(chain);
    expect(await db['player']!.deleteMany(where)).toBe(count - 1);
    expect(db['player']!.all().keys()).toEqual(['p0']);
    await db['player']!.clear();
    await db['player']!.insertMany(chain);
    expect(await db['player']!.clear()).toBe(count);
    expect(db['player']!.size).toBe(0);
  },
);

it('takes the key itself, and parts of it, for references', async () => {
  const profile = modelWith([], {
    ...{ name: 'Profile', collection: 'profile' },
    indexes: [{ name: 'id', kind: 'tag', fields: ['id'] }],
    references: [{ field: 'id', to: 'club', onDelete: 'cascade' }],
  });
  const member = modelWith([], {
    ...{ name: 'Member', collection: 'member', key: { fields: ['club', 'sponsor'] } },
    fields: [field('club', STRING), field('sponsor', STRING)],
    indexes: [{ name: 'club', kind: 'tag', fields: ['club'] }],
    references: [
      { field: 'club', to: 'club', onDelete: 'cascade' },
      { field: 'sponsor', to: 'club', onDelete: 'restrict' },
    ],
  });
  await using db = await open([club, profile, member]);
  await db['club']!.insertMany([{ id: 'x' }, { id: 'y' }]);
  await db['profile']!.insert({ id: 'x' });
  await expect(db['profile']!.insert({ id: 'z' })).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
  await db['member']!.insert({ club: 'x', sponsor: 'y' });
  expect(db['profile']!.find({ id: 'x' }).orderBy('id').keys()).toEqual(['x']);
  expect(db['member']!.find({ sponsor: { id: 'y' } }).count()).toBe(1);
  await expect(db['club']!.delete('y')).rejects.toMatchObject({ facts: { keys: [{ club: 'x', sponsor: 'y' }] } });
  await db['club']!.delete('x');
  expect([db['profile']!.size, db['member']!.size]).toEqual([0, 0]);
});

it('does not put a collection into memory that documents on disk refer to', async () => {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [club, player('cascade')]);
  await expect(db.setStorage('club' as never, 'memory')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await db.setStorage('player' as never, 'memory');
  await db.setStorage('club' as never, 'memory');
  await expect(db.setStorage('player' as never, 'disk')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await db['club']!.insert({ id: 'x' });
  await db['player']!.insert({ id: 'a', club: 'x' });
  await db['club']!.delete('x');
  expect(db['player']!.size).toBe(0);
  await db.setStorage('club' as never, 'disk');
  await db.setStorage('player' as never, 'disk');
});

it('looks at both ends of a reference when each is switched at once', async () => {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [club, player('cascade')]);
  await db.setStorage('player' as never, 'memory');
  await db['club']!.insert({ id: 'x' });
  await db['player']!.insert({ id: 'a', club: 'x' });
  const switches = [db.setStorage('player' as never, 'disk'), db.setStorage('club' as never, 'memory')];
  const [toDisk, toMemory] = await Promise.allSettled(switches);
  expect(toDisk).toMatchObject({ status: 'fulfilled' });
  expect(toMemory).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_OPTION' } });
  await db.close();
  await using again = await openModels(fileSystem, [club, player('cascade')]);
  expect([again['club']!.size, again['player']!.size]).toEqual([1, 1]);
});

it('puts a collection into memory whose documents refer to one another', async () => {
  const fileSystem = new MemoryFileSystem();
  const friend = modelWith([field('friend', STRING, { optional: true })], {
    references: [{ field: 'friend', to: 'player', onDelete: 'cascade' }],
  });
  await using db = await openModels(fileSystem, [friend]);
  await db['player']!.insertMany([{ id: 'a', friend: 'b' }, { id: 'b' }]);
  await db.setStorage('player' as never, 'memory');
  await db['player']!.delete('b');
  expect(db['player']!.size).toBe(0);
  await db['player']!.insert({ id: 'c', friend: 'c' });
  await db.setStorage('player' as never, 'disk');
});

it('checks what reflection writes, and asks it joins', async () => {
  await using db = await openDatabase({ memory: true });
  const reflection = db.reflect();
  await reflection.collection('person').insert({ id: 'ada', name: 'Ada' });
  await reflection.collection('project').insert({ id: 'core', lead: 'ada' });
  await expect(reflection.collection('issue').insert({ title: 'x', project: 'gone' })).rejects.toMatchObject({
    code: 'REFERENCE_MISSING',
  });
  await reflection.collection('issue').insert({ title: 'x', project: 'core' });
  expect(reflection.collection('issue').find({ project: { lead: { name: 'Ada' } } })).toHaveLength(1);
  const asked = { project: { not: { lead: { name: { in: ['Ada'] } } } } };
  expect(reflection.collection('issue').find(asked)).toHaveLength(0);
  expect(reflection.collection('issue').find({ blockedBy: { id: { in: [1] } } })).toHaveLength(0);
  await expect(reflection.collection('person').delete('ada')).rejects.toMatchObject({ code: 'REFERENCED' });
  expect(reflection.collection('issue').describe().model.references).toHaveLength(5);
});

it('reads dates and bigints of JSON by the model that they are asked of', async () => {
  const dated = modelWith([field('since', { kind: 'date' }), field('worth', { kind: 'bigint' })], {
    ...{ name: 'Club', collection: 'club' },
    indexes: [
      { name: 'since', kind: 'range', fields: ['since'] },
      { name: 'worth', kind: 'range', fields: ['worth'] },
    ],
  });
  await using db = await open([dated, player('restrict')]);
  await db['club']!.insert({ id: 'x', since: new Date('2026-02-01'), worth: 7n });
  await db['player']!.insert({ id: 'a', club: 'x' });
  const players = db.reflect().collection('player');
  for (const [club, count] of [
    [{ since: { gte: '2026-01-01T00:00:00.000Z' }, worth: '7' }, 1],
    [{ since: { lt: '2026-01-01T00:00:00.000Z' } }, 0],
    [{ not: { worth: { gt: '6' } } }, 0],
    [{ not: 'y', in: ['x'] }, 1],
  ] as const)
    expect(players.count({ club })).toBe(count);
  expect(() => players.count({ club: { since: 'yesterday' } })).toThrow('INVALID_INDEX_VALUE');
});

it('makes up no documents that refer to others', () => {
  const issue = factory(Issue, { project: 'core' }, { fillOptional: true }).build();
  expect([issue.project, issue.assignee, issue.watchers]).toEqual(['core', undefined, []]);
  expect(() => factory(Issue).build()).toThrow('project');
});

it('keeps references in databases of tests and their forks apart', async () => {
  const seed = {
    issue: [{ id: 1, title: 'first', project: 'core' }],
    project: [{ id: 'core', lead: 'ada' }],
    person: [{ id: 'ada', name: 'Ada' }],
  };
  using base = await createTestDatabase(openDatabase, { seed });
  using fork = base.fork();
  await fork.project.delete('core');
  expect([base.issue.size, fork.issue.size]).toEqual([1, 0]);
  expect(base.issue.find({ project: { lead: 'ada' } }).count()).toBe(1);
  await fork.person.delete('ada');
  await expect(base.person.delete('ada')).rejects.toMatchObject({ code: 'REFERENCED' });
  await expect(createTestDatabase(openDatabase, { seed: { ...seed, person: [] } })).rejects.toMatchObject({
    code: 'REFERENCE_MISSING',
  });
});

it('refuses what cannot be one transaction, and leaves everything as it was', async () => {
  const fileSystem = new MemoryFileSystem();
  await using db = await openModels(fileSystem, [club, player('setAbsent')], {
    ...{ maxFrameBytes: 131_072, durability: 'os' },
  });
  await db['club']!.insert({ id: 'x' });
  for (let part = 0; part < 40; part++)
    await db['player']!.insertMany(Array.from({ length: 200 }, (_, index) => ({ id: `p${part} ${index}`, club: 'x' })));
  await expect(db['club']!.delete('x')).rejects.toMatchObject({ code: 'TRANSACTION_TOO_LARGE' });
  expect(db['player']!.find({ club: 'x' }).count()).toBe(8_000);
  expect(db['club']!.has('x')).toBe(true);
});
