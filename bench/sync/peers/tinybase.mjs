import { openSocket } from '../lib/open-socket.mjs';

const TABLE = 'person';
const PATH = 'bench';
/** A client waits a second by itself, which large stores do not hold. */
const REQUEST_SECONDS = 300;

/** @type {import('../lib/peer.mjs').Peer} */
export const peer = {
  name: 'tinybase',
  title: 'TinyBase 8',
  note: '`createWsServer` with a store of its own in memory, `createWsSynchronizer`; fields merge one by one; keeps no index. Versions from 9 on close a socket at 16 MiB, which 100,000 documents are beyond',
  async serve({ pages }) {
    const { createMergeableStore } = await import('tinybase');
    const { createCustomPersister, Persists } = await import('tinybase/persisters');
    const { createWsServer } = await import('tinybase/synchronizers/synchronizer-ws-server');
    const { WebSocketServer } = await import('ws');
    const store = createMergeableStore();
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await new Promise((resolve) => sockets.once('listening', resolve));
    const nowhere = () =>
      createCustomPersister(
        store,
        async () => undefined,
        async () => undefined,
        () => undefined,
        () => undefined,
        undefined,
        Persists.MergeableStoreOnly,
      );
    const server = createWsServer(sockets, nowhere);
    const { port } = sockets.address();
    // The first client makes the server ask it for what it has; the connection that stays spares the others that.
    const asked = await synchronizerOf(createMergeableStore(), port);
    await asked.startSync();
    await openSocket(`ws://127.0.0.1:${port}/${PATH}`);
    await asked.destroy();
    fill(store, pages);
    return {
      port,
      update: (id, createdAt) => void store.setCell(TABLE, id, 'createdAt', createdAt),
      close: () => server.destroy(),
    };
  },
  async connect({ port, onFirst }) {
    const { createMergeableStore } = await import('tinybase');
    const store = createMergeableStore();
    const synchronizer = await synchronizerOf(store, port);
    const first = store.addTablesListener(() => {
      onFirst();
      store.delListener(first);
    });
    return {
      ready: () => synchronizer.startSync(),
      count: () => store.getRowCount(TABLE),
      all: () => store.getRowIds(TABLE).map((id) => ({ id, ...store.getRow(TABLE, id) })),
      watch(listener) {
        const watching = store.addCellListener(TABLE, null, 'createdAt', (_store, _table, id, _cell, createdAt) =>
          listener({ id, createdAt }),
        );
        return () => store.delListener(watching);
      },
      close: () => synchronizer.destroy(),
    };
  },
  /** A connection of its server; what a real client asks at the beginning leaves nothing behind there. */
  async idle({ port, onTold }) {
    const socket = await openSocket(`ws://127.0.0.1:${port}/${PATH}`);
    socket.on('message', onTold);
    return () => socket.terminate();
  },
};

function fill(store, pages) {
  for (const page of pages)
    store.transaction(() => {
      for (const { id, ...row } of page) store.setRow(TABLE, id, row);
    });
}

async function synchronizerOf(store, port) {
  const { createWsSynchronizer } = await import('tinybase/synchronizers/synchronizer-ws-client');
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${PATH}`, { perMessageDeflate: false });
  const onError = (error) => console.error(error);
  return createWsSynchronizer(store, socket, REQUEST_SECONDS, undefined, undefined, onError);
}
