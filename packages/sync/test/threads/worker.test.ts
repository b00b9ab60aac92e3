/** Threads of one process share a database: each a replica over a MessagePort, read synchronously, written through its owner. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { definitions, type Repositories, type TransactionRepositories } from '../../../../generated/index.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { openReplica } from '../../src/replica/open-replica.js';
import type { MessagePortLike } from '../../src/transport/message-port-transport.js';
import { PlayerServer, player, until } from '../support/sync-players.js';
import type { WorkerOrder } from './worker-child.js';

const INSERT_COUNT = 50;

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-threads-'));
  bundle = join(root, 'worker-child.cjs');
  bundleChild(join(__dirname, 'worker-child.ts'), bundle);
  process.env['NODE_PATH'] = resolve(__dirname, '../../../../node_modules');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Heard {
  readonly name: string;
  readonly first?: string;
  readonly size: number;
  readonly conflictCount?: number;
}

function start(server: PlayerServer, name: string, heard: Heard[], errors: unknown[]): Worker {
  const { port1, port2 } = new MessageChannel();
  server.sync.attach(port1 as unknown as MessagePortLike);
  const workerData: WorkerOrder = { name, port: port2, insertCount: INSERT_COUNT };
  const worker = new Worker(bundle, { workerData, transferList: [port2], env: process.env });
  worker.on('message', (message: Heard) => heard.push(message));
  worker.on('error', (error) => errors.push(error));
  return worker;
}

it('threads read their own memory, write through the owner and see each other’s writes', async () => {
  const server = await PlayerServer.open();
  await server.db.player.insert(player('owner', { name: 'of the owner' }));
  const heard: Heard[] = [];
  const errors: unknown[] = [];
  const workers = ['a', 'b'].map((name) => start(server, name, heard, errors));
  await until(() => heard.length === 2 || errors.length > 0, 'both threads to be done');
  expect(errors).toEqual([]);
  expect(heard.map(({ first, conflictCount }) => [first, conflictCount])).toEqual([
    ['of the owner', 0],
    ['of the owner', 0],
  ]);
  const total = 1 + 2 * INSERT_COUNT;
  expect(server.db.player.size).toBe(total);
  await server.db.player.insert(player('last'));
  const sees = (name: string): boolean => heard.some((each) => each.name === name && each.size === total + 1);
  await until(() => {
    for (const worker of workers) worker.postMessage('size');
    return sees('a') && sees('b');
  }, 'both threads to see the last write');
  expect(server.sync.connectionCount).toBe(2);
  const gone = workers.map((worker) => new Promise((done) => worker.once('exit', done)));
  for (const worker of workers) worker.postMessage('end');
  await Promise.all(gone);
  await until(() => server.sync.connectionCount === 0);
  expect(server.errors).toEqual([]);
  await server.close();
});

it('a thread whose owner ends works offline and says so, instead of trying for ever', async () => {
  const { port1, port2 } = new MessageChannel();
  // It holds the other end, and says nothing.
  const owner = new Worker('setInterval(() => undefined, 1000)', {
    eval: true,
    workerData: port2,
    transferList: [port2],
  });
  const replica = await openReplica<Repositories, TransactionRepositories>(definitions, {
    ...{ memory: true, port: port1, token: 'ann', subscribe: { player: true } },
  } as never);
  await replica.player.insert(player('p1'));
  expect(replica.connection.error).toBeUndefined();
  await owner.terminate();
  await until(() => replica.connection.error !== undefined, 'an end of the tries');
  expect([replica.connection.state, replica.connection.error?.code, replica.outbox.size]).toEqual([
    ...['offline', 'PORT_CLOSED', 1],
  ]);
  await replica.close();
});

it('a thread that is terminated in the middle of its writes leaves the owner whole and serving', async () => {
  const server = await PlayerServer.open();
  const heard: Heard[] = [];
  const errors: unknown[] = [];
  const worker = start(server, 'a', heard, errors);
  await until(() => server.db.player.size > 5);
  await worker.terminate();
  await until(() => server.sync.connectionCount === 0);
  const size = server.db.player.size;
  await server.db.player.insert(player('after'));
  expect([server.db.player.size, server.errors]).toEqual([size + 1, []]);
  await server.close();
});
