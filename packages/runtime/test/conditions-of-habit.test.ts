/** What somebody types who knows another library, or a value that a field cannot have: each error says what to write. */
import type { DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { type AnyDatabase, type Fields, field, modelWith, NUMBER, openModels, STRING } from './support/open-models.js';

const place: DocumentModel = {
  ...modelWith([]),
  fields: [field('team', STRING), field('slug', STRING), field('name', STRING)],
  name: 'Place',
  collection: 'place',
  key: { fields: ['team', 'slug'] },
  indexes: [{ name: 'name', kind: 'range', fields: ['name'] }],
};
const label = modelWith([], { name: 'Label', collection: 'label' });
const issue: DocumentModel = modelWith(
  [
    field('title', STRING),
    field('state', { kind: 'literal', values: ['open', 'done'] }),
    field('step', { kind: 'nullable', of: { kind: 'literal', values: [1, 2, 3] } }),
    field('flags', { kind: 'array', element: { kind: 'literal', values: ['new', 'old'] } }),
    field('mixed', { kind: 'union', members: [{ kind: 'literal', values: ['all'] }, NUMBER] }),
    field('priority', NUMBER),
    field('owner', STRING, { optional: true }),
    field('labels', { kind: 'array', element: STRING }),
    field('place', { kind: 'object', fields: [field('team', STRING), field('slug', STRING)] }),
  ],
  {
    name: 'Issue',
    collection: 'issue',
    indexes: [
      { name: 'state', kind: 'tag', fields: ['state'] },
      { name: 'step', kind: 'range', fields: ['step'] },
      { name: 'flags', kind: 'tag', fields: ['flags'] },
      { name: 'mixed', kind: 'tag', fields: ['mixed'] },
      { name: 'priority', kind: 'range', fields: ['priority'] },
      { name: 'owner', kind: 'tag', fields: ['owner'] },
      { name: 'labels', kind: 'tag', fields: ['labels'] },
      { name: 'state_priority', kind: 'range', fields: ['state', 'priority'] },
      { name: 'title_state', kind: 'unique', fields: ['title', 'state'] },
    ],
    references: [
      { field: 'labels', to: 'label', onDelete: 'restrict' },
      { field: 'place', to: 'place', onDelete: 'restrict' },
    ],
  },
);

let db: AnyDatabase;
const find = (where: unknown, options?: unknown): number =>
  db['issue']!.find(where as Fields, options as undefined).count();

beforeEach(async () => {
  db = await openModels(new MemoryFileSystem(), [place, label, issue]);
  await db['label']!.insert({ id: 'bug' });
  await db['place']!.insert({ team: 'core', slug: 'web', name: 'Web' });
  const one = { state: 'open', step: null, flags: ['new'], mixed: 7, priority: 3, labels: ['bug'] };
  await db['issue']!.insert({ id: 'a', title: 'A', ...one, place: { team: 'core', slug: 'web' } });
});
afterEach(() => db.close());

function refused(run: () => unknown, code: string, message: RegExp): void {
  expect(run).toThrow(expect.objectContaining({ code }) as Error);
  expect(run).toThrow(message);
}

it.each<[string, unknown, RegExp]>([
  ['where', { where: { state: 'open' } }, /`where` is not a field of issue; here `where` is left out/],
  ['OR', { OR: [{ state: 'open' }] }, /is not a field of issue; here `OR` is `or`/],
  ['$and', { $and: [{ state: 'open' }] }, /is not a field of issue; here `\$and` is `and`/],
  ['take', { state: 'open', take: 3 }, /is not a field of issue; here `take` is the method `limit` of the query/],
  ['equals', { state: { equals: 'open' } }, /found equals; here `equals` is the value itself/],
  ['$in', { state: { $in: ['open'] } }, /here `\$in` is `in`/],
  ['notIn', { priority: { notIn: [1] } }, /here `notIn` is `not: { in: \[…] }`/],
  ['$gte', { priority: { $gte: 1 } }, /here `\$gte` is `gte`/],
  ['has', { labels: { has: 'bug' } }, /`has` is not a field of label; here `has` is the element itself/],
  ['null', { owner: null }, /leave the condition out to mean every document, or .* { absent: true }/],
  [
    'a part of a key',
    { place: { team: 'core' } },
    /place\.team has no index; the condition on a key has all of its fields: id: { team, slug }/,
  ],
])('says what stands for %s', (_, where, message) => {
  refused(
    () => find(where),
    /not a field|no index/.test(message.source) ? 'UNINDEXED_FIELD' : 'INVALID_QUERY',
    message,
  );
});

it('names the key beside the indexed fields, and says when there are none', () => {
  refused(
    () => db['label']!.find({ colour: 'red' }),
    'UNINDEXED_FIELD',
    /there are no indexed fields, the key is id\./,
  );
  refused(() => find({ title: 'A' }), 'UNINDEXED_FIELD', /issue\.title has no index; the indexed fields are state, /);
  expect(find({ place: { id: { team: 'core', slug: 'web' } }, state: 'open' })).toBe(1);
});

it('says that orders and limits are methods', () => {
  refused(
    () => find({}, { orderBy: 'priority', take: 1 }),
    'INVALID_OPTION',
    /`orderBy` is the method `orderBy`.*`take` is the method `limit`/,
  );
  const all = db['issue']!.all();
  refused(
    () => all.orderBy({ priority: 'desc' } as never),
    'UNINDEXED_FIELD',
    /{"priority":"desc"} is not a field of issue/,
  );
  refused(() => all.orderBy('title'), 'UNINDEXED_FIELD', /issue\.title has no @Range; the fields with @Range are step/);
});

it.each<[string, Fields, RegExp]>([
  ['a tag', { state: 'opn' }, /state holds "open" or "done", found the string "opn"/],
  ['a list', { state: { in: ['open', 'opn'] } }, /"opn"/],
  ['a negation', { not: { state: 'opn' } }, /"opn"/],
  ['tags', { flags: { any: ['old', 'odd'] } }, /flags holds "new" or "old", found the string "odd"/],
  ['a range', { step: 4 }, /step holds 1 or 2 or 3, found the number 4/],
  ['several fields', { state_priority: { state: 'opn' } }, /state in index state_priority holds "open" or "done"/],
  ['several unique fields', { title_state: { title: 'A', state: 'opn' } }, /state in index title_state holds/],
])('refuses a value that a union of literals lacks in the condition on %s', (_, where, message) => {
  refused(() => find(where), 'INVALID_INDEX_VALUE', message);
});

it('takes bounds between literals, null, and other values where the type has them', () => {
  expect(find({ step: { gte: 0 } })).toBe(0);
  expect(find({ step: null })).toBe(1);
  expect(find({ mixed: 7 })).toBe(1);
  expect(find({ mixed: 8 })).toBe(0);
  expect(find({ flags: 'new', state: { not: 'done' } })).toBe(1);
});

it('says which field of a key is wrong, and what a key of several fields is', () => {
  refused(() => db['place']!.get('core'), 'INVALID_KEY', /a key is an object of team: string, slug: string/);
  refused(() => db['place']!.get({ team: 'core' } as never), 'INVALID_KEY', /`slug` must be string\. /);
});
