/** Stores of keys and values between a server and its replicas: values of any shape, transactions, rights, conflicts. */
import type { DocumentModel } from '@nuthatch/model';
import { type AnyReplica, ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

const NOTE: DocumentModel = {
  name: 'Note',
  collection: 'note',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [{ name: 'id', type: { kind: 'string' }, optional: false, rules: [] }],
  computed: [],
  indexes: [],
};
const keyValues = ['settings', 'tokens'];
const VALUE = {
  at: new Date(5),
  bytes: Buffer.from('b'),
  count: 2n ** 70n,
  list: [null, Number.NaN, new Map([[1, -0]])],
};

let server: ModelServer;
const replicas: AnyReplica[] = [];
const replicaOf = async (more: object): Promise<AnyReplica> => {
  const replica = await server.replica([NOTE], { keyValues, ...more });
  replicas.push(replica);
  return replica;
};

beforeEach(async () => {
  const policy = (user: { readonly id: string }) => ({
    note: { read: true, write: true },
    settings: { read: true, write: user.id === 'ann' },
    tokens: { read: true, write: ({ key }: { key: unknown }) => String(key).startsWith(user.id) },
  });
  server = await ModelServer.open([NOTE], { memory: true, keyValues }, { policy });
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.close()));
  await server.close();
});

it('reach replicas that subscribe to them, whole or by key, and come back from there', async () => {
  await server.db.keyValue('settings').set('theme', VALUE);
  await server.db.keyValue('tokens').set('ann1', 1);
  await server.db.keyValue('tokens').set('bea1', 2);
  const replica = await replicaOf({
    token: 'ann',
    subscribe: { note: true, settings: true, tokens: { $keys: ['ann1'] } },
  });
  await replica.connection.synced();
  expect(replica.keyValue('settings').get('theme')).toEqual(VALUE);
  expect([...replica.keyValue('tokens').keys()]).toEqual(['ann1']);
  replica.connection.disconnect();
  await replica.transaction((tx) => {
    (tx as unknown as AnyReplica)['note']!.insert({ id: 'n1' });
    tx.keyValue('settings').set('more', VALUE);
  });
  await replica.keyValue('tokens').increment('ann1');
  replica.connection.connect();
  await replica.connection.synced();
  expect(server.db['note']!.has('n1')).toBe(true);
  expect(server.db.keyValue('settings').get('more')).toEqual(VALUE);
  expect(server.db.keyValue('tokens').get('ann1')).toBe(2);
  await server.db.keyValue('settings').delete('theme');
  await until(() => !replica.keyValue('settings').has('theme'));
});

it('are written by those who may, and taken back in the replica of others', async () => {
  const replica = await replicaOf({ token: 'bea', subscribe: { settings: true, tokens: true } });
  await replica.connection.synced();
  await replica.keyValue('tokens').set('bea1', 'mine');
  await replica.keyValue('tokens').set('ann1', 'not mine');
  await replica.keyValue('settings').set('theme', 'dark');
  await replica.connection.synced();
  expect([...server.db.keyValue('tokens').entries()]).toEqual([['bea1', 'mine']]);
  expect(server.db.keyValue('settings').size).toBe(0);
  await until(() => replica.keyValue('settings').size === 0 && !replica.keyValue('tokens').has('ann1'));
});

it('of one name are merged to what the server has, and a conflict tells of the other', async () => {
  const replica = await replicaOf({ token: 'ann', subscribe: { settings: true } });
  await server.db.keyValue('settings').set('theme', 'dark');
  await until(() => replica.keyValue('settings').has('theme'));
  replica.connection.disconnect();
  await replica.keyValue('settings').set('theme', 'light');
  await server.db.keyValue('settings').set('theme', 'blue');
  replica.connection.connect();
  await replica.connection.synced();
  const [conflict] = replica.conflicts.all();
  expect(replica.keyValue('settings').get('theme')).toBe('blue');
  expect(conflict?.edits).toMatchObject([{ collection: 'settings', key: 'theme', mine: { value: 'light' } }]);
});

it('that the replica has not named cannot be subscribed to', async () => {
  await expect(replicaOf({ keyValues: ['settings'], subscribe: { tokens: true } })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
  await expect(replicaOf({ subscribe: { tokens: { value: 5 } } })).rejects.toMatchObject({ code: 'UNINDEXED_FIELD' });
});
