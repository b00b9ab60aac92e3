/** References between a server and its replicas: the server checks, replicas leave it to the server. */

import type { Repository } from '@nuthatch/runtime';
import { openDatabase as open } from '@nuthatch/runtime/generated';
import {
  definitions,
  type NuthatchDatabase,
  openDatabase,
  type Repositories,
  type TransactionRepositories,
} from '../../../examples/issue-tracker/generated/index.js';
import { definitionOf } from '../../runtime/test/support/definition-of-model.js';
import { type AnyTypes, field, modelWith, NUMBER, STRING } from '../../runtime/test/support/open-models.js';
import { openReplica, type Replica } from '../src/replica/open-replica.js';
import type { Policy } from '../src/server/policy.js';
import { type SyncServer, serve } from '../src/server/serve.js';
import { DirectTransport } from './support/direct-transport.js';
import { until } from './support/sync-players.js';

type TrackerReplica = Replica<Repositories, TransactionRepositories>;

const FULL = { read: true, write: true } as const;
let policy: Policy;
let db: NuthatchDatabase;
let sync: SyncServer;
const wire: (readonly Uint8Array[])[] = [];

beforeEach(async () => {
  policy = { project: FULL, issue: FULL, person: FULL, remark: FULL };
  db = await openDatabase({ memory: true });
  sync = await serve(db, { authenticate: (token) => ({ id: token }), policy: () => policy, onError: () => undefined });
  await db.person.insertMany([
    { id: 'ada', name: 'Ada' },
    { id: 'bo', name: 'Bo' },
  ]);
  await db.project.insert({ id: 'core', lead: 'ada' });
  await db.issue.insertMany([
    { id: 1, title: 'crash', project: 'core', assignee: 'bo' },
    { id: 2, title: 'hidden-title', project: 'core', parent: 1 },
  ]);
});

afterEach(async () => {
  await sync.close();
  await db.close();
});

function replica(subscribe: object, more: object = {}): Promise<TrackerReplica> {
  const connect = (): DirectTransport => {
    const [own, other] = DirectTransport.pair();
    sync.serveTransport(other);
    wire.push(other.sent);
    return own;
  };
  const options = { memory: true, connect, token: 'ann', subscribe, maxRetryMs: 60, ...more };
  return openReplica<Repositories, TransactionRepositories>(definitions, options as never);
}

it('holds a part of the documents, whose keys lead to what it has not', async () => {
  await using ann = await replica({ issue: { id: { in: [1] } } });
  await ann.connection.synced();
  expect([ann.issue.size, ann.project.size]).toEqual([1, 0]);
  expect(ann.issue.related(ann.issue.require(1), 'project')).toBeUndefined();
  await ann.issue.update(1, { title: 'crash at noon' });
  await ann.issue.insert({ id: 9, title: 'new', project: 'core' });
  await ann.connection.synced();
  expect([ann.conflicts.size, db.issue.require(1).title, db.issue.has(9)]).toEqual([0, 'crash at noon', true]);
});

it('leaves what a delete takes along to the server, which tells all replicas', async () => {
  await using ann = await replica({ issue: true, project: true });
  await using bea = await replica({ issue: true }, { token: 'bea' });
  await ann.connection.synced();
  await bea.connection.synced();
  await ann.project.delete('core');
  expect(ann.issue.size).toBe(2);
  await ann.connection.synced();
  await until(() => ann.issue.size === 0 && bea.issue.size === 0);
  expect([db.issue.size, ann.conflicts.size]).toEqual([0, 0]);
});

it('takes nothing along that another replica has checked out', async () => {
  await using ann = await replica({ project: true });
  await using bea = await replica({ issue: true }, { token: 'bea' });
  await ann.connection.synced();
  await bea.connection.synced();
  const lease = await bea.issue.checkOut(2, { ms: 60_000 });
  await ann.project.delete('core');
  await ann.connection.synced();
  const [conflict] = ann.conflicts.all();
  expect([conflict?.code, conflict?.message]).toEqual([
    'LEASE_HELD',
    expect.stringContaining('checked out a document of issue that refers to a deleted one'),
  ]);
  expect([db.project.size, db.issue.size, ann.project.size]).toEqual([1, 2, 1]);
  await bea.issue.update(2, { title: 'safe' });
  await bea.connection.synced();
  expect([bea.conflicts.size, db.issue.get(2)?.title]).toEqual([0, 'safe']);
  await lease.end();
  await ann.conflicts.discard(conflict?.number as number);
  await ann.project.delete('core');
  await ann.connection.synced();
  await until(() => bea.issue.size === 0);
  expect([ann.conflicts.size, db.issue.size]).toEqual([0, 0]);
});

it('keeps as a conflict what the server refuses, of the effect that it is about', async () => {
  await using ann = await replica({ issue: true, person: true });
  await ann.connection.synced();
  await ann.transaction((tx) => {
    tx.person.insert({ id: 'cy', name: 'Cy' });
    tx.issue.insert({ id: 5, title: 'lost', project: 'gone', assignee: 'cy' });
  });
  await ann.person.delete('ada');
  await ann.connection.synced();
  expect(ann.conflicts.all().map(({ code, edits }) => [code, edits.map(({ key }) => key)])).toEqual([
    ['REFERENCE_MISSING', ['cy', 5]],
    ['REFERENCED', ['ada']],
  ]);
  expect(db.person.has('cy')).toBe(false);
  await until(() => ann.person.has('ada'));
});

it('names no document that the user may not read', async () => {
  policy = { person: FULL, issue: { read: { id: 1 } as never, write: true } };
  await db.project.insert({ id: 'secret-project', lead: 'bo' });
  await using ann = await replica({ person: true });
  await ann.connection.synced();
  await ann.person.delete('bo');
  await ann.connection.synced();
  const [conflict] = ann.conflicts.all();
  expect(conflict).toMatchObject({ code: 'REFERENCED' });
  expect(conflict?.message).toContain('documents of project refer in lead');
  expect(Buffer.concat(wire.flat()).includes('secret-project')).toBe(false);
});

it('refuses shapes that join, and the option that only a server has', async () => {
  await expect(replica({ issue: { project: { area: 'engine' } } })).rejects.toMatchObject({ code: 'INVALID_QUERY' });
  await expect(replica({ issue: true }, { references: 'report' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('opens a replica again whose documents refer to what it never had', async () => {
  const { MemoryFileSystem } = await import('@nuthatch/runtime');
  const local = { memory: undefined, directory: '/replica', fileSystem: new MemoryFileSystem() };
  for (let round = 0; round < 2; round++) {
    await using ann = await replica({ issue: true }, local);
    await ann.connection.synced();
    expect([ann.issue.size, ann.project.size]).toEqual([2, 0]);
    expect(ann.issue.find({ project: { area: 'engine' } }).count()).toBe(0);
  }
});

it('takes shapes and policies of whole keys of several parts, and of dates', async () => {
  const key = { kind: 'object', fields: [field('org', STRING), field('no', NUMBER)] } as const;
  const models = [
    modelWith([], {
      ...{ name: 'Page', collection: 'page', key: { fields: ['org', 'no'] } },
      fields: [field('org', STRING), field('no', NUMBER)],
    }),
    modelWith([], {
      ...{ name: 'Day', collection: 'day', key: { fields: ['at'] } },
      fields: [field('at', { kind: 'date' })],
    }),
    modelWith([field('page', key, { optional: true }), field('day', { kind: 'date' }, { optional: true })], {
      ...{ name: 'Note', collection: 'note' },
      references: [
        { field: 'page', to: 'page', onDelete: 'setAbsent' },
        { field: 'day', to: 'day', onDelete: 'setAbsent' },
      ],
    }),
  ].map((model) => definitionOf(model));
  type Notes = Readonly<Record<string, Repository<AnyTypes>>>;
  const at = new Date('2026-01-31');
  await using server = await open<Notes, object>(models, { memory: true });
  await server['page']!.insertMany([
    { org: 'a', no: 1 },
    { org: 'a', no: 2 },
  ]);
  await server['day']!.insert({ at });
  await server['note']!.insertMany([{ id: 'p', page: { org: 'a', no: 1 } }, { id: 'd', day: at }, { id: 'none' }]);
  const serving = await serve(server, {
    authenticate: (token) => ({ id: token }),
    policy: () => ({ note: { read: { page: { absent: true } }, write: true }, page: FULL }),
  });
  const connect = (): DirectTransport => {
    const [own, other] = DirectTransport.pair();
    serving.serveTransport(other);
    return own;
  };
  for (const [where, ids] of [
    [true, ['d', 'none']],
    [{ day: at }, ['d']],
    [{ day: { not: at } }, ['none']],
    [{ page: { in: [{ org: 'a', no: 1 }] } }, []],
  ] as const) {
    const options = { memory: true, connect, token: 'ann', subscribe: { note: where } };
    await using ann = await openReplica<Notes, object>(models, options as never);
    await ann.connection.synced();
    expect([where, ann['note']!.all().keys().sort()]).toEqual([where, ids]);
    // It comes into the shape, and leaves it.
    await server['note']!.update('p', { page: undefined, day: at });
    await until(() => ann['note']!.has('p') === (ids.includes('d' as never) as boolean));
    await server['note']!.update('p', { page: { org: 'a', no: 1 }, day: undefined });
    await until(() => !ann['note']!.has('p'));
  }
  await serving.close();
});
