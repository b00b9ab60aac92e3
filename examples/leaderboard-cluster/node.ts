/** One node, a process: the whole database in memory, over the journal that it shares with the others, and its service. */
import { once } from 'node:events';
import { postgresJournal } from '@nuthatch/cluster';
import { openDatabase } from './generated/index.js';
import { serveLeaderboard } from './leaderboard.js';

/** Where the journal is: every node is given the same. */
export interface JournalPlace {
  /** Of PostgreSQL. */
  readonly url: string;
  readonly schema: string;
}

export function leaderboardJournal({ url, schema }: JournalPlace) {
  return postgresJournal({ connectionString: url, schema, name: 'leaderboard' });
}

/** What a node says once it serves. */
export interface NodeGreeting {
  readonly url: string;
  /** Of the copy that it found in its directory; 0: there was none. */
  readonly copySeq: number;
  /** Of what it shows, after it caught up. */
  readonly seq: number;
}

/** Serves until standard input ends: so a node never outlives the program that started it. */
export async function runNode(place: JournalPlace, directory: string): Promise<void> {
  const db = await openDatabase({ directory, journal: leaderboardJournal(place) });
  const service = await serveLeaderboard(db, 0);
  const greeting: NodeGreeting = { url: service.url, copySeq: db.recovery?.lastSeq ?? 0, seq: Number(db.seq) };
  process.stdout.write(`${JSON.stringify(greeting)}\n`);
  process.stdin.resume();
  await once(process.stdin, 'end');
  await service.close();
  await db.close();
}
