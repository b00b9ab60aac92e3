/** A thread that shares the database of its owner: reads its own memory, writes through the owner. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { definitions, type Repositories, type TransactionRepositories } from '../../../../generated/index.js';
import { openReplica } from '../../src/replica/open-replica.js';
import { player } from '../support/sync-players.js';

export interface WorkerOrder {
  readonly name: string;
  readonly port: MessagePort;
  readonly insertCount: number;
}

async function work({ name, port, insertCount }: WorkerOrder): Promise<void> {
  const db = await openReplica<Repositories, TransactionRepositories>(definitions, {
    memory: true,
    port,
    token: name,
    subscribe: { player: true },
  } as never);
  await db.connection.synced();
  const first = db.player.get('owner')?.name;
  for (let number = 0; number < insertCount; number++) {
    await db.player.insert(player(`${name}-${number}`));
    // What was written is read in the same turn, without waiting for the owner.
    if (!db.player.has(`${name}-${number}`)) throw new Error('an own write is not there');
  }
  await db.connection.synced();
  parentPort?.postMessage({ name, first, size: db.player.size, conflictCount: db.conflicts.size });
  parentPort?.on('message', (message: unknown) => {
    if (message === 'size') parentPort?.postMessage({ name, size: db.player.size });
    else void db.close().then(() => parentPort?.close());
  });
}

void work(workerData as WorkerOrder);
