/**
 * A server and a replica of it in two processes over a WebSocket: `node bench/sync.mjs [documents ...]` (20,000 100,000).
 *
 * Both databases are in memory. Told: how long the first image takes and when its first rows are there; from a write at the
 * server to its change at the replica (the clock is that of the machine, one for both); a burst of updates of documents all
 * over the collection; what a silent client costs the server, and what many of them cost a write.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';
import { Workload } from './lib/workload.mjs';

const require = createRequire(import.meta.url);
const BURST = 2_000;
const LIVE = 1_000;
const LIVE_PAUSE_MS = 2;
const IDLE = 1_000;
const WRITES = 5_000;
const ROUNDS = 3;

const nowUs = () => Number(process.hrtime.bigint() / 1000n);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sync = () => require('@nuthatch/sync');
const generated = () => require(join(BENCH, 'build', 'generated', 'index.js'));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// The server's process

async function serveThem() {
  let db;
  let server;
  let workload;
  const acts = {
    async open(documents) {
      workload = new Workload(documents);
      db = await generated().openDatabase({ memory: true });
      for (let from = 0; from < documents; from += 1_000)
        await db.person.insertMany(
          Array.from({ length: Math.min(1_000, documents - from) }, (_, index) => workload.document(from + index)),
        );
      server = await sync().serve(db, {
        port: 0,
        authenticate: (token) => ({ id: token }),
        policy: () => ({ person: { read: true, write: true } }),
        maxConnectionsPerUser: 100_000,
        maxConnectionsPerSecond: 100_000,
        onError: (error) => console.error(error),
      });
      return server.port;
    },
    async live() {
      for (let count = 0; count < LIVE; count++) {
        await db.person.update(workload.id((count * 7_919) % workload.documents), { createdAt: nowUs() });
        await pause(LIVE_PAUSE_MS);
      }
    },
    async burst(step) {
      const beganUs = nowUs();
      const writes = [];
      for (let count = 0; count < BURST; count++)
        writes.push(
          db.person.update(workload.id((count * step) % workload.documents), { createdAt: -beganUs - count }),
        );
      await Promise.all(writes);
      return beganUs;
    },
    async memory() {
      for (let round = 0; round < 3; round++) {
        globalThis.gc();
        await pause(50);
      }
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heapUsed: heapUsed + external, rss };
    },
    /** Documents that no silent client has asked for. */
    async write() {
      const beganUs = nowUs();
      for (let count = 0; count < WRITES; count++) await db.person.update(workload.id(count), { createdAt: count });
      return (nowUs() - beganUs) / WRITES;
    },
    async close() {
      await server.close();
      await db.close();
    },
  };
  process.on('message', async ([act, argument]) => process.send([act, await acts[act](argument)]));
}

// Silent clients, in a process of their own

async function beSilent(port) {
  const { WebSocket } = require(require.resolve('ws', { paths: [join(BENCH, '..', 'packages', 'sync')] }));
  const dist = join(BENCH, '..', 'packages', 'sync', 'build');
  const { encodeMessage } = require(join(dist, 'protocol', 'encode-message.js'));
  const { MAGIC } = require(join(dist, 'protocol', 'messages.js'));
  const { wireModelOf } = require(join(dist, 'documents', 'outgoing-documents.js'));
  const models = generated().definitions.map(wireModelOf);
  const { anyValueBytes } = require(join(dist, 'documents', 'any-value.js'));
  const opened = Array.from({ length: IDLE }, (_, index) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      let count = 0;
      socket.on('error', reject);
      socket.on('open', () =>
        socket.send(
          encodeMessage({
            ...{
              kind: 'hello',
              magic: MAGIC,
              version: 1,
              application: '',
              clientId: randomUUID(),
              token: `user${index}`,
            },
            ...{ known: undefined, lastAnswered: 0, models },
          }),
        ),
      );
      socket.on('message', () => {
        count++;
        // WELCOME; then SUBBED and an empty image.
        if (count === 1) {
          const condition = anyValueBytes({ tags: `of-client-${index}` });
          socket.send(encodeMessage({ kind: 'sub', shapeId: 1, collection: 'person', condition, held: undefined }));
          socket.send(encodeMessage({ kind: 'credit', byteCount: 1_000_000 }));
        } else if (count === 3) resolve(socket);
      });
    });
  });
  const sockets = await Promise.all(opened);
  process.on('message', () => {
    for (const socket of sockets) socket.terminate();
    process.exit(0);
  });
  process.send('silent');
}

// The replica, and what is told

function child(...args) {
  const process_ = fork(import.meta.filename, args, { execArgv: ['--expose-gc'] });
  const ask = (act, argument) =>
    new Promise((resolve) => {
      const heard = ([answered, answer]) => {
        if (answered !== act) return;
        process_.off('message', heard);
        resolve(answer);
      };
      process_.on('message', heard);
      process_.send([act, argument]);
    });
  return { process: process_, ask };
}

async function firstImage(port, documents) {
  const beganUs = nowUs();
  const replica = await sync().openReplica(generated().definitions, {
    ...{ memory: true, url: `ws://127.0.0.1:${port}`, token: 'replica', subscribe: { person: true } },
  });
  let firstUs;
  while (replica.person.size < documents || replica.connection.state !== 'live') {
    if (firstUs === undefined && replica.person.size > 0) firstUs = nowUs();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { replica, tookMs: (nowUs() - beganUs) / 1000, firstMs: ((firstUs ?? nowUs()) - beganUs) / 1000 };
}

async function measure(documents) {
  const { process: process_, ask } = child('server');
  const port = await ask('open', documents);
  const images = [];
  for (let round = 0; round < ROUNDS; round++) {
    const image = await firstImage(port, documents);
    images.push(image);
    if (round < ROUNDS - 1) await image.replica.close();
  }
  const { replica } = images.at(-1);
  const delaysUs = [];
  const live = replica.person.subscribe(({ after }) => delaysUs.push(nowUs() - after.createdAt));
  await ask('live');
  await pause(200);
  live.unsubscribe();
  delaysUs.sort((a, b) => a - b);
  const burstRates = [];
  for (let round = 0; round < ROUNDS; round++) {
    let seen = 0;
    let lastUs = 0;
    const burst = replica.person.subscribe(() => {
      seen++;
      lastUs = nowUs();
    });
    const beganUs = await ask('burst', 7_919 + 2 * round);
    while (seen < BURST) await pause(1);
    burst.unsubscribe();
    burstRates.push((BURST * 1e6) / (lastUs - beganUs));
  }
  await replica.close();
  const [aloneUs, before] = [await ask('write'), await ask('memory')];
  const silent = fork(import.meta.filename, ['silent', String(port)]);
  await new Promise((resolve) => silent.once('message', resolve));
  const [amongUs, after] = [await ask('write'), await ask('memory')];
  silent.send('end');
  await ask('close');
  process_.disconnect();
  const perSecond = (value) => `${Math.round(value).toLocaleString('en')}/s`;
  const imageMs = median(images.map(({ tookMs }) => tookMs));
  return [
    ['first image', perSecond((documents * 1000) / imageMs)],
    ['its first rows', `${Math.round(median(images.map(({ firstMs }) => firstMs)))} ms`],
    ['live, p50', `${(delaysUs[delaysUs.length >> 1] / 1000).toFixed(2)} ms`],
    ['live, p99', `${(delaysUs[Math.floor(delaysUs.length * 0.99)] / 1000).toFixed(2)} ms`],
    [`burst of ${BURST.toLocaleString('en')} updates`, perSecond(median(burstRates))],
    [
      `memory per silent client, of ${IDLE.toLocaleString('en')}: heap and buffers`,
      `${((after.heapUsed - before.heapUsed) / IDLE / 1024).toFixed(1)} KB`,
    ],
    ['the same, resident', `${((after.rss - before.rss) / IDLE / 1024).toFixed(1)} KB`],
    ['an awaited write that concerns no client, alone', `${aloneUs.toFixed(1)} µs`],
    [`the same beside ${IDLE.toLocaleString('en')} silent clients`, `${amongUs.toFixed(1)} µs`],
  ];
}

async function main() {
  const sizes = process.argv.slice(2).map(Number);
  if (sizes.length === 0) sizes.push(20_000, 100_000);
  const failure = buildNuthatch();
  if (failure !== undefined) {
    console.error(failure);
    process.exit(1);
  }
  const columns = [];
  for (const documents of sizes) columns.push(await measure(documents));
  console.log(`Node ${process.version}\n`);
  console.log(`| | ${sizes.map((documents) => `${documents.toLocaleString('en')} documents`).join(' | ')} |`);
  console.log(`|---|${sizes.map(() => '---|').join('')}`);
  for (const [row, [name]] of columns[0].entries())
    console.log(`| ${name} | ${columns.map((column) => column[row][1]).join(' | ')} |`);
}

const [role, port] = process.argv.slice(2);
if (role === 'server') await serveThem();
else if (role === 'silent') await beSilent(Number(port));
else await main();
