/** Keys that are dates, booleans and bigints between a server and its replicas: whole collections, single keys, edits offline. */
import fc from 'fast-check';
import { freshKey, KEYED_MODELS, keyedDocuments, textOfKey } from '../../runtime/test/support/keys-of-every-type.js';
import type { Fields } from '../../runtime/test/support/open-models.js';
import { ModelServer } from './support/model-server.js';
import { until } from './support/sync-players.js';

describe.each(KEYED_MODELS.map((model) => [model.name, model] as const))('keys of %s', (_, model) => {
  const { collection, key } = model;
  const texts = (db: { readonly [name: string]: unknown }): string[] => {
    const repository = db[collection] as unknown as Iterable<Fields>;
    return Array.from(repository, (each) => `${textOfKey(key.fields, each)} ${each['note']}`).sort();
  };

  it('go to replicas and come back, and choose what a replica holds', async () => {
    await fc.assert(
      fc.asyncProperty(keyedDocuments(model), async (documents) => {
        const server = await ModelServer.open([model]);
        const [first, second, ...others] = documents;
        await server.db[collection]!.insertMany(others as never);
        const replica = await server.replica([model]);
        await replica.connection.synced();
        expect(texts(replica)).toEqual(texts(server.db));
        replica.connection.disconnect();
        for (const document of [first, second]) if (document) await replica[collection]!.insert(document as never);
        for (const document of others)
          await replica[collection]!.update(freshKey(model, document), { note: 'offline' });
        if (second) await replica[collection]!.delete(freshKey(model, second));
        replica.connection.connect();
        await until(() => replica.outbox.size === 0);
        expect(texts(server.db)).toEqual(texts(replica));
        expect(replica.conflicts.size).toBe(0);
        const chosen = first === undefined ? [] : [freshKey(model, first)];
        const narrow = await server.replica([model], { subscribe: { [collection]: { $keys: chosen } } });
        await narrow.connection.synced();
        expect(texts(narrow)).toEqual(
          texts(server.db).filter((text) => first && text.startsWith(textOfKey(key.fields, first))),
        );
        await narrow.close();
        await replica.close();
        await server.close();
      }),
      { numRuns: process.env['NUTHATCH_NIGHTLY'] ? 200 : 4 },
    );
  });

  it('are checked out, edited by the holder only, and released', async () => {
    const server = await ModelServer.open([{ ...model, sync: 'checkOut' }]);
    const [document] = fc.sample(keyedDocuments(model), { numRuns: 20, seed: 7 }).find(({ length }) => length > 0)!;
    await server.db[collection]!.insert(document as never);
    const replica = await server.replica([{ ...model, sync: 'checkOut' }]);
    await replica.connection.synced();
    const ours = replica[collection] as unknown as {
      checkOut(key: unknown, options: object): Promise<unknown>;
      checkIn(key: unknown): Promise<unknown>;
      update(key: unknown, patch: object): Promise<unknown>;
    };
    const keyOf = (): unknown => freshKey(model, document!);
    await expect(ours.update(keyOf(), { note: 'no' })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    await ours.checkOut(keyOf(), { ms: 60_000 });
    await ours.update(keyOf(), { note: 'mine' });
    await until(() => replica.outbox.size === 0);
    expect(server.db[collection]!.get(freshKey(model, document!))).toMatchObject({ note: 'mine' });
    await ours.checkIn(keyOf());
    await expect(ours.update(keyOf(), { note: 'late' })).rejects.toMatchObject({ code: 'NOT_CHECKED_OUT' });
    await replica.close();
    await server.close();
  });
});
