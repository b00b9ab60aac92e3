/** Writes as many documents as it is told, waits until all are acknowledged, and ends at once, without closing. F1. */
import type { Durability } from '../../src/journal/durability.js';
import { openPlayers } from '../support/open-players.js';

async function work(): Promise<void> {
  const [directory, durability, writeCount] = process.argv.slice(2) as [string, Durability, string];
  const db = await openPlayers({ directory, durability });
  const done: Promise<unknown>[] = [];
  for (let index = 0; index < Number(writeCount); index++)
    done.push(db.player.insert({ id: `p${index}`, email: `p${index}@x.io`, age: index % 100, name: 'n' }));
  await Promise.all(done);
  process.exit(0);
}

void work();
