/** Opens a database that closes on signals, writes at level `memory`, says so and waits for the signal. */
import { openPlayers, player } from './open-players.js';

async function main(): Promise<void> {
  const [directory, mode] = process.argv.slice(2) as [string, string];
  const db = await openPlayers({ directory, durability: 'memory', closeOnSignal: ['SIGINT', 'SIGTERM'] });
  db.on('closed', () => process.stdout.write('closed\n'));
  if (mode === 'listens-too') {
    process.on('SIGTERM', () => {
      void db.close().then(() => process.exit(7));
    });
  }
  for (let index = 0; index < 50; index++) void db.player.insert(player(`p${index}`));
  if (mode === 'closes-itself') {
    await db.close();
    process.stdout.write(`listeners ${process.listenerCount('SIGTERM')}\n`);
  }
  process.stdout.write('ready\n');
  setInterval(() => undefined, 1000);
}

void main();
