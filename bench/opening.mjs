/**
 * What an opening takes, each in a fresh process: `node bench/opening.mjs [options]`.
 *
 *   time     by the clock and in processor time, from the call until one answer by each of key, unique value, tag and range
 *   turns    the longest turn of the event loop meanwhile: the thread's processor time in it, the collector's included
 *   memory   bytes for each document that nobody has read, after full collections
 *   touch    the first read of 100,000 documents by key, and the second of the same, in processor time
 *
 * of a directory with an image, of one that was loaded and closed, and of one whose process was killed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';
import { median } from './lib/timing.mjs';

const HELP = `node bench/opening.mjs [options]
  --sizes 100000,1000000     documents; 10000000 takes 10 GB of disk and 8 GB of memory
  --runs N                   processes for each figure; the table has the median and the worst (5)
  --states image,loaded,killed
  --generated FILE           generated code of another tree, to measure both by turns: bench/build/generated/index.js there
  --write                    put the table into docs/figures.md
  --smoke                    one small size, one run, writes nothing`;

const STATES = { image: 'image', loaded: 'loaded and closed', killed: 'killed, never compacted' };
const CHILD = join(BENCH, 'lib', 'opening-child.mjs');
const RESULTS = join(BENCH, 'results');
const OURS = join(BENCH, 'build', 'generated', 'index.js');
const TASKS = ['time', 'turns', 'memory', 'touch'];

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100000,1000000' },
    runs: { type: 'string', default: '5' },
    states: { type: 'string', default: Object.keys(STATES).join() },
    generated: { type: 'string' },
    write: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** Runs one task in a process of its own. @returns what it measured; undefined for one that kills itself. */
function run(task, { state, documents, directory, generated }) {
  const job = JSON.stringify({ task, state, documents, directory, generated });
  const flags = task === 'memory' ? ['--expose-gc'] : [];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, CHILD, job], { encoding: 'utf8' });
  if (signal === 'SIGKILL' && task === 'fill') return undefined;
  if (status !== 0) throw new RangeError(`${task} of ${state} ended with ${signal ?? status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** By the clock, as a floor: a process that does nothing, and one that reads the bytes of the newest image into fresh memory. */
function floors(directory) {
  const newest = readdirSync(directory)
    .filter((name) => name.startsWith('snapshot'))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  const program = `const { readFileSync } = require('node:fs'); const start = performance.now(); const cpu = process.cpuUsage();
    readFileSync(${JSON.stringify(join(directory, newest))}); const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ ms: performance.now() - start, cpuMs: (user + system) / 1000 }))`;
  return JSON.parse(spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout);
}

const digits = (value) => (value >= 20 ? value.toFixed(0) : value.toFixed(1));
const typical = (rows, name) =>
  `${digits(median(rows.map((row) => row[name])))} (${digits(Math.max(...rows.map((row) => row[name])))})`;

function measure(trees, documents, runs, states) {
  const rows = [];
  for (const state of states) {
    const place = mkdtempSync(join(RESULTS, 'opening-'));
    try {
      const found = trees.map(({ title, generated }, number) => {
        const directory = join(place, String(number));
        const job = { state, documents, directory, generated };
        run('fill', job);
        return {
          title,
          job,
          of: Object.fromEntries(TASKS.map((task) => [task, []])),
          loads: [],
          floor: floors(directory),
        };
      });
      for (let round = 0; round < runs; round++)
        for (const task of TASKS)
          for (const { job, of, loads } of round % 2 === 0 ? found : [...found].reverse()) {
            of[task].push(run(task, job));
            loads.push(loadavg()[0]);
          }
      for (const { title, of, loads, floor } of found) {
        const cells = [
          `${documents.toLocaleString('en-US')}, ${STATES[state]}${title === undefined ? '' : ` (${title})`}`,
          typical(of.time, 'askMs'),
          typical(of.time, 'askCpuMs'),
          floor === undefined ? '–' : `${digits(floor.ms)} / ${digits(floor.cpuMs)}`,
          typical(of.turns, 'cpuMs'),
          typical(of.memory, 'bytes'),
          typical(of.touch, 'firstCpuUs'),
          typical(of.touch, 'secondCpuUs'),
          `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`,
        ];
        rows.push(`| ${cells.join(' | ')} |`);
        console.log(rows.at(-1));
      }
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }
  return rows;
}

const HEAD = [
  '| documents | until all answer, ms | CPU, ms | reading the bytes alone, ms / CPU | longest turn, CPU ms | memory each, B | first read, µs | second read, µs | load |',
  `|---|${'---:|'.repeat(8)}`,
];

if (options.help) {
  console.log(HELP);
} else {
  mkdirSync(RESULTS, { recursive: true });
  const failure = options.smoke && existsSync(OURS) ? undefined : buildNuthatch();
  if (failure !== undefined) {
    console.error(failure);
    process.exit(1);
  }
  const trees =
    options.generated === undefined
      ? [{ generated: OURS }]
      : [
          { title: 'before', generated: options.generated },
          { title: 'now', generated: OURS },
        ];
  const sizes = options.smoke ? [2_000] : options.sizes.split(',').map(Number);
  const runs = options.smoke ? 1 : Number(options.runs);
  console.log(HEAD.join('\n'));
  const rows = sizes.flatMap((documents) => measure(trees, documents, runs, options.states.split(',')));
  const note = `Measured on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0].model}, ${cpus().length} cores. Median of ${runs} processes, in brackets the worst.${options.generated === undefined ? '' : ' "Before" is another tree, measured by turns.'}`;
  if (options.write) writeFigures('opening', [note, '', ...HEAD, ...rows].join('\n'));
  if (options.smoke) {
    const isWhole = rows.length === Object.keys(STATES).length && !/NaN|undefined|Infinity/.test(rows.join());
    const isNamed = readFileSync(join(BENCH, '..', 'docs', 'figures.md'), 'utf8').includes('<!-- opening:start -->');
    console.log(isWhole && isNamed ? '\nEvery opening is measured.' : '\nThe table of openings is not whole.');
    process.exitCode = isWhole && isNamed ? 0 : 1;
  }
}
