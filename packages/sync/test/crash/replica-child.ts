/**
 * A replica of players in a process of its own, to be killed: opens its directory, writes without end (offline, too, now and
 * then), and prints the number of each edit that its own database has acknowledged.
 *
 * An edit changes a counter of its own, inserts a document that counts it, and edits one that others edit, too. The line `calm`
 * on its input ends the edits: it then connects, and prints `calm` once the server has answered everything.
 */
import { WebSocket } from 'ws';
import { definitions, type Repositories, type TransactionRepositories } from '../../../../generated/index.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { Transport } from '../../src/transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../../src/transport/web-socket-transport.js';
import { player } from '../support/sync-players.js';

/** As the replica does it by itself, without `import()`, which a bundle of one file does not have. */
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
    subscribe: { player: true },
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  let isCalm = false;
  process.stdin.on('data', () => {
    isCalm = true;
  });
  process.stdout.write('open\n');
  for (let turn = 0; !isCalm; turn++) {
    const count = Number(db.player.get('counter')?.name ?? 0) + 1;
    await db.transaction((tx) => {
      const fields = { name: String(count), age: count % 100 };
      if (tx.player.has('counter')) tx.player.update('counter', fields);
      else tx.player.insert(player('counter', fields));
      tx.player.insert(player(`r${count}`));
    });
    // A transaction of its own: what others did meanwhile makes this one a conflict, and nothing else.
    if (turn % 3 === 0 && db.player.has('shared')) await db.player.update('shared', { name: `mine-${count}` });
    process.stdout.write(`${count}\n`);
    if (turn % 40 === 25) db.connection.disconnect();
    if (turn % 40 === 35) db.connection.connect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  db.connection.connect();
  await db.connection.synced();
  const marks = db.conflicts.all().flatMap(({ edits }) => edits.map(({ mine }) => (mine as { name?: string })?.name));
  process.stdout.write(`calm ${JSON.stringify({ marks, size: db.player.size, outbox: db.outbox.size })}\n`);
  await db.close();
  process.exit(0);
}

const [directory, url] = process.argv.slice(2) as [string, string];
void work(directory, url);
