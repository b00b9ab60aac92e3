/** An issue tracker in memory: what references check and take along, and what its pages ask and watch. */
import { DatabaseError } from '@nuthatch/runtime';
import { openDatabase, personKey } from './generated/index.js';
import { board, dashboard, search } from './questions.js';

async function main(): Promise<void> {
  await using db = await openDatabase({ memory: true });

  // Issues come before their projects, and projects before their leaders: only the end of the transaction counts.
  await db.transaction((tx) => {
    tx.issue.insertMany([
      { id: 1, title: 'crash', priority: 5, project: 'core', assignee: 'bo', watchers: ['ada', 'bo'] },
      { id: 2, title: 'lost write', priority: 5, project: 'core', parent: 1 },
      { id: 3, title: 'slow start', project: 'core', assignee: 'ada', watchers: ['bo'], blockedBy: new Set([1]) },
      { id: 4, title: 'typo', project: 'site', assignee: 'bo', status: 'closed' },
    ]);
    tx.project.insertMany([
      { id: 'core', lead: 'ada' },
      { id: 'site', area: 'tools', lead: 'bo' },
    ]);
    tx.person.insertMany([
      { id: 'ada', name: 'Ada' },
      { id: 'bo', name: 'Bo' },
      { id: 'cy', name: 'Cy' },
    ]);
  });
  console.log(`imported: ${db.person.size} persons, ${db.project.size} projects, ${db.issue.size} issues`);

  const shown = ({ cards }: ReturnType<typeof board>): string =>
    cards.map(({ title, assignee }) => `${title} (${assignee})`).join(', ');
  const first = board(db, { status: 'open', area: 'engine' });
  console.log(`open in the engine, 2 of ${first.total}: ${shown(first)}`);
  const second = board(db, { status: 'open', area: 'engine', ...(first.next && { after: first.next }) });
  console.log(`the next page: ${shown(second)}`);
  console.log(`urgent, and nobody works on it: ${shown(board(db, { assignee: 'nobody', minPriority: 4 }))}`);
  console.log(`found by "slaw sta": ${search(db, 'slaw sta').join(', ')}`);

  const live = db.projectIssues.watch((_, { changed }) => {
    for (const { before, after } of changed)
      console.log(`live: ${after.project} ${after.status}, ${before.issues} before, ${after.issues} now`);
  });
  await db.issue.insert({ title: 'startup log', priority: 4, project: 'core', assignee: 'cy' });
  for (const line of dashboard(db)) console.log(`  ${line}`);
  live.unsubscribe();
  const { count, avg } = db.issue.find({ status: 'open' }).aggregate({ count: true, avg: 'priority' });
  console.log(`open: ${count}, priority ${avg?.toFixed(2)}; in use: ${db.issue.all().distinct('status').join(', ')}`);

  const watched = db.person.watchersIssuesOf('bo').orderBy('title').all();
  console.log(`watched by Bo: ${watched.map(({ title }) => title).join(', ')}`);

  await db.remark.insert({ issue: 1, author: personKey('bo'), text: 'only on Mondays' });
  try {
    await db.person.delete('bo');
  } catch (error) {
    if (!DatabaseError.is(error, 'REFERENCED')) throw error;
    const { key, referrer, field, keys } = error.facts;
    console.log(`${String(key)} cannot go: ${String(referrer)} ${String(keys)} refers to bo in ${String(field)}`);
  }

  await db.transaction((tx) => {
    for (const project of tx.person.projectsOf('bo').all()) tx.project.update(project.id, { lead: 'ada' });
    tx.person.delete('bo');
  });
  const [crash] = db.issue.find({ id: 1 }).with('assignee').all();
  const assignee = crash?.related.assignee?.name ?? 'nobody';
  console.log(`bo is gone: crash (${assignee}), site is led by ${db.project.require('site').lead}`);

  await db.project.delete('core');
  console.log(`the project core is gone: ${db.issue.size} issues and ${db.remark.size} remarks are left`);
}

void main();
