/** References between nodes: what one deletes along, and what the other has written meanwhile. */
import { type NuthatchDatabase, openDatabase } from '../../../examples/issue-tracker/generated/index.js';
import { memoryJournal } from '../src/index.js';

async function dangling(db: NuthatchDatabase): Promise<readonly unknown[]> {
  await db.barrier();
  return [...db.issue].filter((issue) => db.issue.related(issue, 'project') === undefined);
}

it('leave no key without document, whichever node comes first', async () => {
  const journal = memoryJournal();
  await using a = await openDatabase({ memory: true, journal } as never);
  await using b = await openDatabase({ memory: true, journal } as never);
  await a.person.insert({ id: 'ada', name: 'Ada' });
  const outcomes = new Set<string>();
  for (let round = 0; round < 12; round++) {
    const id = `p${round}`;
    await a.project.insert({ id, lead: 'ada' });
    await b.barrier();
    const remove = (): Promise<unknown> => (round % 3 === 0 ? b : a).project.delete(id);
    const insert = (): Promise<unknown> =>
      (round % 3 === 0 ? a : b).issue.insert({ id: round, title: 't', project: id });
    const works = round % 2 === 0 ? [remove, insert] : [insert, remove];
    const settled = await Promise.allSettled(works.map((work) => work()));
    for (const result of settled) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'REFERENCE_MISSING' });
      outcomes.add(result.status);
    }
    expect([await dangling(a), await dangling(b)]).toEqual([[], []]);
    expect([...b.issue]).toEqual([...a.issue]);
  }
  expect(outcomes.has('fulfilled')).toBe(true);
});
