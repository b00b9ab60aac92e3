/**
 * Readers in other threads: `node bench/readers.mjs [documents]` (100,000 by default; `--smoke`: 2,000; `--write`).
 *
 * Players with key, unique email, two tags and a ranged age, in memory. Reads are bound by the processor: keys in no order, then
 * a mix of all indexes. Other processes take processor time too, so beside reads per second there are reads per second of
 * processor time, of each thread by itself: what two threads cost each other is in it, what others took is not. The load
 * is printed. Needs `npm run build`.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { writeFigures } from './lib/figures-page.mjs';

const require = createRequire(import.meta.url);
const { playerDefinition: generated } = require('../build/generated/player.js');

/** Without the indexes that ask code of the class: those are built by every opening, of a directory too. */
const indexes = generated.model.indexes.filter(({ name }) => ['email', 'clubs', 'age'].includes(name));
const definitions = [{ ...generated, model: { ...generated.model, indexes } }];

const keyOf = (number) => `p${String(number).padStart(7, '0')}`;
const player = (number) => ({
  id: keyOf(number),
  email: `${number}@mail.example.org`,
  clubs: [`c${number % 500}`, `d${number % 499}`],
  age: number % 100,
  joinedAt: new Date(1_600_000_000_000 + number),
  name: `Player ${number}`,
});

/** What is alive is counted, and no garbage. */
const collect = () => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

const SCHEDSTAT = '/proc/thread-self/schedstat';
/** Processor time of this thread where the system tells it, else of the process. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  if (!existsSync(SCHEDSTAT)) return (user + system) / 1000;
  return Number.parseInt(readFileSync(SCHEDSTAT, 'latin1'), 10) / 1e6;
}

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One read of each kind; what it found is summed, so that nothing is left out. */
const READS = {
  get: (reader, count, draw) => reader.player.get(keyOf(draw(count))).age,
  mix: (reader, count, draw) => {
    const number = draw(count);
    switch (number & 3) {
      case 0:
        return reader.player.get(keyOf(number)).age;
      case 1:
        return reader.player.findByEmail(`${number}@mail.example.org`).age;
      case 2:
        return reader.player.findByClubs(`c${number % 500}`).count();
      default:
        return reader.player
          .findByAge({ gte: number % 90 })
          .orderBy('age')
          .limit(10)
          .all().length;
    }
  },
};

async function worker() {
  const { openReader } = require('@nuthatch/runtime/readers');
  const { port, options, count, seed } = workerData;
  collect();
  const before = process.memoryUsage();
  const startMs = performance.now();
  const startCpu = cpuMs();
  const reader = await openReader(definitions, port, options);
  const openMs = performance.now() - startMs;
  if (reader.player.size < count) throw new Error(`expected ${count} documents, found ${reader.player.size}`);
  collect();
  const after = process.memoryUsage();
  const heapBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  parentPort.postMessage({ openMs, openCpuMs: cpuMs() - startCpu, heapBytes });
  const draw = random(seed);
  parentPort.on('message', async (job) => {
    if (job.kind === 'read') {
      const read = READS[job.what];
      let [reads, found] = [0, 0];
      const [fromMs, fromCpu] = [performance.now(), cpuMs()];
      const untilMs = fromMs + job.ms;
      while (performance.now() < untilMs)
        for (let each = 0; each < 256; each++, reads++) found += read(reader, count, draw);
      parentPort.postMessage({ reads, found, ms: performance.now() - fromMs, cpuMs: cpuMs() - fromCpu });
    } else if (job.kind === 'watch') {
      await reader.caughtUp(job.seq);
      reader.player.subscribe(({ after: seen }) =>
        parentPort.postMessage({
          lagMs: performance.timeOrigin + performance.now() - seen.joinedAt.getTime() - seen.age / 100,
        }),
      );
      parentPort.postMessage({});
    } else if (job.kind === 'end') {
      await reader.close();
      parentPort.postMessage({ seq: reader.seq });
      parentPort.close();
    }
  });
}

const next = async (thread) => (await once(thread, 'message'))[0];

async function startReader(db, count, options = {}, seed = 1) {
  const port = db.readerPort();
  const data = { port, options, count, seed };
  const thread = new Worker(new URL(import.meta.url), { workerData: data, transferList: [port] });
  const opened = await next(thread);
  const ask = (job) => {
    thread.postMessage(job);
    return next(thread);
  };
  return { thread, opened, ask };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)];
const round = (number, digits = 2) => Number(number.toFixed(digits));

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: { smoke: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  });
  const count = options.smoke ? 2_000 : Number(positionals[0] ?? 100_000);
  const rounds = options.smoke ? 1 : 7;
  /** Short ones, and many: in some of them both threads have a processor of their own. */
  const readRounds = options.smoke ? 1 : 40;
  const readMs = options.smoke ? 50 : 100;
  const writes = options.smoke ? 500 : 50_000;
  const { openDatabase } = require('@nuthatch/runtime/generated');
  const db = await openDatabase(definitions, { memory: true });
  for (let from = 0; from < count; from += 10_000)
    await db.player.insertMany(Array.from({ length: Math.min(10_000, count - from) }, (_, at) => player(from + at)));
  const rows = [];
  const row = (what, value) => {
    rows.push(`| ${what} | ${value} |`);
    console.log(`${what}: ${value}`);
  };

  // Writes with no reader that ever was, first.
  const update = async (times) => {
    const draw = random(9);
    const from = cpuMs();
    for (let each = 0; each < times; each++) await db.player.update(keyOf(draw(count)), { age: each % 100 });
    return ((cpuMs() - from) * 1000) / times;
  };
  await update(writes);
  const alone = [];
  for (let each = 0; each < rounds; each++) alone.push(await update(writes));

  let longestMs = 0;
  let lastMs = performance.now();
  const probe = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  const beforeCpu = cpuMs();
  const first = await startReader(db, count, { advance: 'manual' });
  const ownerCpu = cpuMs() - beforeCpu;
  clearInterval(probe);
  const second = await startReader(db, count, { advance: 'manual' }, 2);
  row(
    'the first reader opens, an image is made',
    `${round(first.opened.openMs, 0)} ms, of the database's thread ${round(ownerCpu, 0)} ms of CPU, timers late by ${round(longestMs, 0)} ms at most`,
  );
  row(
    'the second reader opens',
    `${round(second.opened.openMs, 0)} ms, ${round(second.opened.openCpuMs, 0)} ms of CPU`,
  );
  row('shared memory of the image', `${round(db.stats().readers.sharedBytes / count, 0)} B per document`);
  row('memory of each reader beside it', `${round(second.opened.heapBytes / count, 0)} B per document`);

  const withManual = [];
  for (const what of ['get', 'mix']) {
    // Once through, so that documents are decoded and code is compiled in both.
    await Promise.all([first, second].map(({ ask }) => ask({ kind: 'read', what, ms: readMs * 20 })));
    const [one, two, oneCpu, twoCpu] = [[], [], [], []];
    const loads = [];
    for (let each = 0; each < readRounds; each++) {
      const single = await (each % 2 === 0 ? first : second).ask({ kind: 'read', what, ms: readMs });
      one.push((single.reads / single.ms) * 1000);
      oneCpu.push((single.reads / single.cpuMs) * 1000);
      const both = await Promise.all([first, second].map(({ ask }) => ask({ kind: 'read', what, ms: readMs })));
      two.push(both.reduce((sum, { reads, ms }) => sum + (reads / ms) * 1000, 0));
      twoCpu.push(both.reduce((sum, { reads, cpuMs: ms }) => sum + (reads / ms) * 1000, 0) / 2);
      loads.push(loadavg()[0]);
    }
    const ratio = median(two) / median(one);
    const best = Math.max(...two) / Math.max(...one);
    const efficiency = median(twoCpu) / median(oneCpu);
    const title = what === 'get' ? '`get`' : 'mix of key, unique, tag, range';
    row(
      `${title}, one reader`,
      `${round(median(one) / 1e6)} million/s, ${round(median(oneCpu) / 1e6)} million per second of CPU`,
    );
    row(
      `${title}, two readers`,
      `${round(median(two) / 1e6)} million/s: ${round(ratio)} times; of the best rounds ${round(best)} times; per second of CPU each thread reads ${round(efficiency * 100, 0)} % of one alone (load ${round(median(loads), 1)})`,
    );
  }

  for (let each = 0; each < rounds; each++) {
    withManual.push(await update(writes));
    await Promise.all([first, second].map(({ ask }) => ask({ kind: 'read', what: 'get', ms: 1 })));
  }
  await Promise.all([first, second].map(({ ask }) => ask({ kind: 'end' })));
  await new Promise((resolve) => setTimeout(resolve, 50));

  const following = await startReader(db, count);
  const withOne = [];
  for (let each = 0; each < rounds; each++) withOne.push(await update(writes));
  const another = await startReader(db, count);
  const withTwo = [];
  for (let each = 0; each < rounds; each++) withTwo.push(await update(writes));
  row('an awaited update, no reader', `${round(median(alone))} µs of CPU`);
  row('… one reader that follows', `${round(median(withOne))} µs`);
  row('… two readers that follow', `${round(median(withTwo))} µs`);
  row('… two readers that do not advance', `${round(median(withManual))} µs`);

  await following.ask({ kind: 'watch', seq: db.seq });
  const lags = [];
  for (let each = 0; each < (options.smoke ? 50 : 1_000); each++) {
    const seen = next(following.thread);
    const nowMs = performance.timeOrigin + performance.now();
    const whole = Math.floor(nowMs);
    // A date holds whole milliseconds, the age the hundredths.
    void db.player.update(keyOf(each), { joinedAt: new Date(whole), age: Math.floor((nowMs - whole) * 100) });
    lags.push((await seen).lagMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  row(
    'from a write to the reader that shows it',
    `${round(median(lags))} ms at p50, ${round(percentile(lags, 0.99))} ms at p99`,
  );
  await Promise.all([following, another].map(({ ask }) => ask({ kind: 'end' })));
  await db.close();
  const head = `${count.toLocaleString('en')} documents, ${cpus().length} processors, load ${round(loadavg()[0], 1)} at the end.`;
  console.log(head);
  if (options.write) writeFigures('readers', `${head}\n\n| | |\n|---|---|\n${rows.join('\n')}`);
}

await (isMainThread ? main() : worker());
