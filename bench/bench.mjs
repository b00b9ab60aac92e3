/**
 * Measures every store with one workload, side by side. See docs/figures.md for how, and `--help` for what can be asked.
 */
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { runJob } from './lib/job.mjs';
import { PHASES } from './lib/phases.mjs';
import { BENCH, buildNuthatch, installPeers } from './lib/prepare.mjs';
import { render } from './lib/tables.mjs';

const HELP = `npm run bench -- [options]
  --sizes 100000,1000000   documents
  --stores a,b             of ${readdirSync(join(BENCH, 'stores'))
    .map((file) => file.replace('.mjs', ''))
    .join(', ')}
  --phases a,b             of ${Object.keys(PHASES).join(', ')}
  --rounds N               default 3; 2 from 1,000,000 documents on
  --timed-ms N             how long a phase is timed (800)
  --smoke                  2,000 documents, answers only, no figures
  --write / --no-write     put the tables into docs/figures.md (only a run of everything does so by itself)
  --render                 write the tables from the results that are there, measure nothing`;

// The order of the columns, and of the processes within a round.
const STORES = [
  'plain-map',
  'frozen-map',
  'hand-log',
  'nuthatch',
  'better-sqlite3',
  'lmdb',
  'classic-level',
  'lokijs',
  'nedb',
  'redis',
  'typeorm',
  'raw-file',
];
const LARGE_DOCUMENTS = 1_000_000;
const MAX_VERIFIED_DOCUMENTS = 100_000;
const SMOKE_DOCUMENTS = 2_000;
/** Far more than any store needs: a slow machine is no wrong answer. */
const SMOKE_MS = 180_000;
const RESULTS = join(BENCH, 'results');

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: '100000,1000000' },
    stores: { type: 'string' },
    phases: { type: 'string' },
    rounds: { type: 'string' },
    'timed-ms': { type: 'string' },
    smoke: { type: 'boolean', default: false },
    write: { type: 'boolean' },
    render: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const list = (text, all, what) => {
  if (text === undefined) return all;
  const unknown = text.split(',').filter((name) => !all.includes(name));
  if (unknown.length === 0) return text.split(',');
  console.error(`unknown ${what}: ${unknown.join(', ')}\n\n${HELP}`);
  process.exit(2);
};
const loadAdapter = async (name) => (await import(`./stores/${name}.mjs`)).adapter;

/** A directory of its own for `work`, on the same disk as the repository, gone afterwards. */
async function inDirectory(work) {
  mkdirSync(RESULTS, { recursive: true });
  const directory = mkdtempSync(join(RESULTS, 'run-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Makes ready what can be made ready; a store that cannot is reported as absent by its own job. */
function prepareAll(stores) {
  const peers = installPeers();
  if (peers !== undefined)
    console.warn(`Not every peer could be installed; going on with those that are there.\n${peers}\n`);
  if (!stores.includes('nuthatch')) return;
  const failure = buildNuthatch();
  if (failure !== undefined) console.warn(`Nuthatch could not be built for the benchmark:\n${failure}\n`);
}

async function smoke(stores) {
  const waiting = [...stores];
  let failed = 0;
  const worker = async () => {
    for (let store = waiting.shift(); store !== undefined; store = waiting.shift()) {
      const start = performance.now();
      const job = { task: 'smoke', store, documents: SMOKE_DOCUMENTS, limits: { warmUpMs: 1, timedMs: 5 } };
      const { result, error, missing, stack } = await inDirectory((directory) =>
        runJob({ ...job, directory }, SMOKE_MS),
      );
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      // A peer may be missing; our own store may not.
      const excused = missing && store !== 'nuthatch';
      if (error !== undefined && !excused) failed++;
      const said =
        error === undefined
          ? `${result.compared} answers as the Map's, ${result.phases} phases ran`
          : excused
            ? `not run: ${error.split('\n', 1)[0]}`
            : `FAILED: ${stack ?? error}`;
      console.log(`${store.padEnd(16)} ${seconds.padStart(5)} s  ${said}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

/** Everything of one size. @returns {Promise<import('./lib/tables.mjs').Run>} */
async function measure(documents, storeNames, phaseNames) {
  const large = documents >= LARGE_DOCUMENTS;
  const rounds = Number(options.rounds ?? (large ? 2 : 3));
  const timeoutMs = large ? 600_000 : 180_000;
  const limits = options['timed-ms'] === undefined ? {} : { timedMs: Number(options['timed-ms']) };
  const adapters = await Promise.all(storeNames.map(loadAdapter));
  const taking = adapters.filter((adapter) => !large || adapter.large || options.stores !== undefined);
  const absent = {};
  const results = {};
  const loads = [];
  const keep = (phase, column, outcome) => {
    loads.push(outcome.load);
    if (outcome.error !== undefined) {
      absent[column] ??= `${phase}: ${outcome.error}`;
      console.log(`  ${phase.padEnd(14)} ${column.padEnd(24)} ${outcome.error}`);
      return;
    }
    results[phase] ??= {};
    results[phase][column] ??= [];
    results[phase][column].push(outcome.result);
    console.log(
      `  ${phase.padEnd(14)} ${column.padEnd(24)} ${JSON.stringify(outcome.result, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value))}`,
    );
  };

  console.log(`\n${documents.toLocaleString('en-US')} documents: checking answers`);
  const columns = [];
  for (const adapter of taking) {
    for (const mode of adapter.modes) {
      const column = `${adapter.name}/${mode}`;
      const job = {
        task: 'verify',
        store: adapter.name,
        mode,
        documents: Math.min(documents, MAX_VERIFIED_DOCUMENTS),
      };
      const outcome = adapter.phases
        ? { result: {} }
        : await inDirectory((directory) => runJob({ ...job, directory }, timeoutMs));
      if (outcome.error === undefined) columns.push({ adapter, mode, column });
      else absent[column] = outcome.missing ? 'not installed' : outcome.error;
      if (outcome.error !== undefined) console.log(`  ${column}: ${outcome.error}`);
    }
  }

  await inDirectory(async (base) => {
    const prepared = new Map();
    for (const { adapter, mode, column } of columns.filter((each) => each.mode === 'journal')) {
      const directory = join(base, `prepared-${adapter.name}`);
      mkdirSync(directory);
      const outcome = await runJob({ task: 'prepare', store: adapter.name, mode, documents, directory }, timeoutMs);
      keep('prepare', column, outcome);
      if (outcome.error === undefined) prepared.set(adapter.name, directory);
    }
    for (let round = 0; round < rounds; round++) {
      console.log(`\n${documents.toLocaleString('en-US')} documents: round ${round + 1} of ${rounds}`);
      for (const phase of phaseNames) {
        // Each other round goes the other way, so that no store always follows the same neighbour.
        for (const { adapter, mode, column } of round % 2 === 0 ? columns : [...columns].reverse()) {
          if (!PHASES[phase].modes(adapter).includes(mode) || (adapter.phases && !adapter.phases.includes(phase)))
            continue;
          const { start, writes } = PHASES[phase];
          const needsPrepared = start !== 'empty' && start !== 'unopened' && mode !== 'memory';
          if (needsPrepared && !prepared.has(adapter.name)) continue;
          let directory = prepared.get(adapter.name);
          if (!needsPrepared || writes) {
            directory = join(base, 'phase');
            if (needsPrepared)
              cpSync(prepared.get(adapter.name), directory, { recursive: true, mode: constants.COPYFILE_FICLONE });
            else mkdirSync(directory);
          }
          keep(
            phase,
            column,
            await runJob(
              { task: 'phase', store: adapter.name, mode, phase, round, documents, directory, limits },
              timeoutMs,
            ),
          );
          rmSync(join(base, 'phase'), { recursive: true, force: true });
        }
      }
    }
  });
  const meta = {
    documents,
    rounds,
    loads,
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: cpus()[0].model,
    cores: cpus().length,
  };
  const shown = taking.filter((adapter) => columns.some((column) => column.adapter === adapter));
  return { meta, absent, results, stores: shown.map(({ name, title, note }) => ({ name, title, note })) };
}

const sizes = options.sizes.split(',').map(Number);
const resultsOf = (documents) => join(RESULTS, `${documents}.json`);

if (options.help) {
  console.log(HELP);
} else if (options.render) {
  writeFigures(
    'bench',
    render(
      sizes
        .map(resultsOf)
        .filter(existsSync)
        .map((file) => JSON.parse(readFileSync(file, 'utf8'))),
    ),
  );
} else {
  const stores = list(options.stores, STORES, 'store');
  const phases = list(options.phases, Object.keys(PHASES), 'phase');
  prepareAll(stores);
  if (options.smoke) {
    const failed = await smoke(stores);
    console.log(
      failed === 0
        ? '\nEvery store that is here answers as the Map does.'
        : `\n${failed} of ${stores.length} stores failed.`,
    );
    process.exitCode = failed === 0 ? 0 : 1;
  } else {
    const runs = [];
    for (const documents of sizes) {
      const run = await measure(documents, stores, phases);
      writeFileSync(resultsOf(documents), JSON.stringify(run, null, 1));
      runs.push(run);
    }
    const everything =
      options.stores === undefined && options.phases === undefined && options.sizes === '100000,1000000';
    const text = render(runs);
    console.log(`\n${text}`);
    if (options.write ?? everything) writeFigures('bench', text);
  }
}
