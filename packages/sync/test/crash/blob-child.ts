/**
 * A replica of machines with photos in a process of its own, to be killed: puts and writes without end, reads photos of the
 * server, and prints the number of each machine that its own database has acknowledged. The line `calm` on its input ends
 * that: it then prints `calm` once the server has answered everything and every photo was read.
 */
import { WebSocket } from 'ws';
import { definitions, type Repositories, type TransactionRepositories } from '../../../../generated/index.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { Transport } from '../../src/transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../../src/transport/web-socket-transport.js';
import { photoBytes } from './photo-bytes.js';

async function connectTo(url: string): Promise<Transport> {
  const socket = new WebSocket(url);
  const transport = new WebSocketTransport(socket as unknown as WebSocketLike, url);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('close', () => reject(new Error('no connection')));
  });
  return transport;
}

async function work(directory: string, url: string): Promise<void> {
  const db = await openReplica<Repositories, TransactionRepositories>(definitions, {
    ...{ directory, durability: 'os', token: 'ann', maxRetryMs: 20 },
    connect: () => connectTo(url),
    subscribe: { machine: true },
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  let isCalm = false;
  process.stdin.on('data', () => {
    isCalm = true;
  });
  process.stdout.write('open\n');
  const readTheirs = async (): Promise<void> => {
    for (const { id, photo } of [...db.machine.findBySite('server')])
      if (photo !== undefined && !photoBytes(id).equals(await db.blobs.bytes(photo)))
        throw new Error(`${id} is not whole`);
  };
  for (let number = db.machine.size; !isCalm; number++) {
    const id = `own ${number}`;
    if (db.machine.has(id)) continue;
    const photo = await db.blobs.put(photoBytes(id), { mediaType: 'image/png' });
    await db.machine.insert({ id, serial: id, site: 'field', photo });
    process.stdout.write(`${number}\n`);
    // What is out of reach now is read later.
    void readTheirs().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await db.connection.synced();
  await readTheirs();
  process.stdout.write(`calm ${JSON.stringify({ conflicts: db.conflicts.size, outbox: db.outbox.size })}\n`);
  await db.close();
  process.exit(0);
}

const [directory, url] = process.argv.slice(2) as [string, string];
void work(directory, url);
