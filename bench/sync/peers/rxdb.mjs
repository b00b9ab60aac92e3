import { once } from 'node:events';
import { openSocket } from '../lib/open-socket.mjs';

/** @type {import('../lib/peer.mjs').Peer} */
export const peer = {
  name: 'rxdb',
  title: 'RxDB 17',
  note: 'memory storage, `startWebsocketServer` and `replicateWithWebsocketServer` in batches of 1,000 (its default of 100 is slower); keeps no index but the key',
  async serve({ pages }) {
    const { startWebsocketServer } = await import('rxdb/plugins/replication-websocket');
    const collection = await personCollection('server');
    for (const page of pages) await collection.bulkInsert(page);
    const server = startWebsocketServer({ database: collection.database, port: 0, host: '127.0.0.1' });
    await once(server.server, 'listening');
    return {
      port: server.server.address().port,
      async update(id, createdAt) {
        const document = await collection.findOne(id).exec();
        await document.incrementalPatch({ createdAt });
      },
      close: () => collection.database.close(),
    };
  },
  async connect({ port, onFirst }) {
    const { replicateWithWebsocketServer } = await import('rxdb/plugins/replication-websocket');
    const collection = await personCollection(`client${++clientCount}`);
    const replication = await replicateWithWebsocketServer({
      ...{ collection, replicationIdentifier: `from-${port}`, url: `ws://127.0.0.1:${port}`, live: true },
      batchSize: 1_000,
    });
    const first = replication.received$.subscribe(() => {
      onFirst();
      first.unsubscribe();
    });
    return {
      // Its pull ends before the documents of the last batch are written; this resolves when they are.
      ready: () => replication.awaitInitialReplication(),
      count: () => collection.count().exec(),
      async all() {
        const found = await collection.find().exec();
        return found.map(({ _data }) => _data);
      },
      watch(listener) {
        const watching = collection.$.subscribe(({ documentData }) => listener(documentData));
        return () => watching.unsubscribe();
      },
      close: () => collection.database.close(),
    };
  },
  /** What its client says and then waits: where it stands, and that it wants the stream. */
  async idle({ port, onTold }) {
    const socket = await openSocket(`ws://127.0.0.1:${port}`);
    const ask = (id, method, params) => socket.send(JSON.stringify({ id, collection: 'person', method, params }));
    ask('stream', 'masterChangeStream$', []);
    ask('first', 'masterChangesSince', [null, 1_000]);
    await once(socket, 'message');
    socket.on('message', onTold);
    return () => socket.terminate();
  },
};

let clientCount = 0;

async function personCollection(name) {
  const { createRxDatabase } = await import('rxdb');
  const { getRxStorageMemory } = await import('rxdb/plugins/storage-memory');
  const database = await createRxDatabase({ name, storage: getRxStorageMemory(), multiInstance: false });
  const text = { type: 'string' };
  const properties = {
    id: { type: 'string', maxLength: 100 },
    ...{ email: text, name: text, tags: { type: 'array', items: text }, age: { type: 'number' } },
    createdAt: { type: 'number' },
  };
  const schema = { version: 0, primaryKey: 'id', type: 'object', properties, required: Object.keys(properties) };
  const { person } = await database.addCollections({ person: { schema } });
  return person;
}
