/** Updates one large document again and again, in memory or in a directory, with nobody subscribed. */
import { openPlayers, player } from './open-players.js';

const NAME_LENGTH = 5_000_000;

async function main(): Promise<void> {
  const [count, directory] = process.argv.slice(2);
  const db = await openPlayers(directory === undefined ? { memory: true } : { directory, durability: 'os' });
  await db.player.insert(player('p1'));
  for (let index = 0; index < Number(count); index++) {
    const letter = String.fromCharCode(97 + (index % 26));
    // Flat, as a text that was read from a file or a socket is.
    await db.player.update('p1', { name: Buffer.alloc(NAME_LENGTH, letter).toString('latin1') });
  }
  const residentBytes = process.resourceUsage().maxRSS * 1024;
  const { length } = db.player.require('p1').name;
  process.stdout.write(JSON.stringify({ length, seq: String(db.seq), residentBytes }));
  await db.close();
}

void main();
