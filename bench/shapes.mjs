/**
 * How long the loop is held at collections of other shapes than the benchmark's own: `node bench/shapes.mjs [documents]
 * [shape…]` (1,000,000; all). Told as in slices.mjs: own work is CPU time of one turn without the garbage collector's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf } from './lib/plain-definition.mjs';
import { measureTurns } from './lib/turns.mjs';

const { openDatabase } = createRequire(import.meta.url)('@nuthatch/runtime');

const documents = Number(process.argv[2] ?? 1_000_000);
const wanted = process.argv.slice(3);
const BATCH = 5_000;
const HELD_MS = 20;

/** Keys in no order: as random UUIDs are. */
const randomKey = (index) =>
  `${((Math.imul(index, 0x9e3779b1) >>> 0) + index / 2 ** 32).toString(36)}-${index.toString(36)}`;
const orderedKey = (index) => String(index).padStart(9, '0');
const mixed = (index) => Math.imul(index, 0x85ebca6b) >>> 0;

const field = (name, kind, optional = false) => ({
  name,
  type: typeof kind === 'string' ? { kind } : kind,
  optional,
  rules: [],
});
const index = (kind, ...fields) => ({ name: fields.join('_'), kind, fields });
const texts = { kind: 'array', element: { kind: 'string' } };

/** For each shape its fields, its indexes and the values of one document. */
const SHAPES = {
  'composite range': {
    fields: [field('group', 'string'), field('at', 'number')],
    indexes: [index('range', 'group', 'at')],
    values: (at) => ({ group: `g${mixed(at) % 1000}`, at: mixed(at) % 100_000 }),
  },
  '1,000 distinct values': {
    fields: [field('level', 'number')],
    indexes: [index('range', 'level')],
    values: (at) => ({ level: mixed(at) % 1000 }),
  },
  'one value': { fields: [field('level', 'number')], indexes: [index('range', 'level')], values: () => ({ level: 7 }) },
  'bigint range': {
    fields: [field('balance', 'bigint')],
    indexes: [index('range', 'balance')],
    values: (at) => ({ balance: BigInt(mixed(at)) }),
  },
  'text range, long prefixes': {
    fields: [field('url', 'string')],
    indexes: [index('range', 'url')],
    values: (at) => ({ url: `https://${at % 2 === 0 ? 'a' : 'b'}.example.org/items/${mixed(at)}` }),
  },
  'range of some': {
    fields: [field('rank', 'number', true)],
    indexes: [index('range', 'rank')],
    values: (at) => (at % 2 === 0 ? { rank: mixed(at) } : {}),
  },
  'boolean and date ranges': {
    fields: [field('isOpen', 'boolean'), field('at', 'date')],
    indexes: [index('range', 'isOpen'), index('range', 'at')],
    values: (at) => ({ isOpen: at % 3 === 0, at: new Date(mixed(at)) }),
  },
  'tags: one of all, one each': {
    fields: [field('tags', texts)],
    indexes: [index('tag', 'tags')],
    values: (at) => ({ tags: ['all', `t${at}`] }),
  },
  'composite and caseless unique': {
    fields: [field('mail', 'string'), field('group', 'string'), field('slug', 'string')],
    indexes: [{ ...index('unique', 'mail'), caseInsensitive: true }, index('unique', 'group', 'slug')],
    values: (at) => ({ mail: `User${at}@Example.org`, group: `g${at % 100}`, slug: `s${at}` }),
  },
  'composite key': {
    key: ['group', 'at'],
    fields: [field('group', 'string'), field('at', 'date')],
    indexes: [index('range', 'at')],
    values: (at) => ({ group: `g${mixed(at) % 100}`, at: new Date(at) }),
  },
  'number key, in order': {
    key: ['id'],
    fields: [field('id', 'number'), field('level', 'number')],
    indexes: [index('range', 'level')],
    values: (at) => ({ id: at, level: mixed(at) % 1000 }),
  },
  'text key, in order': {
    fields: [field('level', 'number')],
    indexes: [index('range', 'level')],
    isOrdered: true,
    values: (at) => ({ level: mixed(at) % 1000 }),
  },
};

async function measure(shape, name, work) {
  const { tookMs, longestMs, ownMs, heldCount, collectorMs } = await measureTurns(work, HELD_MS);
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(
    `| ${[shape, name, `${Math.round(tookMs)} ms`, ms(longestMs), ms(ownMs), heldCount, ms(collectorMs)].join(' | ')} |`,
  );
}

async function run(name, shape) {
  const directory = mkdtempSync(join(tmpdir(), 'nuthatch-shapes-'));
  const hasOwnKey = shape.key !== undefined;
  const definition = definitionOf({
    name: 'Thing',
    collection: 'thing',
    storage: 'disk',
    key: { fields: shape.key ?? ['id'] },
    fields: hasOwnKey ? shape.fields : [field('id', 'string'), ...shape.fields],
    computed: [],
    indexes: shape.indexes,
  });
  const keyOf = shape.isOrdered ? orderedKey : randomKey;
  const documentOf = (at) => (hasOwnKey ? shape.values(at) : { id: keyOf(at), ...shape.values(at) });
  const open = () => openDatabase([definition], { directory, durability: 'os', compaction: 'manual' });
  let db = await open();
  for (let from = 0; from < documents; from += BATCH)
    await db.thing.insertMany(
      Array.from({ length: Math.min(BATCH, documents - from) }, (_, at) => documentOf(from + at)),
    );
  await db.close();
  await measure(name, 'open from pages', async () => {
    db = await open();
  });
  await db.compact();
  await db.close();
  await measure(name, 'open', async () => {
    db = await open();
  });
  const drain = async (query) => {
    let count = 0;
    for await (const document of query) if (document !== undefined) count++;
    if (count === 0) throw new RangeError('nothing was found');
  };
  const ranged = shape.indexes.find(({ kind }) => kind === 'range');
  const tagged = shape.indexes.find(({ kind }) => kind === 'tag');
  await measure(name, 'page, no order', () => db.thing.all().limit(20).page());
  if (tagged !== undefined) {
    await measure(name, 'page of a tag of all', () => db.thing.find({ tags: 'all' }).limit(20).page());
    await measure(name, 'for await of a tag of all', () => drain(db.thing.find({ tags: 'all' })));
  }
  await measure(name, 'for await, first', () => drain(db.thing.all()));
  if (ranged !== undefined) await measure(name, 'for await in order', () => drain(db.thing.all().orderBy(ranged.name)));
  await measure(name, 'for await, filtered', () => drain(db.thing.all().filter(() => true)));
  await measure(name, 'keys() (synchronous)', () => db.thing.all().keys());
  await measure(name, 'all() (synchronous)', () => db.thing.all().all());
  await db.close();
  rmSync(directory, { recursive: true });
}

console.log(`${documents.toLocaleString('en')} documents, Node ${process.version}\n`);
console.log(
  `| shape | work | took | longest turn | longest own work | turns with over ${HELD_MS} ms of it | longest act of the collector |`,
);
console.log('|---|---|---|---|---|---|---|');
for (const [name, shape] of Object.entries(SHAPES))
  if (wanted.length === 0 || wanted.some((one) => name.includes(one))) await run(name, shape);
