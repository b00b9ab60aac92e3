/** Values of every type of field between a server and its replicas, and as JSON: what comes out is what was put in. */
import assert from 'node:assert';
import { plain } from '@nuthatch/runtime';
import { everyTypeDefinition, everyTypeDocument } from '../../copy/test/every-type.js';
import { ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

type Fields = Record<string, unknown>;

const model = { ...everyTypeDefinition.model, collection: 'everything', indexes: [] };
const keyOf = ({ id, part }: Fields): never => ({ id, part }) as never;

const given = (number: number): Fields => {
  const document = { ...everyTypeDocument(number), id: `d${number}` } as Fields;
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
};
const documentsOf = (db: { readonly [name: string]: unknown }): Fields[] =>
  Array.from(db['everything'] as unknown as Iterable<object>, (document) => plain(document) as Fields).sort(
    (a, b) => Number(a['part']) - Number(b['part']),
  );

it('values of every type reach a replica, come back from it, and are JSON and back', async () => {
  const server = await ModelServer.open([model]);
  const all = Array.from({ length: 24 }, (_, number) => plain(given(number)) as Fields);
  await server.db['everything']!.insertMany(all.slice(0, 12) as never);
  const replica = await server.replica([model]);
  await replica.connection.synced();
  assert.deepStrictEqual(documentsOf(replica), documentsOf(server.db));
  replica.connection.disconnect();
  for (const document of all.slice(12)) await replica['everything']!.insert(document as never);
  for (const document of all.slice(0, 6))
    await replica['everything']!.update(keyOf(document), {
      floats: Float32Array.of(0.1, Number.NaN),
      pair: ['z', new Date(1)],
      record: { x: 3 },
    });
  replica.connection.connect();
  await until(() => replica.outbox.size === 0);
  assert.deepStrictEqual(documentsOf(server.db), documentsOf(replica));
  expect(documentsOf(server.db)).toHaveLength(24);
  assert.deepStrictEqual(documentsOf(server.db).slice(12), all.slice(12));

  const reflected = server.db.reflect().collection('everything');
  for (const document of documentsOf(server.db)) {
    const json = JSON.parse(JSON.stringify(reflected.get(keyOf(document)))) as Fields;
    await reflected.upsert(json);
    assert.deepStrictEqual(plain(server.db['everything']!.get(keyOf(document))), document);
  }
  await replica.close();
  await server.close();
});
