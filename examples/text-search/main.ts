/** Searches the issues of a tracker, changes one, and opens the database again: the index comes back with the snapshot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { highlights, marked } from '@nuthatch/search';
import { openDatabase } from './generated/index.js';

const ISSUES = [
  { id: 1, title: 'Crash at login when offline', text: 'The app ends.', labels: ['bug'] },
  { id: 2, title: 'Login page: white after a crash', text: 'A reload helps.', state: 'closed' as const },
  { id: 3, title: 'Dark mode', text: 'The login page is too bright at night.' },
  { id: 4, title: 'Export to CSV', text: 'With a header line, please.' },
];

async function main(directory: string): Promise<void> {
  const db = await openDatabase({ directory });
  await db.issue.insertMany(ISSUES);

  const query = db.issue.search('crash login');
  console.log(`crash login: ${[...query].map(({ id, title, state }) => `${id}. ${title} (${state})`).join(', ')}`);
  const open = db.issue.search('crash login', { where: { state: 'open' } });
  console.log(`only open ones: ${[...open].map(({ id, title }) => `${id}. ${title}`).join(', ')}`);
  const typed = db.issue.search('log cra', { prefix: true });
  console.log(`while somebody types "log cra": ${typed.count()} of ${db.issue.size}`);
  const wrong = db.issue.search('crahs logn', { fuzzy: 2 });
  console.log(`with typing errors, "crahs logn": ${wrong.count()} of ${db.issue.size}`);
  const { title } = db.issue.require(1);
  console.log(`why: ${marked(title, highlights(title, 'crash login'), '[', ']')}`);
  await db.issue.update(3, { title: 'Dark mode: crash at login' });
  const answer = [...query].map((issue) => `${issue.id}. ${issue.title}`).join(', ');
  console.log(`after an update: ${answer}`);
  await db.compact();
  await db.close();

  const again = await openDatabase({ directory });
  const same = [...again.issue.search('crash login')].map((issue) => `${issue.id}. ${issue.title}`).join(', ');
  console.log(`opened again: ${again.recovery?.searchIndexes['issue']}, the same answer: ${same === answer}`);
  await again.close();
}

const directory = mkdtempSync(join(tmpdir(), 'nuthatch-text-search-'));
main(directory)
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => rmSync(directory, { recursive: true, force: true }));
