/** Released documents and lifetimes, on the repository's own generated class. */
import { type NuthatchDatabase, openDatabase } from '../../../../generated/index.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { createTestDatabase } from '../../src/testing.js';
import { readDocuments } from '../../src/tools/read-documents.js';

const part = (id: string, more: object = {}): { id: string; number: string; weight: number } => ({
  ...{ id, number: `N-${id}`, weight: 2 },
  ...more,
});

describe('a released document', () => {
  let db: NuthatchDatabase;
  beforeEach(async () => {
    db = await openDatabase({ memory: true });
    await db.part.insertMany([part('p1'), part('p2', { materials: ['steel'] })]);
    await db.part.release('p1');
  });
  afterEach(() => db.close());

  it('refuses every change with the release in the facts, and stays as it was', async () => {
    const before = db.part.get('p1');
    const refusal = { code: 'DOCUMENT_RELEASED', facts: { collection: 'part', key: 'p1', release: 1 } };
    const writes: (() => Promise<unknown>)[] = [
      () => db.part.update('p1', { weight: 3 }),
      () => db.part.update('p1', { weight: 3, state: 'active' }),
      () => db.part.update('p1', { note: 'x' }),
      () => db.part.update('p1', { state: 'active' }, { ttlMs: 60_000 }),
      () => db.part.upsert(part('p1', { weight: 3 })),
      () => db.part.upsert(part('p1')),
      () => db.part.upsertBy('number', { number: 'N-p1', weight: 9 }),
      () => db.part.updateMany({ weight: { gte: 0 } }, { weight: 7 }),
      () => db.part.increment('p1', 'weight'),
      () => db.part.addTag('p1', 'materials', 'steel'),
      () => db.part.delete('p1'),
      () => db.part.deleteMany({ weight: 2 }),
      () => db.part.clear(),
      () => db.part.release('p1'),
      () => db.transaction((tx) => tx.part.clear()),
      () => db.transaction((tx) => tx.part.deleteMany({})),
      () => db.part.upsert(part('p1', { weight: 3 }), { origin: 'load' }),
    ];
    for (const write of writes) await expect(write()).rejects.toMatchObject(refusal);
    await expect(db.part.insert(part('p1'))).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    expect(await db.part.insertIfAbsent(part('p1'))).toBe(before);
    expect(await db.part.update('p1', { weight: 2 })).toBe(before);
    expect(db.part.get('p1')).toBe(before);
    expect([db.part.isReleased('p1'), db.part.isReleased('p2'), db.part.isReleased('none')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is revised, released again, and every release stays readable', async () => {
    await db.part.setLifetime('p1', 'active');
    const draft = await db.part.revise('p1');
    expect(draft).toMatchObject({ weight: 2, state: 'draft' });
    await db.part.update('p1', { weight: 5 });
    expect(db.part.get('p1')).toMatchObject({ weight: 5 });
    expect(db.part.getReleased('p1')).toMatchObject({ weight: 2, state: 'active' });
    const second = await db.part.release('p1', { ifRevision: db.part.revision('p1')! });
    expect(second).toMatchObject({ release: 2, key: 'p1', document: { weight: 5, state: 'draft' } });
    expect(db.part.history('p1').map(({ release, document }) => [release, document.weight, document.state])).toEqual([
      [1, 2, 'active'],
      [2, 5, 'draft'],
    ]);
    expect(db.part.getReleased('p1', 1)).toBe(db.part.getReleased({ key: 'p1', release: 1 }));
    expect(db.part.getReleased('p1', 3)).toBeUndefined();
    expect(db.part.history('p2')).toEqual([]);
    expect(db.part.getReleased('p2')).toBeUndefined();
    expect(db.part.history('p1')[0]?.asReleased()).toMatchObject({ state: 'draft', weight: 2 });
    expect(Object.isFrozen(db.part.getReleased('p1', 1))).toBe(true);
  });

  it('changes its lifetime alone, along the transitions, as any earlier release does', async () => {
    await expect(db.part.setLifetime('p1', 'obsolete')).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
      facts: { field: 'state', from: 'draft', to: 'obsolete', allowed: ['active'], key: 'p1' },
    });
    await db.part.update('p1', { state: 'active' });
    const { digest } = db.part.history('p1')[0]!;
    await db.part.revise('p1');
    await expect(db.part.setLifetime('p1', 'active', { from: 'active' } as never)).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
      facts: { from: 'draft', expected: 'active' },
    });
    expect(await db.part.setLifetime('p1', 'obsolete', { release: 1, from: 'active' })).toMatchObject({
      state: 'obsolete',
    });
    expect(db.part.history('p1')[0]).toMatchObject({ document: { state: 'obsolete' }, digest });
    expect(db.part.get('p1')?.state).toBe('draft');
    await expect(db.part.setLifetime('p1', 'active', { release: 1 })).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
    await expect(db.part.setLifetime('p1', 'active', { release: 9 })).rejects.toMatchObject({
      code: 'DOCUMENT_NOT_RELEASED',
    });
  });

  it('is what a draft becomes again when it is deleted', async () => {
    await db.part.setLifetime('p1', 'active');
    await db.part.revise('p1');
    await db.part.update('p1', { weight: 99, number: 'other' });
    expect(await db.part.delete('p1')).toBe(true);
    expect(db.part.get('p1')).toMatchObject({ weight: 2, state: 'active', number: 'N-p1' });
    expect(db.part.isReleased('p1')).toBe(true);
    expect(db.part.findByNumber('N-p1')?.id).toBe('p1');
    expect(db.part.findByNumber('other')).toBeUndefined();
    expect(await db.part.delete('p2')).toBe(true);
    expect(db.part.has('p2')).toBe(false);
  });

  it('is all of a transaction, or nothing of it', async () => {
    const history = db.part.history('p1').length;
    await expect(
      db.transaction((tx) => {
        tx.part.revise('p1');
        tx.part.update('p1', { weight: 8 });
        expect(tx.part.release('p1')).toMatchObject({ release: 2, document: { weight: 8 } });
        tx.part.release('p2');
        throw new RangeError('back');
      }),
    ).rejects.toThrow(RangeError);
    expect([db.part.history('p1').length, db.part.isReleased('p2'), db.part.get('p1')?.weight]).toEqual([
      history,
      false,
      2,
    ]);
    await db.transaction((tx) => {
      tx.part.revise('p1');
      tx.part.update('p1', { weight: 8 });
      tx.part.release('p1');
    });
    expect(db.part.history('p1').map(({ document }) => document.weight)).toEqual([2, 8]);
  });

  it('is told of as an update without changed fields, to readers of changes and watchers', async () => {
    const told: unknown[] = [];
    const shown: number[] = [];
    db.part.on('update', ({ key, changedFields, revision }) => told.push([key, changedFields, revision]));
    using watched = db.part.watch((rows) => shown.push(rows.length));
    await db.part.release('p2');
    await db.part.revise('p2');
    await db.part.setLifetime('p2', 'active');
    expect(told).toEqual([
      ['p2', [], 2],
      ['p2', [], 3],
      ['p2', ['state'], 4],
    ]);
    expect(shown).toEqual([2, 2, 2, 2]);
    void watched;
  });

  it('never expires: a release ends the time to live of a draft', async () => {
    await db.part.insert(part('p3'), { ttlMs: 60_000 });
    await db.part.release('p3');
    expect(db.part.expiresAt('p3')).toBeUndefined();
  });

  it('refuses wrong arguments and leaves everything as it was', async () => {
    const anything = db.part as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    for (const given of [undefined, 5, {}, [], null])
      for (const name of ['release', 'revise', 'setLifetime'])
        await expect(anything[name]!(given)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    await expect(db.part.release('none')).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    await expect(db.part.revise('none')).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    await expect(db.part.revise('p2')).rejects.toMatchObject({ code: 'DOCUMENT_NOT_RELEASED' });
    await expect(db.part.release('p2', { ifRevision: 7 })).rejects.toMatchObject({ code: 'REVISION_MISMATCH' });
    await expect(anything['release']!('p2', { ttlMs: 5 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(anything['release']!('p2', 'x')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(anything['setLifetime']!('p2', 'active', { form: 'draft' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    for (const state of ['gone', undefined, 5, {}, null])
      await expect(anything['setLifetime']!('p2', state)).rejects.toMatchObject({
        code: /VALIDATION_FAILED|TRANSITION/,
      });
    for (const release of [0, -1, 1.5, 'x', Number.NaN])
      expect(() => db.part.getReleased('p1', release as number)).toThrow(
        expect.objectContaining({ code: 'INVALID_QUERY' }),
      );
    expect(() => db.part.getReleased({ key: 5, release: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    expect(db.part.history('p2')).toEqual([]);
  });
});

describe('a lifetime', () => {
  it('begins with the initial state, but for documents that are loaded', async () => {
    await using db = await openDatabase({ memory: true });
    expect(await db.part.insert(part('p1'))).toMatchObject({ state: 'draft' });
    await expect(db.part.insert(part('p2', { state: 'active' }))).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
      facts: { from: undefined, to: 'active', allowed: ['draft'] },
    });
    await db.part.insert(part('p2', { state: 'obsolete' }), { origin: 'load' });
    await expect(db.part.update('p2', { state: 'active' })).rejects.toMatchObject({ code: 'TRANSITION_REFUSED' });
    await expect(db.part.upsert(part('p2'))).rejects.toMatchObject({ code: 'TRANSITION_REFUSED' });
    await expect(
      db.part.updateMany({ state: { any: ['draft', 'obsolete'] } }, { state: 'active' }),
    ).rejects.toMatchObject({
      code: 'TRANSITION_REFUSED',
    });
    expect(db.part.get('p1')?.state).toBe('draft');
  });
});

describe('releases on disk', () => {
  const open = (fileSystem: MemoryFileSystem, directory = '/db'): Promise<NuthatchDatabase> =>
    openDatabase({ directory, fileSystem } as never);

  it('are there after reopening, compaction, backup and restore, byte for byte, and stay frozen', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem);
    await db.part.insert(part('p1'));
    const { digest } = await db.part.release('p1');
    await db.part.setLifetime('p1', 'active');
    await db.part.revise('p1');
    await db.part.update('p1', { weight: 4 });
    await db.backup('/backup');
    await db.compact();
    await db.part.release('p1');
    await db.close();
    for (const [directory, releases] of [
      ['/db', 2],
      ['/backup', 1],
    ] as const) {
      await using again = await open(fileSystem, directory);
      const history = again.part.history('p1');
      expect(history.length).toBe(releases);
      expect(history[0]).toMatchObject({ digest, document: { weight: 2, state: 'active' } });
      if (releases === 1) await again.part.release('p1');
      await expect(again.part.update('p1', { weight: 1 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    }
  });

  it('are told of in the same words by changes that are read back from the journal', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem);
    const live: unknown[] = [];
    db.subscribe(({ key, kind, step }) => live.push([key, kind, step]));
    await db.part.insert(part('p1'));
    await db.part.release('p1');
    await db.transaction((tx) => {
      tx.part.revise('p1');
      tx.part.update('p1', { weight: 4 });
      tx.part.insert(part('p2'));
      tx.part.release('p2');
    });
    await db.part.setLifetime('p1', 'active', { release: 1 });
    await db.part.delete('p1');
    await expect(db.setStorage('part', 'memory')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await db.close();
    expect(live).toEqual([
      ['p1', 'insert', undefined],
      ['p1', 'update', 'release'],
      ['p1', 'update', 'revise'],
      ['p2', 'insert', 'release'],
      ['p1', 'update', 'lifetime'],
      ['p1', 'update', 'discard'],
    ]);
    await using again = await open(fileSystem);
    const read: unknown[] = [];
    for await (const { key, kind, step } of again.changes({ since: 0n })) {
      read.push([key, kind, step]);
      if (read.length === live.length) break;
    }
    expect(read).toEqual(live);
  });

  it('are no documents to a copy from files, and a fork of a database of tests has its own', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem);
    await db.part.insert(part('p1'));
    await db.part.release('p1');
    await db.close();
    const { definitions, documents } = await readDocuments({ fileSystem, directory: '/db' });
    expect([definitions.map(({ model }) => model.collection), [...documents.keys()]]).toEqual([['part'], ['part']]);
    await using first = await createTestDatabase(openDatabase);
    await first.part.insert(part('p1'));
    const { releasedAt } = await first.part.release('p1');
    expect(releasedAt.getTime()).toBe(first.clock.now());
    await using second = await first.fork();
    await second.part.revise('p1');
    await second.part.update('p1', { weight: 9 });
    await second.part.release('p1');
    expect([first.part.history('p1').length, second.part.history('p1').length]).toEqual([1, 2]);
    await expect(first.part.update('p1', { weight: 9 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
  });

  it('stay frozen when the class is not released any more', async () => {
    const { definitions } = await import('../../../../generated/index.js');
    const { openDatabase: openWith } = await import('../../src/index.js');
    const fileSystem = new MemoryFileSystem();
    const db = await open(fileSystem);
    await db.part.insert(part('p1'));
    await db.part.release('p1');
    await db.close();
    const plain = definitions.map((definition) =>
      definition.model.name === 'Part'
        ? { ...definition, documentClass: class {} as never, model: { ...definition.model, released: undefined } }
        : definition,
    );
    const again = (await openWith(
      plain as never,
      { directory: '/db', fileSystem } as never,
    )) as unknown as NuthatchDatabase;
    expect('release' in again.part).toBe(false);
    await expect(again.part.update('p1', { weight: 9 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await expect(again.part.delete('p1')).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await again.close();
  });
});
