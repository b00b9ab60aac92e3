/**
 * What a write costs beside queries and views that it does not touch: `node --expose-gc bench/watched.mjs [--write]` (0, 10 and 1,000 of each
 * kind; `--smoke`: 0, 2 and 20).
 *
 * 1,000 players in memory. Each write changes the name and the clubs of one of them, which none of the queries and views shows
 * before or after. That nobody was told and no row has changed is looked at in the end; and that a write which does
 * touch them reaches each of them. CPU is that of the process, garbage collection included, in rounds by turns. Needs `npm run build`.
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';

const require = createRequire(import.meta.url);
const { openDatabase } = require('@nuthatch/runtime/generated');
const { VIEW_METADATA_KEY, viewDeclarationFingerprint } = require('@nuthatch/model');
const { playerDefinition } = require('../build/generated/player.js');

const { values: options } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const COUNTS = options.smoke ? [0, 2, 20] : [0, 10, 1_000];
const ROUNDS = options.smoke ? 1 : 9;
const WRITES = options.smoke ? 100 : 4_000;
/** Written without waiting for each: what is waited for is no work of a write. */
const BATCH = 50;
const PLAYERS = 1_000;
/** The oldest, which are never written to. */
const OLDEST = 10;

/** A condition of each kind that the written player does not meet, and a change of that player after which it does. */
const KINDS = [
  ['a value of a tag', (at) => ({ clubs: `watched${at}` }), (at) => ({ clubs: [`watched${at}`] })],
  ['a unique value', (at) => ({ email: `watched${at}@example.org` }), (at) => ({ email: `watched${at}@example.org` })],
  ['bounds of a range', (at) => ({ age: { gte: 101, lt: 102 + at } }), () => ({ age: 101 })],
  [
    'one of two fields',
    (at) => ({ or: [{ clubs: `watched${at}` }, { email: `watched${at}@example.org` }] }),
    (at) => ({ clubs: [`watched${at}`] }),
  ],
  ['not a value', () => ({ age: { not: 50 } }), () => ({ age: 51 })],
];

const input = (at) => ({
  id: `p${at}`,
  email: `p${at}@example.org`,
  age: at < OLDEST ? 90 : 50,
  name: `Player ${at}`,
  clubs: ['written0'],
});

/** A view of players as generated code would have it: those that meet the condition, counted by club. */
function viewOf(name, where) {
  class Row {}
  const model = (field, kind) => ({ name: field, type: { kind }, optional: false, rules: [] });
  const made = [
    { name: 'clubs', kind: 'field', of: 'clubs' },
    { name: 'players', kind: 'count' },
    { name: 'ages', kind: 'sum', of: 'age' },
  ];
  const groupBy = ['clubs'];
  const [, { name: _, ...count }, { name: __, ...sum }] = made;
  const metadata = {
    name,
    collection: name,
    isCollectionNamed: true,
    of: () => playerDefinition.documentClass,
    indexes: [],
  };
  Reflect.defineMetadata(
    VIEW_METADATA_KEY,
    { ...metadata, where, groupBy, aggregates: { players: count, ages: sum } },
    Row,
  );
  const view = { of: 'player', groupBy, isConditional: true, fields: made };
  const fields = [model('clubs', 'string'), model('players', 'number'), model('ages', 'number')];
  return {
    model: { name, collection: name, storage: 'memory', key: { fields: groupBy }, fields, computed: [], indexes: [] },
    view,
    declarationFingerprint: viewDeclarationFingerprint({ ...view, aggregates: view.fields, indexes: [] }),
    documentClass: Row,
    row: ([clubs, players, ages]) => Object.freeze(Object.assign(new Row(), { clubs, players, ages })),
  };
}

async function opened(views) {
  const db = await openDatabase([playerDefinition], { memory: true }, [], views);
  await db.player.insertMany(Array.from({ length: PLAYERS }, (_, at) => input(at)));
  return db;
}

/** CPU microseconds of a write. */
async function cpuOfWrites(db, round) {
  const start = process.cpuUsage();
  for (let at = 0; at < WRITES; at++) {
    const write = db.player.update(`p${OLDEST + ((at * 7) % (PLAYERS - OLDEST))}`, {
      name: `Name ${round} ${at}`,
      clubs: [`written${at % 3}`],
    });
    if (at % BATCH === BATCH - 1) await write;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / WRITES;
}

/** @param make opens a database with so many, and says how many have been told so far. */
async function compared(name, make, touch) {
  const all = [];
  for (const count of COUNTS) all.push({ count, each: [], ...(await make(count)) });
  for (const { db } of all) await cpuOfWrites(db, 'warm');
  for (let round = 0; round < ROUNDS; round++)
    for (const one of all) {
      globalThis.gc?.();
      one.each.push(await cpuOfWrites(one.db, round));
    }
  for (const { count, db, told } of all) {
    if (told() !== 0) throw new Error(`${name}: ${told()} of ${count} were told of writes that do not touch them`);
    for (let at = 0; at < count; at++) await db.player.update('p500', touch(at));
    await new Promise((resolve) => setImmediate(resolve));
    if (told() < count) throw new Error(`${name}: ${told()} of ${count} were told of writes that touch them`);
    await db.close();
  }
  const shown = all.map(({ each }) => {
    each.sort((a, b) => a - b);
    return `${each[0].toFixed(2)} (${each[each.length >> 1].toFixed(2)})`;
  });
  rows.push(`| ${name} | ${shown.join(' | ')} |`);
  console.log(`${name.padEnd(44)} ${shown.map((text) => text.padStart(16)).join(' ')}`);
}

const rows = [];
const load = loadavg()[0];
console.log(
  `${PLAYERS} players, load ${load.toFixed(1)}, Node ${process.version}; µs of CPU a write, the best of ${ROUNDS} rounds (median)`,
);
console.log(`${''.padEnd(44)} ${COUNTS.map((count) => String(count).padStart(16)).join(' ')}`);

async function watching(queryOf, count) {
  const db = await opened([]);
  let told = 0;
  for (let at = 0; at < count; at++) {
    let isFirst = true;
    queryOf(db.player, at).watch(() => {
      if (isFirst) isFirst = false;
      else told++;
    });
  }
  return { db, told: () => told };
}

for (const [kind, where, touch] of KINDS)
  await compared(
    `watched queries: ${kind}`,
    (count) => watching((players, at) => players.find(where(at)), count),
    touch,
  );
await compared(
  'watched queries: the first ten of an order',
  (count) => watching((players) => players.all().orderBy('age', 'desc').limit(10), count),
  (at) => ({ age: 95 + (at % 20) }),
);
for (const [kind, where, touch] of KINDS)
  await compared(
    `views: ${kind}`,
    async (count) => {
      const db = await opened(Array.from({ length: count }, (_, at) => viewOf(`view${at}`, where(at))));
      const names = Array.from({ length: count }, (_, at) => `view${at}`);
      let told = 0;
      for (const name of names)
        db[name].subscribe(() => {
          told++;
        });
      return { db, told: () => told };
    },
    touch,
  );
console.log(`load ${loadavg()[0].toFixed(1)}`);
if (options.write) {
  const head = `Measured on ${new Date().toISOString().slice(0, 10)}: an update of two fields, one of them a tag, in memory, Node ${process.versions.node}, load ${load.toFixed(1)}. CPU in µs a write, the best of ${ROUNDS} rounds and the median.`;
  const columns = COUNTS.map((count) => count.toLocaleString('en'));
  const table = [
    `| beside so many that it does not touch | ${columns.join(' | ')} |`,
    `|---|${COUNTS.map(() => '---|').join('')}`,
    ...rows,
  ];
  writeFigures('watched', [head, '', ...table].join('\n'));
}
