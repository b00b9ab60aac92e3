/**
 * Measures a server and its clients beside other systems that replicate, in one run: `node bench/sync.mjs --help`. What is
 * measured and how stands in docs/figures.md; each system is set up in a file of bench/sync/peers.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { BENCH, buildNuthatch, installSyncPeers } from './lib/prepare.mjs';
import { measureIdle, measureSync } from './sync/lib/measure.mjs';
import { loadPeer, PEERS } from './sync/lib/peer.mjs';
import { render } from './sync/lib/tables.mjs';

const HELP = `node bench/sync.mjs [options]
  --sizes 20000,100000,1000000   documents; the last of them only with systems that hold so many
  --peers a,b                    of ${PEERS.join(', ')}
  --rounds N                     images and bursts of each, of which the middle one counts (3)
  --no-idle, --no-journal        leave out the silent clients, or the replica on disk
  --write                        put the tables into docs/figures.md
  --smoke                        2,000 documents and ours alone: answers, no figures`;

const LARGE_DOCUMENTS = 1_000_000;
const JOURNAL_DOCUMENTS = [20_000, 100_000];
const LIVE = 1_000;
const BURST = 2_000;
const IDLE = { documents: 100, counts: [1_000, 10_000], live: 20, timeoutMs: 180_000 };
const SYNC_TIMEOUT_MS = 300_000;
const SMOKE = { documents: 2_000, rounds: 2, live: 20, burst: 500, timeoutMs: 60_000 };
const RESULTS = join(BENCH, 'results');

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: '20000,100000,1000000' },
    peers: { type: 'string', default: PEERS.join(',') },
    rounds: { type: 'string', default: '3' },
    idle: { type: 'boolean', default: true },
    journal: { type: 'boolean', default: true },
    write: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** What went wrong takes the column's place: the others go on. */
async function attempt(title, work) {
  try {
    const measured = await work();
    console.log(`${title}: ${JSON.stringify(measured)}`);
    return measured;
  } catch (error) {
    const failed = String(error.message).split('\n', 1)[0];
    console.warn(`${title}: ${error.stack ?? failed}`);
    return { failed };
  }
}

/** On the disk of the repository, gone afterwards. */
async function withDirectory(work) {
  mkdirSync(RESULTS, { recursive: true });
  const directory = mkdtempSync(join(RESULTS, 'sync-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same measurements with a replica whose journal is on disk, each image into a directory of its own. */
function withJournal(durability, measurements) {
  return withDirectory((directory) =>
    measureSync('nuthatch', {
      ...measurements,
      journalOf: (round) => ({ directory: join(directory, String(round)), durability }),
    }),
  );
}

async function smoke() {
  await measureSync('nuthatch', SMOKE);
  for (const durability of ['os', 'fsync']) await withJournal(durability, { ...SMOKE, rounds: 1 });
  await measureIdle('nuthatch', { ...IDLE, counts: [50], live: 5, timeoutMs: SMOKE.timeoutMs });
  console.log('sync: replicas in memory and on disk have what the server wrote; silent clients were served');
}

async function measureAll() {
  const sizes = options.sizes.split(',').map(Number);
  const peers = await Promise.all(options.peers.split(',').map(loadPeer));
  const loads = [loadavg()[0]];
  const measurements = { rounds: Number(options.rounds), live: LIVE, burst: BURST, timeoutMs: SYNC_TIMEOUT_MS };
  const sync = [];
  for (const documents of sizes) {
    const columns = {};
    for (const { name, large } of peers)
      if (large || documents < LARGE_DOCUMENTS)
        columns[name] = await attempt(`${name}, ${documents}`, () => measureSync(name, { ...measurements, documents }));
    sync.push({ documents, columns });
  }
  const journals = [];
  for (const documents of options.journal ? JOURNAL_DOCUMENTS.filter((size) => sizes.includes(size)) : []) {
    const columns = [];
    for (const durability of ['os', 'fsync']) {
      const title = `durability '${durability}'`;
      const measured = await attempt(`${title}, ${documents}`, () =>
        withJournal(durability, { ...measurements, documents }),
      );
      columns.push({ title, ...measured });
    }
    journals.push({ documents, columns });
  }
  let idle;
  if (options.idle) {
    const columns = {};
    for (const { name } of peers)
      columns[name] = await attempt(`${name}, silent clients`, () => measureIdle(name, IDLE));
    idle = { documents: IDLE.documents, columns };
  }
  loads.push(loadavg()[0]);
  const meta = {
    ...{ date: new Date().toISOString().slice(0, 10), node: process.version.slice(1), loads },
    ...{ processor: cpus()[0].model, processors: cpus().length },
  };
  return { peers, sync, journals, idle, meta };
}

if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const failure = buildNuthatch();
if (failure !== undefined) {
  console.error(`Nuthatch could not be built for the benchmark:\n${failure}`);
  process.exit(1);
}
if (options.smoke) await smoke();
else {
  const missing = installSyncPeers();
  if (missing !== undefined)
    console.warn(`Not every peer could be installed; going on with those there are.\n${missing}\n`);
  const text = render(await measureAll());
  console.log(`\n${text}`);
  if (options.write) writeFigures('sync', text);
}
