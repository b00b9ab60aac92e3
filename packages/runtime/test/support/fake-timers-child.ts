/** Opens, writes and closes a database in a directory under Sinon's fake timers, which stop `process.nextTick` too. */
import { clock } from './install-fake-timers.js';

// The engine comes after the fakes.
import { openPlayers, player } from './open-players.js';

async function main(): Promise<void> {
  const directory = process.argv[2] as string;
  const db = await openPlayers({ directory, durability: 'interval', flushIntervalMs: 5 });
  await db.player.insert(player('p1'));
  await db.compact();
  await db.close();
  clock.uninstall();
  process.stdout.write('closed');
}

void main();
