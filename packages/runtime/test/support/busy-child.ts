/** Opens a database and writes, rolls pages and compacts without a pause until it is told to stop. */
import { openPlayers, player } from './open-players.js';

async function main(): Promise<void> {
  const [directory] = process.argv.slice(2) as [string];
  const db = await openPlayers({ directory, pageBytes: 4096, durability: 'os', compaction: { leastBytes: 30_000 } });
  let isStopped = false;
  process.stdin.once('data', () => {
    isStopped = true;
  });
  for (let index = 0; !isStopped; index++) {
    await db.player.upsert({ ...player(`p${index % 50}`), age: index % 100 });
    if (index === 200) process.stdout.write('ready\n');
    // A writer that leaves the machine some room.
    if (index % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await db.close();
  process.stdin.unref();
}

void main();
