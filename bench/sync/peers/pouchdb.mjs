import { once } from 'node:events';
import { request } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const BATCH = 1_000;
let clientCount = 0;
let PouchDB;

/** @type {import('../lib/peer.mjs').Peer} */
export const peer = {
  name: 'pouchdb',
  title: 'PouchDB 9',
  note: 'memory adapter, express-pouchdb without compression, live replication in batches of 1,000; keeps no index but the key',
  async serve({ pages }) {
    pouch();
    // Before any database: it notes those that are made.
    const app = require('express')();
    const part = { mode: 'minimumForPouchDB', overrideMode: { exclude: ['compression'] } };
    app.use('/', require('express-pouchdb')(PouchDB, { ...part, inMemoryConfig: true }));
    const db = new PouchDB('person');
    const revisions = new Map();
    for (const page of pages) for (const { id, rev } of await db.bulkDocs(page.map(stored))) revisions.set(id, rev);
    const documents = new Map();
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      port: server.address().port,
      async update(id, createdAt) {
        const document = documents.get(id) ?? (await db.get(id));
        const { rev } = await db.put({ ...document, createdAt, _rev: revisions.get(id) });
        documents.set(id, document);
        revisions.set(id, rev);
      },
      close() {
        server.closeAllConnections();
        server.close();
      },
    };
  },
  async connect({ port, onFirst }) {
    pouch();
    const db = new PouchDB(`client${++clientCount}`);
    const remote = new PouchDB(`http://127.0.0.1:${port}/person`, { adapter: 'http' });
    const replication = db.replicate.from(remote, {
      ...{ live: true, batch_size: BATCH, batches_limit: 10 },
    });
    replication.once('change', onFirst);
    return {
      ready: () => once(replication, 'paused'),
      count: async () => (await db.info()).doc_count,
      async all() {
        const { rows } = await db.allDocs({ include_docs: true });
        return rows.map(({ doc: { _id: id, _rev, ...document } }) => ({ id, ...document }));
      },
      watch(listener) {
        const told = ({ docs }) => {
          for (const { _id: id, createdAt } of docs) listener({ id, createdAt });
        };
        replication.on('change', told);
        return () => replication.off('change', told);
      },
      close: () => replication.cancel(),
    };
  },
  /** The request that a live replication waits in. */
  async idle({ port, onTold }) {
    const path = '/person/_changes?feed=longpoll&heartbeat=10000&since=now';
    const asked = request({ host: '127.0.0.1', port, path, agent: false });
    asked.on('error', () => undefined);
    // Its heartbeats are empty lines.
    asked.on('response', (response) => response.on('data', (data) => data.includes('"changes"') && onTold()));
    asked.end();
    await once(asked, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'));
    return () => asked.destroy();
  },
};

function pouch() {
  if (PouchDB !== undefined) return;
  const core = require('pouchdb-core');
  for (const plugin of ['pouchdb-adapter-memory', 'pouchdb-adapter-http', 'pouchdb-replication'])
    core.plugin(require(plugin));
  PouchDB = core.defaults({ adapter: 'memory' });
}

function stored({ id, ...document }) {
  return { _id: id, ...document };
}
