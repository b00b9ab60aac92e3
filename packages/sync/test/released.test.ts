/** Released documents and lifetimes between a server and its replicas. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { RawClient } from './support/raw-client.js';
import { PARTS, part, shownOf } from './support/sync-parts.js';
import { type PlayerReplica, PlayerServer, until } from './support/sync-players.js';

describe('released documents in replicas', () => {
  let server: PlayerServer;
  let ann: PlayerReplica;
  let bea: PlayerReplica;
  beforeEach(async () => {
    server = await PlayerServer.open({ policy: () => PARTS });
    await server.db.part.insertMany([part('p1'), part('p2')]);
    await server.db.part.release('p1');
    await server.db.part.setLifetime('p1', 'active');
    await server.db.part.revise('p1');
    await server.db.part.update('p1', { weight: 3 });
    ann = await server.replica({ part: true }, { token: 'ann' });
    bea = await server.replica({ part: true }, { token: 'bea' });
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
  });
  afterEach(async () => {
    await ann.close();
    await bea.close();
    await server.close();
  });

  const same = async (): Promise<void> => {
    await Promise.all([ann.connection.synced(), bea.connection.synced()]);
    const due = JSON.stringify(shownOf(server.db));
    await until(() => JSON.stringify(shownOf(ann)) === due && JSON.stringify(shownOf(bea)) === due, `all show ${due}`);
  };

  it('come with their whole history, and live with every step', async () => {
    await same();
    expect(ann.part.getReleased('p1', 1)).toMatchObject({ weight: 2, state: 'active' });
    await server.db.part.release('p1');
    await server.db.part.setLifetime('p1', 'obsolete', { release: 1 });
    await same();
    expect(bea.part.history('p1').map(({ document }) => document.state)).toEqual(['obsolete', 'draft']);
    await expect(bea.part.update('p1', { weight: 9 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await expect(bea.part.delete('p1')).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    await expect(bea.part.setLifetime('p1', 'obsolete')).rejects.toMatchObject({ code: 'TRANSITION_REFUSED' });
    expect([bea.outbox.size, bea.conflicts.size, server.errors]).toEqual([0, 0, []]);
  });

  it('are released, revised and led through their lifetime offline, in one transaction or several', async () => {
    server.isDown = true;
    server.cut();
    await ann.part.release('p1');
    await ann.part.setLifetime('p1', 'active');
    await ann.part.setLifetime('p1', 'obsolete', { release: 1 });
    await ann.transaction((tx) => {
      tx.part.update('p2', { weight: 7 });
      tx.part.release('p2');
      tx.part.setLifetime('p2', 'active');
      tx.part.revise('p2');
      tx.part.update('p2', { weight: 8 });
      tx.part.release('p2');
      tx.part.insert(part('p3'));
      tx.part.release('p3');
    });
    await ann.part.revise('p3');
    await ann.part.update('p3', { weight: 5 });
    await ann.part.delete('p3');
    expect(ann.part.get('p3')).toMatchObject({ weight: 2 });
    const shown = ann.part.history('p2').map(({ document }) => [document.weight, document.state]);
    expect(shown).toEqual([
      [7, 'active'],
      [8, 'draft'],
    ]);
    server.isDown = false;
    await ann.connection.synced();
    await same();
    expect([ann.conflicts.size, ann.outbox.size, server.errors]).toEqual([0, 0, []]);
    expect(server.db.part.history('p2').map(({ document }) => [document.weight, document.state])).toEqual(shown);
    expect(server.db.part.isReleased('p3')).toBe(true);
  });

  it('make a conflict DOCUMENT_RELEASED of an edit that was made offline meanwhile, and the history is the server’s', async () => {
    server.isDown = true;
    server.cut();
    await ann.part.update('p1', { weight: 100 });
    await ann.part.release('p1');
    await ann.part.revise('p2').catch(() => undefined);
    await server.db.part.release('p1');
    server.isDown = false;
    await until(() => ann.conflicts.size === 2, 'two conflicts');
    expect(ann.conflicts.all().map(({ code, edits }) => [code, edits[0]?.kind, edits[0]?.key])).toEqual([
      ['DOCUMENT_RELEASED', 'put', 'p1'],
      ['REVISION_MISMATCH', 'release', 'p1'],
    ]);
    expect(ann.conflicts.all()[0]?.edits[0]?.mine).toMatchObject({ weight: 100 });
    await same();
    expect(ann.part.history('p1').map(({ document }) => document.weight)).toEqual([2, 3]);
    for (const { number } of ann.conflicts.all()) await ann.conflicts.discard(number);
    await ann.part.revise('p1');
    await ann.part.update('p1', { weight: 100 });
    await ann.part.release('p1');
    await same();
    expect(bea.part.history('p1').map(({ document }) => document.weight)).toEqual([2, 3, 100]);
  });

  it('take back the state of an earlier release that the server has refused', async () => {
    server.isDown = true;
    server.cut();
    await ann.part.setLifetime('p1', 'obsolete', { release: 1 });
    await server.db.part.setLifetime('p1', 'draft', { release: 1 });
    server.isDown = false;
    await until(() => ann.conflicts.size === 1, 'a conflict');
    expect(ann.conflicts.all()[0]?.edits[0]).toMatchObject({
      kind: 'lifetime',
      changed: { release: 1, state: 'obsolete' },
    });
    await same();
    expect(ann.part.getReleased('p1', 1)?.state).toBe('draft');
  });

  it('retry what a conflict was about: a release is made again', async () => {
    server.isDown = true;
    server.cut();
    await ann.part.release('p2');
    await server.db.part.update('p2', { weight: 11 });
    server.isDown = false;
    await until(() => ann.conflicts.size === 1, 'a conflict');
    expect([ann.part.isReleased('p2'), ann.part.history('p2').length]).toEqual([false, 0]);
    await ann.conflicts.retry(ann.conflicts.all()[0]!.number);
    await same();
    expect(server.db.part.getReleased('p2', 1)?.weight).toBe(11);
  });

  it('leave a replica with all their releases, and come back with them', async () => {
    await server.db.part.release('p1');
    const near = await server.replica({ part: { weight: { lt: 10 } } }, { token: 'cem' });
    await near.connection.synced();
    expect(near.part.history('p1').length).toBe(2);
    await server.db.part.revise('p1');
    await server.db.part.update('p1', { weight: 50 });
    await until(() => !near.part.has('p1'), 'p1 to leave');
    expect([near.part.history('p1'), near.part.getReleased('p1', 1)]).toEqual([[], undefined]);
    await server.db.part.update('p1', { weight: 4 });
    await until(() => near.part.has('p1'), 'p1 to come back');
    expect(near.part.history('p1').length).toBe(2);
    await near.close();
  });

  it('stay over a restart of a replica that was offline', async () => {
    const fileSystem = new MemoryFileSystem();
    const more = { memory: undefined, directory: '/r', fileSystem, durability: 'os', token: 'dan' };
    let dan = await server.replica({ part: true }, more);
    await dan.connection.synced();
    server.isDown = true;
    server.cut();
    await dan.part.release('p1');
    await dan.close();
    await server.db.part.release('p2');
    dan = await server.replica({ part: true }, more);
    expect([dan.part.isReleased('p1'), dan.part.history('p1').length]).toEqual([true, 2]);
    await expect(dan.part.update('p1', { weight: 1 })).rejects.toMatchObject({ code: 'DOCUMENT_RELEASED' });
    server.isDown = false;
    await dan.connection.synced();
    await until(() => dan.part.isReleased('p2'), 'p2 to be released');
    expect(JSON.stringify(shownOf(dan))).toBe(JSON.stringify(shownOf(server.db)));
    await dan.close();
  });
});

describe('what a policy says of releases', () => {
  it('decides who may release, and keeps hidden fields and releases that are not granted off the wire', async () => {
    const told: unknown[] = [];
    const server = await PlayerServer.open({
      policy: ({ id }) => ({
        part: {
          read: { materials: 'open' },
          hidden: ['note'],
          write: ({ step, kind }) => {
            told.push([kind, step]);
            return step !== 'release' || id === 'boss';
          },
        },
      }),
    });
    await server.db.part.insert(part('p1', { materials: ['closed'], weight: 77.125 }));
    await server.db.part.release('p1');
    await server.db.part.revise('p1');
    await server.db.part.update('p1', { materials: ['open'], note: 'SECRET-NOTE', weight: 5 });
    await server.db.part.release('p1');
    const ann = await server.replica({ part: true }, { token: 'ann' });
    await ann.connection.synced();
    expect(ann.part.history('p1').map(({ release, document }) => [release, document.weight, document.note])).toEqual([
      [2, 5, undefined],
    ]);
    const secret = new DataView(new ArrayBuffer(8));
    secret.setFloat64(0, 77.125, true);
    const wire = Buffer.concat(server.wire().map((each) => Buffer.from(each)));
    expect([wire.includes('SECRET-NOTE'), wire.includes(Buffer.from(secret.buffer))]).toEqual([false, false]);
    await ann.part.revise('p1');
    await ann.part.update('p1', { weight: 6 });
    await ann.part.release('p1');
    await until(() => ann.conflicts.size === 1, 'a refusal');
    expect(ann.conflicts.all()[0]).toMatchObject({ code: 'FORBIDDEN', edits: [{ kind: 'release' }] });
    expect([ann.part.isReleased('p1'), server.db.part.isReleased('p1')]).toEqual([false, false]);
    const boss = await server.replica({ part: true }, { token: 'boss' });
    await boss.connection.synced();
    await boss.part.release('p1');
    await boss.connection.synced();
    await until(() => server.db.part.isReleased('p1'), 'the release');
    expect(server.db.part.getReleased('p1', 3)).toMatchObject({ weight: 6, note: 'SECRET-NOTE' });
    expect(told).toEqual(
      expect.arrayContaining([
        ['update', 'revise'],
        ['update', undefined],
        ['update', 'release'],
      ]),
    );
    for (const each of [ann, boss]) await each.close();
    await server.close();
  });
});

describe('a client that lies about releases', () => {
  it('changes nothing of a released document, whatever it sends', async () => {
    const server = await PlayerServer.open({ policy: () => PARTS });
    await server.db.part.insertMany([part('p1'), part('p2')]);
    await server.db.part.release('p1');
    const before = shownOf(server.db);
    const client = new RawClient(server);
    await client.open();
    const modelId = client.outgoing.idOf('part');
    const place = { modelId, key: 'p1', baseDigest: new Uint8Array(0), after: 0, fence: 0 };
    const { definition } = (await import('@nuthatch/runtime/sync')).syncPortOf(server.db).collections.get('part')!;
    const bytesOf = (fields: object) =>
      client.outgoing.bytesOf(definition, definition.seal(definition.build(part('p1', fields))));
    const put = (fields: object, more: object = {}) =>
      ({ kind: 'put', ...place, base: 2, expiresAtMs: 0, ...bytesOf(fields), ...more }) as const;
    const { anyValueBytes } = await import('../src/documents/any-value.js');
    const lies = [
      [put({ weight: 9 }), 'DOCUMENT_RELEASED'],
      [put({ weight: 9, state: 'active' }), 'DOCUMENT_RELEASED'],
      [put({}), 'DOCUMENT_RELEASED'],
      [put({ state: 'obsolete' }), 'TRANSITION_REFUSED'],
      [put({ state: 'active' }, { expiresAtMs: 5 }), 'DOCUMENT_RELEASED'],
      [put({ state: 'active' }, { kept: anyValueBytes({ more: 1 }) }), 'DOCUMENT_RELEASED'],
      [put({ weight: 9 }, { base: 0 }), 'DOCUMENT_RELEASED'],
      [{ kind: 'delete', ...place, base: 2 }, 'DOCUMENT_RELEASED'],
      [{ kind: 'release', ...place, base: 2 }, 'DOCUMENT_RELEASED'],
      [{ kind: 'release', ...place, key: 'none', base: 0 }, 'DOCUMENT_NOT_FOUND'],
      [{ kind: 'revise', ...place, key: 'p2', base: 1 }, 'DOCUMENT_NOT_RELEASED'],
      [{ kind: 'revise', ...place, base: 1 }, 'REVISION_MISMATCH'],
      [{ kind: 'state', ...place, base: 2, release: 7, state: 'active' }, 'DOCUMENT_NOT_RELEASED'],
      [{ kind: 'state', ...place, base: 2, release: 1, state: 'gone' }, 'VALIDATION_FAILED'],
      [{ kind: 'release', ...place, modelId: client.outgoing.idOf('player'), key: 'x', base: 0 }, 'MODEL_MISMATCH'],
    ] as const;
    for (const [index, [effect, code]] of lies.entries()) {
      client.push(index + 1, [effect], index);
      expect([code, (await client.next('result', index + 1)).code]).toEqual([code, code]);
      expect(shownOf(server.db)).toEqual(before);
    }
    client.push(lies.length + 1, [{ kind: 'state', ...place, base: 2, release: 0, state: 'active' }], lies.length);
    expect(await client.rejection()).toBe('PROTOCOL_VIOLATION');
    expect(shownOf(server.db)).toEqual(before);
    await server.close();
  });
});
