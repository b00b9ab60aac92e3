/**
 * `npm run test:nightly`: every test, those below with their long settings. Hours on two cores.
 *
 *   npm run test:nightly -- --only=kills,fuzz      these parts alone
 *   npm run test:nightly -- --only=coverage        every test by day, with coverage
 *   npm run test:nightly -- --share=0.1            a tenth of each number
 *   npm run test:nightly -- --write                puts the counts into docs/figures.md, beside those of the parts that did
 *                                                  not run; a run of everything does so by itself
 *
 * Each part can be run by itself as well, with its variable: NUTHATCH_KILLS=1000 npx jest packages/runtime/test/crash/kill
 * A test that draws at random prints its seed when it fails: NUTHATCH_SEED=<seed>, or fast-check's seed and path, replay it.
 */
import { spawnSync } from 'node:child_process';
import { coverageOf, coverageRun, writeNightlyFigures } from './nightly-figures.mjs';

/** Part → file, and variable → value by night. By day the value stands in the test. */
const PARTS = {
  kills: ['packages/runtime/test/crash/kill', { NUTHATCH_KILLS: 5_000 }],
  imageKills: [
    'packages/runtime/test/crash/image-killed',
    { NUTHATCH_IMAGE_KILLS: 1_000, NUTHATCH_IMAGE_MOMENTS: 50_000 },
  ],
  everyCall: ['packages/runtime/test/crash/every-call-fails', {}],
  ways: ['packages/runtime/test/property/verify-and-open', { NUTHATCH_WAYS: 1_000 }],
  crashStates: ['packages/runtime/test/crash/crash-states', { NUTHATCH_CRASH_RUNS: 60 }],
  migrations: ['packages/runtime/test/crash/migrate', { NUTHATCH_MIGRATE_CUTS: 40 }],
  migrationKills: [
    'packages/runtime/test/crash/migrate-kill',
    { NUTHATCH_MIGRATE_KILLS: 100, NUTHATCH_MIGRATE_CITIES: 135_233 },
  ],
  copyKills: ['packages/copy/test/(sqlite|postgres|mariadb)', { NUTHATCH_COPY_KILLS: 200 }],
  evolution: ['packages/runtime/test/property/evolution', { NUTHATCH_EVOLUTIONS: 20_000 }],
  writtenTypes: ['packages/codegen/test/property/written-types', { NUTHATCH_WRITTEN_TYPES: 20_000 }],
  histories: ['packages/cli/test/property/histories', { NUTHATCH_HISTORIES: 10_000 }],
  powerCuts: ['packages/runtime/test/crash/disk-faults', { NUTHATCH_POWER_CUTS: 20_000 }],
  bits: ['packages/runtime/test/crash/(every-bit|damage-of-codecs)', {}],
  fuzz: ['packages/runtime/test/crash/fuzz', { NUTHATCH_FUZZED_FRAMES: 1_000_000, NUTHATCH_FUZZED_MANIFESTS: 200_000 }],
  reference: ['packages/runtime/test/property/engine-against-reference', { NUTHATCH_ENGINE_OPERATIONS: 1_000_000 }],
  releases: [
    'packages/runtime/test/released/',
    { NUTHATCH_RELEASE_OPERATIONS: 300_000, NUTHATCH_RELEASE_FAULT_STRIDE: 1 },
  ],
  blobs: ['packages/(runtime/test/(property|crash)/blobs|sync/test/crash/blobs-killed)', { NUTHATCH_BLOB_RUNS: 500 }],
  conditions: [
    'packages/runtime/test/property/(conditions|cursors)',
    { NUTHATCH_CONDITIONS: 1_000_000, NUTHATCH_WATCHED_CONDITIONS: 400, NUTHATCH_CURSORS: 20_000 },
  ],
  views: ['packages/runtime/test/views', { NUTHATCH_VIEWS: 20_000, NUTHATCH_MANY_VIEWS: 2_000 }],
  documentFaces: ['packages/runtime/test/property/document-faces', { NUTHATCH_DOCUMENT_FACES: 30_000 }],
  rows: ['packages/runtime/test/property/rows', { NUTHATCH_ROWS: 1_000_000 }],
  vectors: ['packages/runtime/test/property/vectors', { NUTHATCH_VECTORS: 200_000 }],
  references: [
    'packages/(runtime/test/property/references|cluster/test/linked-nodes|sync/test/property/linked-replicas)',
    { NUTHATCH_REFERENCE_RUNS: 2_000, NUTHATCH_LINKED_NODES: 300, NUTHATCH_LINKED_REPLICAS: 300 },
  ],
  referenceKills: [
    'packages/runtime/test/crash/reference',
    { NUTHATCH_REFERENCE_KILLS: 400, NUTHATCH_REFERENCE_CRASH_RUNS: 10 },
  ],
  search: ['packages/search/test/property', { NUTHATCH_SEARCH_RUNS: 2_000 }],
  sync: ['packages/sync/test/property', { NUTHATCH_SYNC_OPERATIONS: 1_000_000 }],
  syncNetwork: ['packages/sync/test/(faults|secrets|released-faults|check-out|live-shapes|theirs)', {}],
  syncKeys: ['packages/sync/test/key-ranges', { NUTHATCH_KEY_INSERTS: 1_000_000 }],
  syncMessages: [
    'packages/sync/test/(protocol|wire-fuzz)',
    { NUTHATCH_FUZZED_MESSAGES: 2_000_000, NUTHATCH_MUTATED_MESSAGES: 10_000_000 },
  ],
  syncKills: ['packages/sync/test/crash', {}],
  coldFaults: ['packages/runtime/test/crash/cold-read-faults', { NUTHATCH_COLD_FAULTS: 1_000 }],
  simulator: ['packages/cluster/test/simulator', { NUTHATCH_SIMULATED_SEEDS: 10_000 }],
  readers: ['packages/runtime/test/readers', { NUTHATCH_READER_SCHEDULES: 200, NUTHATCH_READER_WRITES: 60_000 }],
  nodes: ['packages/cluster/test/property', { NUTHATCH_NODE_HISTORIES: 2_000 }],
  nodeKills: [
    'packages/cluster/test/(postgres|jetstream|cassandra|files|killed-puts)',
    { NUTHATCH_NODE_KILLS: 200, NUTHATCH_PUT_KILLS: 200 },
  ],
  careKills: ['packages/cluster/test/care/killed', { NUTHATCH_CARE_KILLS: 50 }],
  faults: ['packages/runtime/test/property/engine-over-failing-disk', { NUTHATCH_ENGINE_FAULTS: 20_000 }],
};

/** Every other test, and these by day, with their coverage; it comes last. */
const COVERAGE = 'coverage';

const flags = Object.fromEntries(process.argv.slice(2).map((argument) => argument.replace(/^--/, '').split('=')));
const { only, share = '1' } = flags;
const asked = only?.split(',') ?? [...Object.keys(PARTS), COVERAGE];
if (!asked.every((name) => Object.hasOwn(PARTS, name) || name === COVERAGE) || !(Number(share) > 0)) {
  console.error(`Parts are ${Object.keys(PARTS).join(', ')} and ${COVERAGE}; \`--share\` is a number above 0.`);
  process.exit(1);
}
const isPublished = only === undefined || 'write' in flags;
const failed = [];

/** Written after each part: what a night had counted before it was interrupted is in the table. */
function publish(results, coverage) {
  if (isPublished) writeNightlyFigures(results, Number(share), coverage, Object.keys(PARTS));
}

for (const name of asked.filter((part) => part !== COVERAGE)) {
  const [file, settings] = PARTS[name];
  const values = Object.entries(settings).map(([variable, value]) => [
    variable,
    Math.max(1, Math.round(value * Number(share))),
  ]);
  const startMs = Date.now();
  // The collector is let out, so that tests can hold what is kept in memory against a limit.
  const jest = ['--expose-gc', 'node_modules/jest/bin/jest.js', '--runInBand', file];
  const chosen = Object.fromEntries(values.map(([variable, value]) => [variable, String(value)]));
  const env = { ...process.env, NUTHATCH_NIGHTLY: '1', ...chosen };
  const { status } = spawnSync(process.execPath, jest, { stdio: 'inherit', env });
  if (status !== 0) failed.push(name);
  const seconds = (Date.now() - startMs) / 1000;
  publish([{ name, settings: Object.fromEntries(values), isPassed: status === 0, seconds }], undefined);
  console.log(`${name}: ${status === 0 ? 'passed' : 'FAILED'} after ${Math.round(seconds)} s`);
}
if (asked.includes(COVERAGE)) {
  const { folder, args } = coverageRun();
  const { status } = spawnSync(process.execPath, ['scripts/test.mjs', ...args], { stdio: 'inherit' });
  publish([], coverageOf(folder));
  if (status !== 0) failed.push(COVERAGE);
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
