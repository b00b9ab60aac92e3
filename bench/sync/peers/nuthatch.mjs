import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BENCH } from '../../lib/prepare.mjs';
import { openSocket } from '../lib/open-socket.mjs';

const require = createRequire(import.meta.url);
const SYNC = join(BENCH, '..', 'packages', 'sync', 'build');
/** Type of a PATCH: sync-protocol.md. */
const PATCH = 0x14;

const sync = () => require('@nuthatch/sync');
const generated = () => require(join(BENCH, 'build', 'generated', 'index.js'));

/** @type {import('../lib/peer.mjs').Peer} */
export const peer = {
  name: 'nuthatch',
  title: 'Nuthatch',
  large: true,
  hasJournal: true,
  note: 'generated repositories on both sides, all three indexes kept, documents checked and frozen, a transaction for each update; a silent client follows documents of its own tag',
  async serve({ pages }) {
    const db = await generated().openDatabase({ memory: true });
    for (const page of pages) await db.person.insertMany(page);
    const server = await sync().serve(db, {
      ...{ port: 0, authenticate: (token) => ({ id: token }), onError: (error) => console.error(error) },
      policy: () => ({ person: { read: true, write: true } }),
      ...{ maxConnections: 100_000, maxConnectionsPerUser: 100_000, maxConnectionsPerSecond: 100_000 },
    });
    return {
      port: server.port,
      update: (id, createdAt) => db.person.update(id, { createdAt }),
      async close() {
        await server.close();
        await db.close();
      },
    };
  },
  async connect({ port, onFirst, journal }) {
    const replica = await sync().openReplica(generated().definitions, {
      ...{ url: `ws://127.0.0.1:${port}`, token: 'replica', subscribe: { person: true } },
      ...(journal ?? { memory: true }),
    });
    const { person } = replica;
    const looking = setInterval(() => {
      if (person.size === 0) return;
      onFirst();
      clearInterval(looking);
    });
    return {
      ready: () => replica.connection.synced(),
      count: () => person.size,
      all: () => person.all(),
      watch(listener) {
        const watching = person.subscribe(({ after }) => listener(after));
        return () => watching.unsubscribe();
      },
      close: () => replica.close(),
    };
  },
  async idle({ port, index, isFollowing, onTold }) {
    const { encodeMessage } = require(join(SYNC, 'protocol', 'encode-message.js'));
    const { MAGIC } = require(join(SYNC, 'protocol', 'messages.js'));
    const { wireModelOf } = require(join(SYNC, 'documents', 'outgoing-documents.js'));
    const { anyValueBytes } = require(join(SYNC, 'documents', 'any-value.js'));
    const socket = await openSocket(`ws://127.0.0.1:${port}`);
    const send = (message) => socket.send(encodeMessage(message));
    const models = generated().definitions.map(wireModelOf);
    const hello = { kind: 'hello', magic: MAGIC, version: 1, application: '', clientId: randomUUID() };
    send({ ...hello, token: `user${index}`, known: undefined, lastAnswered: 0, models });
    const condition = anyValueBytes(isFollowing ? undefined : { tags: `of-client-${index}` });
    await new Promise((resolve) => {
      let count = 0;
      socket.on('message', (data) => {
        count++;
        // WELCOME; then SUBBED and an image of one part.
        if (count === 1) {
          send({ kind: 'sub', shapeId: 1, collection: 'person', condition, held: undefined });
          send({ kind: 'credit', byteCount: 1_000_000 });
        } else if (count === 3) resolve();
        if (data[0] === PATCH) onTold();
      });
    });
    return () => socket.terminate();
  },
};
