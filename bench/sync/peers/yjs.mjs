import { once } from 'node:events';
import { openSocket } from '../lib/open-socket.mjs';

const ROOM = 'bench';
const MAX_MESSAGE_BYTES = 2 ** 30;

/** @type {import('../lib/peer.mjs').Peer} */
export const peer = {
  name: 'yjs',
  title: 'Yjs 13',
  large: true,
  note: 'y-websocket; a `Y.Map` of plain values, its fastest form: of two edits of one document one is lost; keeps no index',
  async serve({ pages }) {
    const { getYDoc, setupWSConnection } = await import('@y/websocket-server/utils');
    const { WebSocketServer } = await import('ws');
    const doc = getYDoc(ROOM);
    const people = doc.getMap('person');
    for (const page of pages)
      doc.transact(() => {
        for (const document of page) people.set(document.id, document);
      });
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    sockets.on('connection', (socket, request) => setupWSConnection(socket, request, { docName: ROOM }));
    await once(sockets, 'listening');
    return {
      port: sockets.address().port,
      update: (id, createdAt) => void people.set(id, { ...people.get(id), createdAt }),
      close() {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
      },
    };
  },
  async connect({ port, onFirst }) {
    const { Doc } = await import('yjs');
    const { WebsocketProvider } = await import('y-websocket');
    const { WebSocket } = await import('ws');
    /** An image is one message, of a million documents more than the 100 MiB that are taken by default. */
    class LargeSocket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
      }
    }
    const doc = new Doc();
    const people = doc.getMap('person');
    const noteFirst = () => {
      people.unobserve(noteFirst);
      onFirst();
    };
    people.observe(noteFirst);
    const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, ROOM, doc, {
      WebSocketPolyfill: LargeSocket,
      disableBc: true,
    });
    return {
      ready: () => new Promise((resolve) => provider.once('sync', resolve)),
      count: () => people.size,
      all: () => [...people.values()],
      watch(listener) {
        const told = ({ keysChanged }) => {
          for (const id of keysChanged) listener(people.get(id));
        };
        people.observe(told);
        return () => people.unobserve(told);
      },
      close: () => provider.destroy(),
    };
  },
  /** Sync step 1 of an empty document, and no awareness: those that have one tell it to all the others every 15 s. */
  async idle({ port, onTold }) {
    const socket = await openSocket(`ws://127.0.0.1:${port}/${ROOM}`);
    socket.send(Uint8Array.of(0, 0, 1, 0));
    await once(socket, 'message');
    socket.on('message', onTold);
    return () => socket.terminate();
  },
};
