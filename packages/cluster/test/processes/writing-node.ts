/**
 * A node in a process of its own: writes as it can until it is told to stop, and says what was acknowledged.
 *
 *   in:   one line of JSON, the order; then `stop`
 *   out:  `open <seq>`, `did <name>` for each acknowledged transaction, at the end `state <JSON>`
 */
import { createInterface } from 'node:readline';
import { openDatabase } from '../../../../generated/index.js';
import { type JournalOrder, journalOf } from './journal-order.js';

export interface NodeOrder {
  readonly journal: JournalOrder;
  readonly directory: string | undefined;
  /** In the names of its transactions. */
  readonly node: string;
  /** Transactions that wait at a time. */
  readonly width: number;
}

const EXPECTED = ['DUPLICATE_KEY', 'DOCUMENT_NOT_FOUND'];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const order = JSON.parse((await lines.next()).value as string) as NodeOrder;
  const { directory, node, width } = order;
  const place = directory === undefined ? { memory: true as const } : { directory };
  const db = await openDatabase({ ...place, journal: journalOf(order.journal) });
  say(`open ${db.seq}`);
  let isStopping = false;
  const stopped = lines.next().then(() => {
    isStopping = true;
  });
  let count = 0;
  /** One after the other, each with a name that it leaves in the database. */
  const write = async (): Promise<void> => {
    while (!isStopping) {
      const name = `${node}-${++count}`;
      const key = `p${Math.floor(Math.random() * 20)}`;
      const email = `e${Math.floor(Math.random() * 20)}@x.org`;
      const kind = Math.floor(Math.random() * 4);
      try {
        await db.transaction((tx) => {
          tx.club.insert({ id: name, name: 'trace' });
          if (kind === 0) tx.player.insert({ id: key, email, age: 1, name });
          else if (kind === 1) tx.player.update(key, { email, name });
          else if (kind === 2) tx.player.delete(key);
          else {
            const log = tx.match.get(1);
            if (log === undefined) tx.match.insert({ home: 'a', away: 'b', playedAt: new Date(0), goals: [1] });
            else tx.match.update(1, { goals: [...log.goals.slice(-20), log.goals.length + 1] });
          }
        });
        say(`did ${name}`);
      } catch (error) {
        if (!EXPECTED.includes(String((error as { readonly code?: string }).code))) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, write));
  await stopped;
  await db.barrier();
  say(
    `state ${JSON.stringify({
      seq: String(db.seq),
      clubs: db.club.find({}).orderBy('id').keys(),
      players: db.player.find({}).orderBy('id').all(),
      holders: Array.from({ length: 20 }, (_, index) => db.player.findByEmail(`e${index}@x.org`)?.id ?? null),
      goals: db.match.get(1)?.goals ?? null,
    })}`,
  );
  await db.close();
  process.stdin.destroy();
}

void run();
