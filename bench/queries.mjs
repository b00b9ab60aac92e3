/**
 * Measures questions to a collection beside SQLite and LokiJS, answers checked first: `node bench/queries.mjs --help`.
 * What is asked stands in bench/queries/questions.mjs, how each store is asked in bench/queries/stores.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { buildNuthatch, installPeers } from './lib/prepare.mjs';
import { LIMITS } from './lib/timing.mjs';
import { QUESTIONS } from './queries/questions.mjs';
import { render } from './queries/tables.mjs';

const FOLDER = join(import.meta.dirname, 'queries');
const STORES = ['nuthatch', 'better-sqlite3', 'lokijs'];
const HELP = `node bench/queries.mjs [options]
  --documents 100000       how many
  --stores a,b             of ${readdirSync(join(FOLDER, 'stores'))
    .map((file) => file.replace('.mjs', ''))
    .join(', ')}
  --questions a,b          of ${QUESTIONS.map(({ name }) => name).join(', ')}
  --rounds N               default 3; the best of each counts
  --smoke                  2,000 documents, answers only
  --write                  put the table into docs/figures.md`;

const { values: options } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    stores: { type: 'string' },
    questions: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    smoke: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  console.log(HELP);
  process.exit(0);
}

/** @returns {Promise<{ results?: object, error?: string, load: number }>} never rejects */
function ask(job) {
  return new Promise((resolve) => {
    const [load] = loadavg();
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--no-warnings', join(FOLDER, 'ask.mjs'), JSON.stringify(job)],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let out = '';
    let complaints = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (complaints += chunk));
    child.on('close', (code, signal) => {
      const line = out.trimEnd().split('\n').at(-1) ?? '';
      const ended = `ended with ${signal ?? code}: ${complaints.trim().split('\n').slice(-6).join(' | ')}`;
      resolve({ ...(line.startsWith('{') ? JSON.parse(line) : { error: ended }), load });
    });
  });
}

const chosen = (text, all) => {
  const names = text?.split(',') ?? all;
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length === 0) return names;
  console.error(`unknown: ${unknown.join(', ')}\n\n${HELP}`);
  process.exit(2);
};
const stores = chosen(options.stores, STORES);
const wanted = chosen(
  options.questions,
  QUESTIONS.map(({ name }) => name),
);
const peers = installPeers();
if (peers !== undefined)
  console.warn(`Not every peer could be installed; going on with those that are there.\n${peers}\n`);
const failure = stores.includes('nuthatch') ? buildNuthatch() : undefined;
if (failure !== undefined) {
  console.error(`Nuthatch could not be built for the benchmark:\n${failure}`);
  process.exit(1);
}

const documents = options.smoke ? 2_000 : Number(options.documents);
const limits = options.smoke ? { warmUpMs: 1, timedMs: 2, maxOperations: 1_000 } : LIMITS;
const results = {};
const absent = {};
const loads = [];
let failed = 0;
for (let round = 0; round < (options.smoke ? 1 : Number(options.rounds)); round++) {
  // Each other round goes the other way, so that no store always follows the same neighbour.
  for (const store of round % 2 === 0 ? stores : [...stores].reverse()) {
    if (absent[store] !== undefined) continue;
    const answer = await ask({ store, documents, limits, wanted });
    loads.push(answer.load);
    if (answer.error !== undefined) {
      // A peer may be missing; our own store may not, and no answer may be wrong.
      const isMissing = /Cannot find (package|module)/.test(answer.error) && store !== 'nuthatch';
      if (!isMissing) failed++;
      absent[store] = isMissing ? 'not installed' : answer.error;
      console.log(`${store}: ${absent[store]}`);
      continue;
    }
    for (const [name, { ns, cpuShare }] of Object.entries(answer.results)) {
      results[name] ??= {};
      results[name][store] ??= [];
      results[name][store].push({ ns, cpuShare });
    }
    console.log(
      `round ${round + 1}: ${store} answered ${Object.keys(answer.results).length} questions as a look at every document does`,
    );
  }
}
if (!options.smoke) {
  const titles = {};
  for (const store of stores) titles[store] = await import(`./queries/stores/${store}.mjs`);
  const meta = { documents, rounds: options.rounds, loads, cpu: cpus()[0]?.model, cores: cpus().length };
  const text = render({ results, absent, titles, meta });
  console.log(`\n${text}`);
  if (options.write) writeFigures('queries', text);
}
process.exit(failed > 0 ? 1 : 0);
