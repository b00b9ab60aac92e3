/** Writes 20,000 documents, waits until all are acknowledged, and ends at once, without closing. F1. */
import type { Durability } from '../../src/journal/durability.js';
import { openPlayers } from '../support/open-players.js';

export const WRITE_COUNT = 20_000;

async function work(): Promise<void> {
  const [directory, durability] = process.argv.slice(2) as [string, Durability];
  const db = await openPlayers({ directory, durability });
  const done: Promise<unknown>[] = [];
  for (let index = 0; index < WRITE_COUNT; index++)
    done.push(db.player.insert({ id: `p${index}`, email: `p${index}@x.io`, age: index % 100, name: 'n' }));
  await Promise.all(done);
  process.exit(0);
}

if (process.argv.length > 3) void work();
