import { openDatabase } from '../../../../examples/issue-tracker/generated/index.js';

it('a watched query that joins goes on behind the rows that a change elsewhere brought in', async () => {
  await using db = await openDatabase({ memory: true });
  await db.person.insert({ id: 'ada', name: 'Ada' });
  await db.project.insertMany([
    { id: 'a', lead: 'ada' },
    { id: 'b', lead: 'ada' },
  ]);
  await db.issue.insertMany(
    Array.from({ length: 80 }, (_, index) => ({ id: index + 1, title: `t${index}`, project: index < 40 ? 'a' : 'b' })),
  );
  const shown: string[] = [];
  const query = db.issue
    .find({ project: { area: 'engine' } })
    .orderBy('id')
    .limit(2);
  query.watch((rows) => void shown.push(rows.map(({ id, title }) => `${id} ${title}`).join()));
  // More rows leave at once than are in hand: those that come were behind them.
  await db.project.update('a', { area: 'tools' });
  await db.issue.update(41, { title: 'other' });
  expect(shown).toEqual(['1 t0,2 t1', '41 t40,42 t41', '41 other,42 t41']);
});
