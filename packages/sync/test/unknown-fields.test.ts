/** Fields that one side's class does not know: they come back as they were, and go when the other side lets them go. */
import { field, modelWith, NUMBER, STRING } from '../../runtime/test/support/open-models.js';
import { ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

const fields = [field('name', STRING)];
const OLD = [modelWith(fields)];
const NEW = [modelWith([...fields, field('extra', NUMBER, { optional: true })])];

it('an older replica edits beside a field that it does not know', async () => {
  const server = await ModelServer.open(NEW);
  await server.db['player']!.insert({ id: 'p1', name: 'a', extra: 7 });
  const replica = await server.replica(OLD);
  await replica.connection.synced();
  await replica['player']!.update('p1', { name: 'b' });
  await replica.connection.synced();
  expect(server.db['player']!.get('p1')).toMatchObject({ name: 'b', extra: 7 });
  await replica.close();
  await server.close();
});

it('a field that the server has let go does not come back with the next edit of an older replica', async () => {
  const server = await ModelServer.open(NEW);
  await server.db['player']!.insert({ id: 'p1', name: 'a', extra: 7 });
  const replica = await server.replica(OLD);
  await replica.connection.synced();
  await server.db['player']!.update('p1', { extra: undefined });
  await until(() => replica['player']!.revision('p1') === 2);
  await replica['player']!.update('p1', { name: 'b' });
  await replica.connection.synced();
  expect([server.db['player']!.get('p1')?.['name'], server.db['player']!.get('p1')?.['extra']]).toEqual([
    'b',
    undefined,
  ]);
  await replica.close();
  await server.close();
});

it('a newer replica lets a field go that the server does not know', async () => {
  const server = await ModelServer.open(OLD);
  await server.db['player']!.insert({ id: 'p1', name: 'a' });
  const [one, two] = [await server.replica(NEW), await server.replica(NEW)];
  await Promise.all([one.connection.synced(), two.connection.synced()]);
  await one['player']!.update('p1', { extra: 7 });
  await until(() => two['player']!.get('p1')?.['extra'] === 7);
  await two['player']!.update('p1', { extra: undefined });
  await until(() => one['player']!.revision('p1') === 3);
  expect([one['player']!.get('p1')?.['extra'], two['player']!.get('p1')?.['extra']]).toEqual([undefined, undefined]);
  // What the server's own code changes beside it stays as it is.
  await one['player']!.update('p1', { extra: 9 });
  await one.connection.synced();
  await server.db['player']!.update('p1', { name: 'b' });
  await until(() => two['player']!.get('p1')?.['name'] === 'b');
  expect(two['player']!.get('p1')?.['extra']).toBe(9);
  await one.close();
  await two.close();
  await server.close();
});
