/** Readers of players, in the thread of their database: a port works there too, and each turn is in hand. */
import { setImmediate as turn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { openReader, type ReaderOptions } from '../../src/database/readers/open-reader.js';
import type { Reader } from '../../src/database/readers/reader.js';
import {
  type PlayerDatabase,
  player,
  type Repositories,
  type TransactionRepositories,
} from '../support/open-players.js';
import { playerDefinition } from '../support/player-definition.js';

export type PlayerReader = Reader<Repositories, TransactionRepositories>;

export function openPlayerReader(port: MessagePort, options?: ReaderOptions): Promise<PlayerReader> {
  return openReader<Repositories, TransactionRepositories>([playerDefinition], port, options);
}

export function readerOf(db: PlayerDatabase, options?: ReaderOptions): Promise<PlayerReader> {
  return openPlayerReader(db.readerPort(), options);
}

/** Players p0, p1 … in one transaction. */
export async function fill(db: PlayerDatabase, count: number): Promise<void> {
  await db.player.insertMany(Array.from({ length: count }, (_, at) => player(`p${at}`, { age: at % 50 })));
}

/** Lets the loop turn until it holds. */
export async function until(holds: () => boolean, what = 'it to hold'): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > endMs) throw new TypeError(`waited in vain for ${what}`);
    await turn();
  }
}
