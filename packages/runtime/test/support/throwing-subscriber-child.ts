/** Writes while subscribers to diagnostics throw; says what came of the writes, and which errors the process heard. */
import { subscribe } from 'node:diagnostics_channel';
import { openPlayers, player } from './open-players.js';

async function main(): Promise<void> {
  const heard: string[] = [];
  process.on('uncaughtException', (error) => heard.push(error.message));
  const names = ['nuthatch:commit', 'nuthatch:fsync', 'nuthatch:recovery', 'nuthatch:listener-error'];
  const traces = ['open', 'flush', 'compaction', 'close'].flatMap((name) =>
    ['start', 'end', 'asyncStart', 'asyncEnd'].map((phase) => `tracing:nuthatch:${name}:${phase}`),
  );
  for (const name of [...names, ...traces])
    subscribe(name, () => {
      throw new Error(name);
    });
  const db = await openPlayers({ directory: process.argv[2] as string });
  db.on('insert', () => {
    throw new Error('a listener');
  });
  await Promise.all([db.player.insert(player('a')), db.player.insert(player('b'))]);
  await db.player.insert(player('c'), { durability: 'os' });
  await db.flush();
  await db.compact();
  await db.close();
  await new Promise((resolve) => setImmediate(resolve));
  const silent = [...names, ...traces].filter((name) => !heard.includes(name));
  process.stdout.write(JSON.stringify({ state: db.state, size: db.player.size, silent }));
}

void main();
