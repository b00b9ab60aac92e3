/**
 * Measures nodes over a shared journal in a real PostgreSQL with a synchronous standby, both with fsync:
 * `node bench/cluster.mjs --help`. Beside it, on the same server: the bare conditional append of the same bytes, and the
 * same documents inserted into a plain indexed table.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { BENCH, buildNuthatch, installPeers } from './lib/prepare.mjs';

const HELP = `node bench/cluster.mjs [options]
  --seconds N    of each measurement (4)
  --write        put the table into docs/figures.md
  --smoke        half a second of each: answers, no figures`;
const DOCUMENT_BYTES = 120;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    write: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const seconds = options.smoke ? 0.5 : Number(options.seconds);
const peersFailure = installPeers();
if (peersFailure !== undefined) console.log(`without TypeORM: ${peersFailure}`);
const failure = buildNuthatch();
if (failure !== undefined) {
  console.error(failure);
  process.exit(1);
}
const { Client } = (await import('pg')).default;
const { postgresJournal } = await import('@nuthatch/cluster');
const { openDatabase } = await import(join(BENCH, 'build', 'generated', 'index.js'));
// They load what was just built.
const { throughKnex, throughTypeOrm } = await import('./cluster/tables.mjs');
const { bootstrap, replay } = await import('./cluster/replay.mjs');

const rows = [];
const note = (what, figure) => {
  rows.push([what, figure]);
  console.log(`${what}: ${figure}`);
};
const perSecond = (count, ms) => `${Math.round((count / ms) * 1000).toLocaleString('en')}/s`;
const middle = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const times = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return `p50 ${middle(sorted, 0.5).toFixed(1)} ms, p99 ${middle(sorted, 0.99).toFixed(1)} ms`;
};

const pair = await startPair();
if (pair === undefined) {
  console.log('left out: nodes over PostgreSQL, since no server program is found');
  process.exit(0);
}
const url = `postgres://nuthatch@127.0.0.1:${pair.primary}/postgres`;
const client = new Client({ connectionString: url });
await client.connect();
try {
  await measure();
} finally {
  await client.end();
  pair.child.stdin.end();
  await once(pair.child, 'exit');
}
if (options.write) {
  const head = `Load ${loadavg()[0].toFixed(1)}, ${cpus().length} cores, Node ${process.versions.node}, ${seconds} s each; PostgreSQL with a synchronous standby on the same machine.`;
  writeFigures(
    'cluster',
    [head, '', '| measured | figure |', '|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n'),
  );
}

async function measure() {
  for (const batch of [1, 100, 1_000]) note(`bare append, ${batch} documents a frame`, await bareAppend(batch));
  note('table with two indexes, 100 rows a transaction, made by the server itself', await plainTable(100));
  await tables(100);
  note('one node, one write at a time', await nodes(1, 1, 1));
  note('one node, 1,000 writes in flight', await nodes(1, 1, 1_000));
  for (const [batch, width] of [
    [100, 4],
    [10, 4],
    [1, 1],
  ])
    await contention(batch, width);
  await latencies();
  await newNodes();
}

/** The same documents from the program, as rows. */
async function tables(batch) {
  const input = { client, url, batch, seconds };
  for (const [name, insert] of [
    ['knex', throughKnex],
    ['TypeORM', throughTypeOrm],
  ]) {
    const done = await insert(input);
    const what = `table with two indexes, ${batch} rows a transaction, through ${name}`;
    if (done !== undefined) note(what, `${perSecond(done.count, done.ms)} documents`);
  }
}

/** The statement of the engine, without an engine: what the server itself gives. */
async function bareAppend(batch) {
  await client.query('CREATE TABLE IF NOT EXISTS bare_head (name text PRIMARY KEY, head bigint NOT NULL)');
  await client.query(
    'CREATE TABLE IF NOT EXISTS bare_frame (name text, position bigint, bytes bytea NOT NULL, PRIMARY KEY (name, position))',
  );
  const name = `bare ${batch}`;
  await client.query('INSERT INTO bare_head VALUES ($1, 0)', [name]);
  const bytes = Buffer.alloc(96 + batch * DOCUMENT_BYTES, 7);
  const text = `WITH moved AS (UPDATE bare_head SET head = $2::bigint WHERE name = $1 AND head = $2::bigint - 1 RETURNING name)
    INSERT INTO bare_frame SELECT name, $2::bigint, $3::bytea FROM moved`;
  const startMs = performance.now();
  let position = 0;
  while (performance.now() - startMs < seconds * 1000)
    await client.query({ name: 'bare', text, values: [name, ++position, bytes] });
  const ms = performance.now() - startMs;
  return `${perSecond(position * batch, ms)} documents, ${perSecond(position, ms)} frames`;
}

async function plainTable(batch) {
  await client.query(
    'CREATE TABLE person (id text PRIMARY KEY, email text UNIQUE, name text, tags text[], age int, created bigint)',
  );
  await client.query('CREATE INDEX ON person (age)');
  const startMs = performance.now();
  let count = 0;
  const text = `INSERT INTO person SELECT 'p' || i, i || '@example.org', 'Person ' || i, ARRAY['a', 'b'], (i % 50000)::int, 1700000000000
    FROM generate_series($1::bigint, $2::bigint) AS i`;
  while (performance.now() - startMs < seconds * 1000) {
    await client.query({ name: 'rows', text, values: [count, count + batch - 1] });
    count += batch;
  }
  return `${perSecond(count, performance.now() - startMs)} documents`;
}

/** One, two and four nodes with the same work, alone and against each other; the machine may be busy, so the best of three. */
async function contention(batch, width) {
  // What one of four writes while the others follow: what is lost against it, contention takes, and not applying.
  const kinds = [
    { count: 1, writers: 1, who: 'one node' },
    { count: 4, writers: 1, who: 'one of four nodes' },
    { count: 2, writers: 2, who: '2 nodes against each other' },
    { count: 4, writers: 4, who: '4 nodes against each other' },
  ];
  const runs = kinds.map(() => []);
  for (let round = 0; round < (options.smoke ? 1 : 3); round++)
    for (const [index, kind] of kinds.entries()) runs[index].push(await wrote(kind, batch, width, round));
  const best = runs.map((list) =>
    list.reduce((one, other) => (other.documentsPerMs > one.documentsPerMs ? other : one)),
  );
  for (const [index, { count, writers, who }] of kinds.entries()) {
    const { written, ms, frames, tookMs, cpuMs, least } = best[index];
    const percent = Math.round((100 * best[index].documentsPerMs) / best[0].documentsPerMs);
    const slowest = writers === 1 ? '' : `; the slowest wrote ${Math.round(100 * least)} % of it`;
    const shared = count === 1 ? '' : ` (${percent} % of one node${slowest})`;
    note(
      `${who}, transactions of ${batch}, ${width} in flight each`,
      `${perSecond(written, ms)} documents${shared}, ${perSecond(frames, ms)} frames; a transaction ${times(tookMs)}; ${((cpuMs * 1000) / written).toFixed(1)} µs of processors a document in all nodes`,
    );
  }
}

/** So many processes that write at the same time, to one journal of their own. */
async function nodes(count, batch, width) {
  const { written, ms, frames } = await wrote({ count, writers: count }, batch, width, 'alone');
  return `${perSecond(written, ms)} documents, ${perSecond(frames, ms)} frames`;
}

async function wrote({ count, writers }, batch, width, round) {
  const name = `nodes ${count} ${writers} ${batch} ${width} ${round}`;
  const children = Array.from({ length: count }, (_, node) =>
    begin({ url, name, node, batch, width, seconds, isFollower: node >= writers }),
  );
  for (const child of children) await child.answer();
  for (const child of children) child.say('go');
  const answers = await Promise.all(children.map((child) => child.answer()));
  const written = answers.reduce((sum, answer) => sum + answer.written, 0);
  const ms = Math.max(...answers.slice(0, writers).map((answer) => answer.ms));
  const frames = answers.reduce((sum, answer) => sum + answer.frameCount, 0);
  // What was acknowledged is there.
  const check = await openDatabase({ memory: true, journal: postgresJournal({ connectionString: url, name }) });
  const found = check.person.count();
  await check.close();
  if (found !== written) throw new Error(`${written} documents were acknowledged, ${found} found`);
  const tookMs = answers.flatMap((answer) => answer.tookMs);
  const cpuMs = answers.reduce((sum, answer) => sum + answer.cpuMs, 0);
  const least = Math.min(...answers.slice(0, writers).map((answer) => answer.written)) / written;
  return { written, ms, frames, tookMs, cpuMs, least, documentsPerMs: written / ms };
}

async function latencies() {
  const journal = () => postgresJournal({ connectionString: url, name: 'latency' });
  const [writer, reader] = [
    await openDatabase({ memory: true, journal: journal() }),
    await openDatabase({ memory: true, journal: journal() }),
  ];
  const [written, seen] = [[], []];
  const endMs = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < endMs; i++) {
    const startMs = performance.now();
    await writer.person.insert({
      id: `p${i}`,
      email: `${i}@x.org`,
      name: 'P',
      tags: [],
      age: i % 50_000,
      createdAt: 0,
    });
    const doneMs = performance.now();
    written.push(doneMs - startMs);
    await reader.caughtUp(writer.seq);
    seen.push(performance.now() - doneMs);
  }
  note('one commit of one row', times(await commits()));
  note('one durable write', times(written));
  note('until another node shows it, after the acknowledgement', times(seen));
  await Promise.all([writer.close(), reader.close()]);
}

/** The bare append of a frame with one document: a commit, and nothing else. */
async function commits() {
  await client.query("INSERT INTO bare_head VALUES ('commits', 0)");
  const text = `WITH moved AS (UPDATE bare_head SET head = $1::bigint WHERE name = 'commits' RETURNING name)
    INSERT INTO bare_frame SELECT name, $1::bigint, $2::bytea FROM moved`;
  const bytes = Buffer.alloc(96 + DOCUMENT_BYTES, 7);
  const taken = [];
  const endMs = performance.now() + seconds * 1000;
  for (let position = 1; performance.now() < endMs; position++) {
    const startMs = performance.now();
    await client.query({ name: 'commits', text, values: [position, bytes] });
    taken.push(performance.now() - startMs);
  }
  return taken;
}

async function newNodes() {
  const count = options.smoke ? 2_000 : 100_000;
  const shown = count.toLocaleString('en');
  for (const batch of [100, 1_000]) {
    const { readMs, applyMs, nodeMs } = await replay({ client, url, count, batch });
    const share = Math.round((100 * Math.max(readMs, applyMs)) / nodeMs);
    note(
      `a new node, ${shown} documents in frames of ${batch}`,
      `${perSecond(count, nodeMs)} documents, ${share} % of the slower of the two below`,
    );
    note('the same frames, only read from the server', `${perSecond(count, readMs)} documents`);
    note('the same frames, only applied', `${perSecond(count, applyMs)} documents`);
  }
  const image = await bootstrap({ url, count, batch: 1_000 });
  const what = `a new node from an image of ${shown} documents`;
  if (image === undefined) note(what, 'no image was stored in time');
  else note(what, `${perSecond(count, image.ms)} documents, ${Math.round(image.bytes / image.ms / 1_000)} MB/s`);
}

function begin(order) {
  const child = spawn(process.execPath, [join(BENCH, 'cluster', 'node.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(order)}\n`);
  return {
    say: (text) => child.stdin.write(`${text}\n`),
    answer: async () => JSON.parse((await lines.next()).value),
  };
}

async function startPair() {
  const child = spawn(process.execPath, [join(BENCH, '..', 'test', 'servers', 'postgres', 'pair.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value === undefined) return undefined;
  return { child, ...JSON.parse(value) };
}
