/**
 * A server of players in a process of its own, to be killed: serves a directory at a port and edits documents without end.
 *
 * Prints its port when it listens. The line `calm` on its input ends its edits, `end` all of it, in peace.
 */
import { openDatabase } from '../../../../generated/index.js';
import { serve } from '../../src/server/serve.js';
import { player } from '../support/sync-players.js';

const BATCH = 1_000;

async function work(directory: string, port: number, documentCount: number): Promise<void> {
  const db = await openDatabase({ directory, durability: 'os' });
  while (db.player.size < documentCount) {
    const from = db.player.size;
    const length = Math.min(BATCH, documentCount - from);
    await db.player.insertMany(
      Array.from({ length }, (_, index) => player(`s${from + index}`, { clubs: [`club${(from + index) % 10}`] })),
    );
  }
  const server = await serve(db, {
    port,
    authenticate: (token) => ({ id: token }),
    policy: () => ({ player: { read: true, write: true } }),
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  let round = 0;
  const edits = setInterval(() => {
    round++;
    const key = `s${round % documentCount}`;
    const { clubs } = db.player.get(key) as { readonly clubs: readonly string[] };
    // Every other edit moves a document out of a shape, or back.
    void db.player.update(key, {
      age: round % 100,
      clubs: round % 2 === 0 ? [...clubs].reverse() : [`club${round % 10}`],
    });
  }, 5);
  process.stdin.on('data', (text) => {
    clearInterval(edits);
    if (String(text).includes('calm')) void db.flush().then(() => process.stdout.write('calm\n'));
    else
      void server
        .close()
        .then(() => db.close())
        .then(() => process.exit(0));
  });
  process.stdout.write(`${server.port}\n`);
}

const [directory, port, documentCount] = process.argv.slice(2) as [string, string, string];
void work(directory, Number(port), Number(documentCount));
