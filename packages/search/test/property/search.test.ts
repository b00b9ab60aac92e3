/**
 * Random writes, transactions that are taken back, expiries, compactions, openings and power cuts: after each the searches
 * answer as a plain model does over the documents that are there, in the same order.
 */
import { type NuthatchDatabase, openDatabase } from '../../../../examples/text-search/generated/index.js';
import { SeededRandom } from '../../../runtime/src/testing/seeded-random.js';
import { FaultFileSystem } from '../../../runtime/test/fault-file-system.js';
import { seeded } from '../../../runtime/test/support/seeded.js';
import { type PlainDocument, type PlainOptions, plainSearch } from '../support/plain-search.js';

const WORDS =
  'crash crashes crashed cash login log logs logout user users used page pages paged a an ann anna on one'.split(' ');
const LABELS = ['bug', 'login page', 'crash'];

function textOf(random: SeededRandom, most: number): string {
  return Array.from({ length: random.between(0, most) }, () => random.pick(WORDS)).join(random.pick([' ', ', ', '\n']));
}

function issueOf(random: SeededRandom, id: number): PlainDocument & { state: 'open' | 'closed'; votes: number } {
  return {
    id,
    title: textOf(random, 4),
    text: textOf(random, 12),
    labels: LABELS.filter(() => random.next() < 0.3),
    state: random.next() < 0.5 ? 'open' : 'closed',
    votes: random.between(0, 5),
  };
}

function optionsOf(random: SeededRandom): PlainOptions {
  return {
    prefix: random.pick([false, false, true, 'last']),
    fuzzy: random.pick([false, false, true, 1, 2]),
    match: random.pick(['all', 'any']),
    ...(random.next() < 0.3 && { fields: random.pick([['title'], ['text', 'labels'], ['labels']]) }),
  } as PlainOptions;
}

function expectSame(db: NuthatchDatabase, random: SeededRandom): void {
  const all = db.issue.all().all() as unknown as (PlainDocument & { state: string; votes: number })[];
  for (let round = 0; round < 4; round++) {
    const asked = textOf(random, 3);
    const options = optionsOf(random);
    const scores = plainSearch(all, asked, options);
    const query = db.issue.search(asked, options as never);
    const said = JSON.stringify([asked, options]);
    const due: number[] = query.keys();
    expect([said, [...due].sort()]).toEqual([said, [...scores.keys()].sort()]);
    // Sums that run in another order differ in their last bit, and then no key decides.
    for (const [place, id] of due.slice(1).entries())
      expect([said, id, scores.get(due[place]!)! - scores.get(id)! > -1e-9]).toEqual([said, id, true]);
    expect(query.count()).toBe(due.length);
    expect(query.limit(3).keys()).toEqual(due.slice(0, 3));
    expect(query.offset(2).limit(2).keys()).toEqual(due.slice(2, 4));
    const open = new Set(all.filter(({ state }) => state === 'open').map(({ id }) => id));
    const opened = db.issue.search(asked, { ...(options as object), where: { state: 'open' } });
    expect(opened.keys()).toEqual(due.filter((id) => open.has(id)));
    const paged: number[] = [];
    for (
      let page = query.limit(2).page({ total: true });
      ;
      page = query.limit(2).after(page.next!).page({ total: true })
    ) {
      expect(page.total).toBe(due.length);
      paged.push(...page.items.map(({ id }) => id));
      if (page.next === undefined) break;
    }
    expect(paged).toEqual(due);
    const byVotes = query.orderBy('votes', 'desc').keys();
    expect([...byVotes].sort((a, b) => a - b)).toEqual([...due].sort((a, b) => a - b));
    expect(query.filter(({ votes }) => votes > 2).keys()).toEqual(due.filter((id) => db.issue.get(id)!.votes > 2));
  }
}

const openings = new Set<string | undefined>();
/** `NUTHATCH_SEARCH_RUNS`: more lives. */
const RUNS = Number(process.env['NUTHATCH_SEARCH_RUNS'] ?? 8);

it('answers as the plain model after random writes, openings and power cuts', async () => {
  openings.clear();
  for (let run = 0; run < RUNS; run++) await seeded(oneLife);
  // Both ways are gone, and no state was refused.
  expect([...openings].sort()).toEqual(['built', 'loaded']);
});

async function oneLife(_: unknown, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const fileSystem = new FaultFileSystem();
  const open = async (): Promise<NuthatchDatabase> => {
    const opened = await openDatabase({ directory: '/data', fileSystem, durability: 'fsync' });
    openings.add(opened.recovery?.searchIndexes['issue']);
    return opened;
  };
  let db = await open();
  let nextId = 1;
  for (let step = 0; step < 60; step++) {
    const ids = db.issue.all().keys();
    const some = (): number => (ids.length === 0 ? 0 : random.pick(ids));
    switch (random.between(0, 12)) {
      case 0:
      case 1:
      case 2:
        await db.issue.insertMany(Array.from({ length: random.between(1, 5) }, () => issueOf(random, nextId++)));
        break;
      case 3:
      case 4:
        if (ids.length > 0) await db.issue.update(some(), { text: textOf(random, 12) });
        break;
      case 5:
        if (ids.length > 0) await db.issue.update(some(), { votes: random.between(0, 9) });
        break;
      case 6:
        await db.issue.delete(some());
        break;
      case 7:
        await db
          .transaction((tx) => {
            if (ids.length > 0) tx.issue.upsert(issueOf(random, some()));
            tx.issue.delete(some());
            tx.issue.insert(issueOf(random, nextId++));
            if (random.next() < 0.5) throw new Error('taken back');
          })
          .catch(() => undefined);
        break;
      case 8:
        await db.issue.insert(issueOf(random, nextId++), { ttlMs: 1 });
        break;
      case 9:
        await db.compact();
        break;
      case 10:
        await db.close();
        db = await open();
        break;
      case 11:
        // The disk ends in the middle of whatever is written: a snapshot, a page, the manifest.
        fileSystem.plan = { failAt: fileSystem.calls.length + random.between(0, 20), isPermanent: true };
        await db.compact().catch(() => undefined);
        await db.issue.insert(issueOf(random, nextId++)).catch(() => undefined);
        fileSystem.crash(() => random.next());
        await db.close().catch(() => undefined);
        db = await open();
        break;
      default:
        fileSystem.crash(() => random.next());
        await db.close().catch(() => undefined);
        db = await open();
    }
    if (random.next() < 0.4) expectSame(db, random);
  }
  expectSame(db, random);
  await db.close();
}
