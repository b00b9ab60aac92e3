/** A process that imports, exports or adopts, to be killed at any moment: `begin` when it does, `done` when it has. */
import { adoptCopy, adoptJournal, exportJournal, importDirectory, postgresJournal } from '../../src/index.js';

const CALLS = { adoptCopy, adoptJournal, exportJournal, importDirectory };

export interface CareOrder {
  readonly call: keyof typeof CALLS;
  readonly url: string;
  readonly name: string;
  readonly directory: string;
}

async function run(): Promise<void> {
  const { call, url, name, directory } = JSON.parse(process.argv[2] ?? '') as CareOrder;
  process.stdout.write('begin\n');
  await CALLS[call](postgresJournal({ connectionString: url, name, unsafe: true }), directory);
  process.stdout.write('done\n');
}

void run();
