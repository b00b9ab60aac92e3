/**
 * What one operation costs at growing numbers of documents: `node bench/scale.mjs [options]`.
 *
 * Each store at each size is a process of its own, which is filled once and asked for everything. Results are kept size by
 * size, so that a large one can be measured alone and drawn together with the others.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { costChart, sizeText, timeText } from './lib/cost-chart.mjs';
import { writeFigures } from './lib/figures-page.mjs';
import { runJob } from './lib/job.mjs';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';

const HELP = `node bench/scale.mjs [options]
  --sizes 10000,100000,1000000   documents; 10000000 takes 16 GiB of memory and half an hour
  --rounds N                     processes for each store and size, of which the best counts (3)
  --timed-ms N                   how long an operation is timed (800)
  --write                        draw docs/cost-per-operation.svg and its table, of all sizes measured so far
  --render                       the same from the results that are there, measure nothing
  --smoke                        two small sizes, checks the drawing, writes nothing`;

const STORES = [
  { name: 'nuthatch', title: 'Nuthatch' },
  { name: 'plain-map', title: 'Map, indexes by hand' },
];
const OPERATIONS = [
  { phase: 'insert', title: 'insert, in batches of 1,000' },
  { phase: 'get', title: 'get by key' },
  { phase: 'unique', title: 'unique lookup' },
  { phase: 'tag', title: 'tag, 200 documents' },
  { phase: 'range', title: 'range, 100 in order' },
  { phase: 'set-age', title: 'update of a ranged field' },
];
const PHASES = OPERATIONS.map(({ phase }) => phase);
/** What Nuthatch and the Map take of a document, and the heap around it. */
const BYTES_PER_DOCUMENT = 1_600;
const TIMEOUT_MS = 3_600_000;
const RESULTS = join(BENCH, 'results');
const KEPT = join(RESULTS, 'scale.json');
const DRAWING = join(BENCH, '..', 'docs', 'cost-per-operation.svg');

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    rounds: { type: 'string', default: '3' },
    'timed-ms': { type: 'string' },
    write: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** @returns {Promise<{ documents: number, date: string, node: string, cpu: string, loads: number[], ns: Record<string, Record<string, number>> }>} */
async function measure(documents, rounds, limits) {
  const kept = {
    documents,
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: `${cpus()[0].model}, ${cpus().length} cores`,
    loads: [],
    ns: {},
  };
  for (let round = 0; round < rounds; round++) {
    for (const { name } of round % 2 === 0 ? STORES : [...STORES].reverse()) {
      const directory = mkdtempSync(join(RESULTS, 'run-'));
      const job = { task: 'scale', store: name, documents, directory, round, phases: PHASES, limits };
      const { result, error, load } = await runJob(job, TIMEOUT_MS);
      rmSync(directory, { recursive: true, force: true });
      kept.loads.push(load);
      if (error !== undefined) {
        console.log(`  ${name}: ${error}`);
        continue;
      }
      kept.ns[name] ??= {};
      for (const [phase, ns] of Object.entries(result))
        kept.ns[name][phase] = Math.min(ns, kept.ns[name][phase] ?? Number.POSITIVE_INFINITY);
      const said = Object.entries(result).map(([phase, ns]) => `${phase} ${timeText(ns)}`);
      console.log(`  ${documents.toLocaleString('en-US').padStart(10)}  ${name.padEnd(10)} ${said.join(', ')}`);
    }
  }
  return kept;
}

function draw(runs) {
  const loads = runs.flatMap((run) => run.loads);
  const { date, node, cpu } = runs.at(-1);
  return costChart({
    title: 'Processor time of one operation, in memory',
    note: `${date}, Node ${node}, ${cpu}, load ${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}; documents from ${sizeText(runs[0].documents)} to ${sizeText(runs.at(-1).documents)}`,
    sizes: runs.map((run) => run.documents),
    series: STORES.map((store) => store.title),
    panels: OPERATIONS.map(({ phase, title }) => ({
      title,
      values: STORES.map(({ name }) => runs.map((run) => run.ns[name]?.[phase])),
    })),
  });
}

function table(runs) {
  const cell = (run, phase) =>
    STORES.map(({ name }) => run.ns[name]?.[phase])
      .map((ns) => (ns === undefined ? '–' : timeText(ns)))
      .join(' / ');
  return [
    `| Nuthatch / Map | ${runs.map((run) => run.documents.toLocaleString('en-US')).join(' | ')} |`,
    `|---${'|---:'.repeat(runs.length)}|`,
    ...OPERATIONS.map(({ phase, title }) => `| ${title} | ${runs.map((run) => cell(run, phase)).join(' | ')} |`),
    `| load of the machine | ${runs.map(({ loads }) => `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`).join(' | ')} |`,
  ].join('\n');
}

const keptRuns = () => (existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : []);

function write(runs) {
  writeFileSync(DRAWING, draw(runs));
  writeFigures('scale', table(runs));
}

/** Two sizes, and a drawing with a point for each of their values. @returns what is wrong */
async function smoke() {
  const runs = [];
  for (const documents of [500, 2_000]) runs.push(await measure(documents, 1, { warmUpMs: 1, timedMs: 5 }));
  const svg = draw(runs);
  const wrong = [];
  const pointCount = svg.match(/<circle /g)?.length ?? 0;
  const expected = OPERATIONS.length * STORES.length * runs.length;
  if (pointCount !== expected) wrong.push(`the drawing has ${pointCount} points, expected ${expected}`);
  if (/NaN|undefined|Infinity/.test(svg)) wrong.push('the drawing has a place that is no number');
  const [opened, closed] = [/<(?!\/|\?)[^>]*[^/]>/g, /<\/[^>]*>/g].map((tag) => svg.match(tag)?.length ?? 0);
  if (opened !== closed) wrong.push(`the drawing opens ${opened} elements and closes ${closed}`);
  if (!table(runs).includes(' ns / ')) wrong.push('the table has no times');
  return wrong;
}

mkdirSync(RESULTS, { recursive: true });
if (options.help) {
  console.log(HELP);
} else if (options.render) {
  write(keptRuns());
} else {
  const isBuilt = options.smoke && existsSync(join(BENCH, 'build', 'generated', 'index.js'));
  const failure = isBuilt ? undefined : buildNuthatch();
  if (failure !== undefined) {
    console.error(failure);
    process.exit(1);
  }
  if (options.smoke) {
    const wrong = await smoke();
    console.log(wrong.length === 0 ? '\nEvery cost is measured and drawn.' : `\n${wrong.join('\n')}`);
    process.exitCode = wrong.length === 0 ? 0 : 1;
  } else {
    const limits = options['timed-ms'] === undefined ? {} : { timedMs: Number(options['timed-ms']) };
    for (const documents of options.sizes.split(',').map(Number)) {
      if (documents * BYTES_PER_DOCUMENT > totalmem()) {
        console.log(`  ${documents.toLocaleString('en-US')}: this machine has not enough memory`);
        continue;
      }
      const run = await measure(documents, Number(options.rounds), limits);
      const others = keptRuns().filter((other) => other.documents !== documents);
      writeFileSync(
        KEPT,
        JSON.stringify(
          [...others, run].sort((a, b) => a.documents - b.documents),
          null,
          1,
        ),
      );
    }
    console.log(`\n${table(keptRuns())}`);
    if (options.write) write(keptRuns());
  }
}
