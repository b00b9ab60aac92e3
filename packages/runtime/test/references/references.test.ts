/** References as an application has them: the classes of the example, generated code, a database in memory. */
import { type NuthatchDatabase, openDatabase } from '../../../../examples/issue-tracker/generated/index.js';
import type { Change } from '../../src/feed/change.js';

let db: NuthatchDatabase;

beforeEach(async () => {
  db = await openDatabase({ memory: true });
  await db.person.insertMany([
    { id: 'ada', name: 'Ada' },
    { id: 'bo', name: 'Bo' },
    { id: 'cy', name: 'Cy' },
  ]);
  await db.project.insertMany([
    { id: 'core', lead: 'ada' },
    { id: 'site', area: 'tools', lead: 'bo' },
  ]);
  await db.issue.insertMany([
    { title: 'crash', project: 'core', assignee: 'cy', watchers: ['ada', 'cy'] },
    { title: 'slow', project: 'core', assignee: 'ada', watchers: ['cy'], blockedBy: new Set([1]) },
    { title: 'typo', project: 'site', parent: 2 },
  ]);
});

afterEach(() => db.close());

describe('the end of a transaction', () => {
  it('refuses a key without document, of an insert, an update and a list, and leaves everything as it was', async () => {
    await expect(db.issue.insert({ title: 'x', project: 'gone' })).rejects.toMatchObject({
      code: 'REFERENCE_MISSING',
      facts: { collection: 'issue', key: 4, field: 'project', to: 'project', value: 'gone' },
    });
    await expect(db.issue.update(1, { watchers: ['ada', 'zoe'] })).rejects.toMatchObject({
      code: 'REFERENCE_MISSING',
      facts: { key: 1, field: 'watchers', value: 'zoe' },
    });
    await expect(db.issue.update(1, { blockedBy: new Set([9]) })).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
    expect(db.issue.size).toBe(3);
    expect(db.issue.require(1).watchers).toEqual(['ada', 'cy']);
    expect((await db.issue.insert({ title: 'next', project: 'core' })).id).toBe(4);
  });

  it('takes documents that refer to each other, in any order of writing', async () => {
    await db.transaction((tx) => {
      tx.issue.insert({ id: 10, title: 'a', project: 'new', blockedBy: new Set([11]) });
      tx.issue.insert({ id: 11, title: 'b', project: 'new', blockedBy: new Set([10]) });
      tx.project.insert({ id: 'new', lead: 'dee' });
      tx.person.insert({ id: 'dee', name: 'Dee' });
    });
    expect(db.issue.related(db.issue.require(10), 'blockedBy').map(({ id }) => id)).toEqual([11]);
  });

  it('takes a document that is deleted and inserted again, with what refers to it', async () => {
    await db.transaction((tx) => {
      tx.person.delete('ada');
      tx.person.insert({ id: 'ada', name: 'Ada Again' });
    });
    expect(db.issue.require(1).watchers).toEqual(['ada', 'cy']);
  });

  it('refuses a document that came to refer to it afterwards, though a cascade could take it along', async () => {
    for (const more of [
      { id: 1, title: 'crash', project: 'core' },
      { id: 77, title: 'new', project: 'core' },
    ])
      await expect(
        db.transaction((tx) => {
          tx.issue.delete(more.id);
          tx.project.delete('core');
          tx.issue.insert(more);
        }),
      ).rejects.toMatchObject({ code: 'REFERENCE_MISSING', facts: { key: more.id } });
    expect([db.issue.size, db.project.size]).toEqual([3, 2]);
    await db.transaction((tx) => {
      tx.issue.insert({ id: 77, title: 'new', project: 'core' });
      tx.project.delete('core');
    });
    expect(db.issue.has(77)).toBe(false);
  });

  it('refuses to delete what others refer to, and says who', async () => {
    await expect(db.person.delete('ada')).rejects.toMatchObject({
      code: 'REFERENCED',
      facts: { collection: 'person', key: 'ada', referrer: 'project', field: 'lead', count: 1, keys: ['core'] },
    });
    // The others had let go already: all of it was taken back.
    expect(db.issue.require(1).watchers).toEqual(['ada', 'cy']);
    expect(db.issue.require(2).assignee).toBe('ada');
  });

  it('lets a delete pass whose referrers are deleted or changed in the same transaction', async () => {
    await db.transaction((tx) => {
      tx.person.delete('ada');
      tx.project.update('core', { lead: 'bo' });
    });
    expect(db.person.has('ada')).toBe(false);
    expect(db.issue.require(1).watchers).toEqual(['cy']);
    expect(db.issue.require(2).assignee).toBeUndefined();
  });

  it('deletes what refers by cascade, and what refers to that, with events and revisions as any write', async () => {
    const changes: Change[] = [];
    db.subscribe((change) => void changes.push(change));
    await db.remark.insert({ id: 'r', issue: 2, text: 'yes' });
    await db.project.delete('core');
    expect(db.issue.all().all()).toEqual([]);
    expect(db.remark.size).toBe(0);
    expect(changes.map(({ kind, collection, key }) => `${kind} ${collection} ${String(key)}`)).toEqual([
      'insert remark r',
      'delete project core',
      'delete issue 1',
      'delete issue 2',
      'delete issue 3',
      'delete remark r',
    ]);
    expect(new Set(changes.slice(1).map(({ seq }) => seq)).size).toBe(1);
  });

  it('takes a key out of a set', async () => {
    await db.issue.delete(1);
    expect(db.issue.require(2).blockedBy).toEqual(new Set());
    expect(db.issue.revision(2)).toBe(2);
  });

  it('writes a document once, however many keys it loses in however many fields', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => 1_000 + index);
    await db.issue.insertMany(ids.map((id) => ({ id, title: 'x', project: 'site' })));
    await db.issue.update(1, { blockedBy: new Set([...ids, 2]) });
    const changes: Change[] = [];
    const subscription = db.subscribe((change) => void changes.push(change));
    await db.transaction((tx) => {
      for (const id of ids) tx.issue.delete(id);
      tx.person.delete('cy');
    });
    subscription.unsubscribe();
    expect(db.issue.require(1)).toMatchObject({ watchers: ['ada'], blockedBy: new Set([2]), assignee: undefined });
    expect(changes.filter(({ kind }) => kind === 'update').map(({ key }) => key)).toEqual([1, 2]);
  });

  it('only deletes a document that would lose a key and is deleted along, too', async () => {
    const changes: Change[] = [];
    db.subscribe((change) => void changes.push(change));
    await db.transaction((tx) => {
      tx.person.delete('cy');
      tx.project.delete('core');
    });
    const ofOne = changes.filter(({ collection, key }) => collection === 'issue' && key === 1);
    expect(ofOne.map(({ kind }) => kind)).toEqual(['delete']);
  });

  it('takes everything back with a transaction that throws, cascades of nested calls included', async () => {
    const before = [...db.issue, ...db.remark, ...db.project];
    await expect(
      db.transaction((tx) => {
        tx.project.delete('core');
        throw new RangeError('no');
      }),
    ).rejects.toThrow('no');
    expect([...db.issue, ...db.remark, ...db.project]).toEqual(before);
    await expect(
      db.transaction((tx) => {
        void db.project.delete('core');
        tx.issue.insert({ title: 'x', project: 'core' });
      }),
    ).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
    expect([...db.issue, ...db.remark, ...db.project]).toEqual(before);
  });

  it('clears collections that refer to themselves, and refuses one that others need', async () => {
    expect(await db.issue.clear()).toBe(3);
    await expect(db.person.clear()).rejects.toMatchObject({ code: 'REFERENCED' });
    expect(db.person.size).toBe(3);
    await db.project.clear();
    expect(await db.person.clear()).toBe(3);
  });

  it('does not overflow the stack with a chain of 100,000 documents', async () => {
    const count = 100_000;
    await db.issue.insertMany(
      Array.from({ length: count }, (_, index) => ({
        ...{ id: 100 + index, title: 'x', project: 'site' },
        ...(index > 0 && { parent: 99 + index }),
      })),
      { durability: 'memory' },
    );
    await db.issue.delete(100);
    expect(db.issue.size).toBe(3);
  });
});

describe('reads', () => {
  it('leads from a document to what it refers to, and back', () => {
    const issue = db.issue.require(1);
    expect(db.issue.related(issue, 'project')).toBe(db.project.get('core'));
    expect(db.issue.related(issue, 'watchers')).toEqual([db.person.get('ada'), db.person.get('cy')]);
    expect(db.issue.related(issue, 'parent')).toBeUndefined();
    expect(db.project.issuesOf('core').keys().sort()).toEqual([1, 2]);
    expect(db.person.watchersIssuesOf('cy').orderBy('title', 'desc').keys()).toEqual([2, 1]);
    expect(db.person.assigneeIssuesOf('bo').count()).toBe(0);
    expect(db.issue.parentIssuesOf(2).keys()).toEqual([3]);
    expect(() => db.issue.related(issue, 'title' as never)).toThrow('is not a field of issue that refers to documents');
    expect(() => db.issue.related(undefined as never, 'project')).toThrow('takes a document of issue');
    const remark: object = { issue: 1 };
    expect(db.remark.related(remark as never, 'issue')).toBe(issue);
    expect(db.issue.related({ ...issue, project: 'site' }, 'project')).toBe(db.project.get('site'));
    for (const other of [db.project.require('core'), db.person.require('ada')])
      expect(() => db.issue.related(other as never, 'project')).toThrow(
        'takes a document of issue, found one of the class P',
      );
  });

  it('asks for what a field refers to, at any depth, beside other conditions', () => {
    expect(db.issue.find({ project: { area: 'tools' } }).keys()).toEqual([3]);
    expect(
      db.issue
        .find({ project: { lead: { name: 'Ada' } } })
        .keys()
        .sort(),
    ).toEqual([1, 2]);
    expect(db.issue.find({ watchers: { name: { prefix: 'A' } }, status: 'open' }).keys()).toEqual([1]);
    expect(db.issue.find({ blockedBy: { assignee: 'cy' } }).keys()).toEqual([2]);
    expect(
      db.issue
        .find({ parent: { not: { project: 'core' } } })
        .keys()
        .sort(),
    ).toEqual([1, 2]);
    expect(db.issue.find({ or: [{ project: { id: 'site' } }, { assignee: { name: 'Cy' } }] }).count()).toBe(2);
    expect(
      db.issue
        .find({ project: { area: 'engine' } })
        .orderBy('title')
        .page().items,
    ).toHaveLength(2);
    const { conditions } = db.issue.find({ project: { area: 'engine' } }).explain();
    expect(conditions).toMatchObject([{ asked: 'join', index: 'project', estimated: 2 }]);
  });

  it('refuses questions that say two things, or nothing', () => {
    expect(() => db.issue.find({ project: { in: ['core'], area: 'tools' } as never })).toThrow('put them into `and`');
    expect(() => db.issue.find({ project: {} })).toThrow('INVALID_QUERY');
    expect(() => db.issue.find({ project: { colour: 'red' } as never })).toThrow('UNINDEXED_FIELD');
    const endless: { parent?: object } = {};
    endless.parent = endless;
    expect(() => db.issue.find(endless as never)).toThrow('more than 32 deep');
  });

  it('gives rows with what fields refer to, and leaves documents plain', () => {
    const rows = db.issue.find({ project: 'core' }).orderBy('title').with('project', 'watchers').all();
    expect(rows[0]!.document).toBe(db.issue.get(1));
    expect(rows[0]!.related.project?.lead).toBe('ada');
    expect(rows[0]!.related.watchers.map(({ name }) => name)).toEqual(['Ada', 'Cy']);
    expect([...db.issue.all().with('parent')].filter(({ related }) => related.parent !== undefined)).toHaveLength(1);
    expect(db.issue.all().limit(2).with('project').page().items).toHaveLength(2);
    const counted = db.issue.all().limit(1).with('project').page({ total: true });
    expect(counted.total).toBe(db.issue.all().with('project').count());
    expect(JSON.stringify(db.issue.all().limit(1).with('project'))).toBe(JSON.stringify(counted.items));
    expect(() => db.issue.all().with('title' as never)).toThrow('INVALID_QUERY');
    expect(() => db.issue.all().with(...([] as never as ['parent']))).toThrow('INVALID_QUERY');
    expect(() =>
      (db.issue.all().select('title') as never as typeof rows & { with(field: string): void }).with('parent'),
    ).toThrow('either `select` or `with`');
    expect(
      db.issue
        .find({ project: { area: 'tools' } })
        .select('title')
        .all(),
    ).toEqual([{ title: 'typo' }]);
    expect(db.issue.find({ project: { area: 'engine' } }).distinct('status')).toEqual(['open']);
  });

  it('watches a join from both sides', async () => {
    const seen: number[][] = [];
    const watching = db.issue.find({ project: { area: 'tools' } }).watch((rows) => {
      seen.push(rows.map(({ id }) => id).sort());
    });
    await db.project.update('core', { area: 'tools' });
    await db.project.update('core', { lead: 'bo' });
    await db.issue.insert({ title: 'more', project: 'site' });
    await db.project.delete('site');
    await db.transaction((tx) => {
      tx.project.insert({ id: 'new', area: 'tools', lead: 'bo' });
      tx.issue.insert({ id: 7, title: 'new', project: 'new' });
    });
    watching.unsubscribe();
    await db.project.update('core', { area: 'engine' });
    expect(seen).toEqual([[3], [1, 2, 3], [1, 2, 3, 4], [1, 2], [1, 2, 7]]);
  });
});
