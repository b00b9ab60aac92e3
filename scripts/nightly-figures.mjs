/** What a nightly run counted, as a table in docs/figures.md between the marks `nightly:start` and `nightly:end`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PAGE = 'docs/figures.md';
const [START, END] = ['<!-- nightly:start -->', '<!-- nightly:end -->'];
const COVERAGE = '**Coverage**';

/** What the variable of a part counts. */
const COUNTED = {
  NUTHATCH_KILLS: 'processes killed while they write',
  NUTHATCH_IMAGE_KILLS: 'processes killed while they write an image',
  NUTHATCH_IMAGE_MOMENTS: 'moments of images at which a process ends, for each of two ways to store them',
  NUTHATCH_MIGRATE_KILLS: 'processes killed while they migrate',
  NUTHATCH_MIGRATE_CUTS: 'power cuts in a migration',
  NUTHATCH_MIGRATE_CITIES: 'documents in each migration',
  NUTHATCH_COPY_KILLS: 'processes killed while they copy',
  NUTHATCH_NODE_KILLS: 'nodes of a shared journal killed',
  NUTHATCH_PUT_KILLS: 'nodes killed while they put blobs',
  NUTHATCH_NODE_HISTORIES: 'histories of several nodes',
  NUTHATCH_CRASH_RUNS: 'histories, each cut after every call of the file system',
  NUTHATCH_WAYS: 'ways of storing, verified and opened',
  NUTHATCH_EVOLUTIONS: 'changes of classes over stored documents',
  NUTHATCH_WRITTEN_TYPES: 'types as people write them, generated and compiled',
  NUTHATCH_HISTORIES: 'histories of migrations',
  NUTHATCH_POWER_CUTS: 'power cuts that lose what was not synced',
  NUTHATCH_FUZZED_FRAMES: 'frames of random bytes, read',
  NUTHATCH_FUZZED_MANIFESTS: 'manifests of random bytes, read',
  NUTHATCH_FUZZED_MESSAGES: 'messages of random bytes to a sync server',
  NUTHATCH_MUTATED_MESSAGES: 'messages with random changes, decoded',
  NUTHATCH_ENGINE_OPERATIONS: 'operations compared with a plain reference',
  NUTHATCH_ENGINE_FAULTS: 'calls of the file system that fail',
  NUTHATCH_RELEASE_OPERATIONS: 'operations on released documents, compared with a reference',
  NUTHATCH_RELEASE_FAULT_STRIDE: 'calls of the file system from one fault to the next',
  NUTHATCH_BLOB_RUNS: 'histories of files beside documents',
  NUTHATCH_CONDITIONS: 'random conditions and orders, compared with a look at every document',
  NUTHATCH_CURSORS: 'walks over pages by cursors, while documents change',
  NUTHATCH_WATCHED_CONDITIONS: 'watched queries of random conditions',
  NUTHATCH_DOCUMENT_FACES: 'classes whose documents were viewed as bytes and compared with decoded ones',
  NUTHATCH_ROWS: 'queries for rows and groups, compared with a look at every document',
  NUTHATCH_VECTORS: 'queries for nearest neighbours, compared with a look at every document',
  NUTHATCH_REFERENCE_RUNS: 'histories of references between documents',
  NUTHATCH_LINKED_NODES: 'histories of references that two nodes write',
  NUTHATCH_LINKED_REPLICAS: 'histories of references that a server and two replicas write',
  NUTHATCH_REFERENCE_KILLS: 'processes killed while their transactions delete along references',
  NUTHATCH_REFERENCE_CRASH_RUNS: 'histories of references, each cut after every call of the file system',
  NUTHATCH_COLD_FAULTS: 'histories of cold documents whose reads fail in the middle of writes',
  NUTHATCH_VIEWS: 'histories of views, compared with a look at every document',
  NUTHATCH_MANY_VIEWS: 'rounds of writes under many views',
  NUTHATCH_SEARCH_RUNS: 'histories of searched texts, compared with a plain index',
  NUTHATCH_READER_SCHEDULES: 'schedules of reader threads beside writes',
  NUTHATCH_READER_WRITES: 'writes that threads follow',
  NUTHATCH_SIMULATED_SEEDS: 'simulated runs of several nodes',
  NUTHATCH_CARE_KILLS: 'processes killed while they import or export a journal',
  NUTHATCH_SYNC_OPERATIONS: 'operations of a server and its replicas, compared with a reference',
  NUTHATCH_KEY_INSERTS: 'inserts with ids of granted ranges',
};

/**
 * Writes the table. A part that did not run keeps the rows of its last run; so the table of many short runs is that of a
 * long one, and each part says the day and the size of its own.
 *
 * @param results name, settings as variable → value, `isPassed`, `seconds` of each part that ran.
 * @param share of the whole numbers.
 * @param coverage as `coverageOf` gives it; undefined: it was not measured, and that of the last run stays.
 * @param names of all parts, in the order of the table; rows of others are dropped.
 */
export function writeNightlyFigures(results, share, coverage, names, page = PAGE) {
  const before = readFileSync(page, 'utf8');
  const [start, end] = [before.indexOf(START), before.indexOf(END)];
  if (start < 0 || end < start) {
    console.error(`${page} lacks the marks ${START} and ${END}: nothing was written.`);
    return;
  }
  const [oldRows, oldCoverage] = before.slice(start + START.length, end).split(COVERAGE);
  const kept = rowsByPart(oldRows);
  const ran = new Map(results.map((result) => [result.name, rowsOf(result, share)]));
  const rows = names.flatMap((name) => ran.get(name) ?? kept.get(name) ?? []);
  const measured = coverage === undefined ? oldCoverage?.trim() : coverageTable(coverage).join('\n');
  const text = [
    'Each count is the size of the part; the part passed or failed as a whole, in its last run.',
    '',
    '| part | count | of | result | run |',
    '|---|---:|---|---|---|',
    ...rows,
    ...(measured === undefined ? [] : ['', COVERAGE, '', measured]),
  ].join('\n');
  writeFileSync(page, `${before.slice(0, start)}${START}\n\n${text}\n\n${before.slice(end)}`);
  console.log(`${page} written`);
}

function rowsOf({ name, settings, isPassed, seconds }, share) {
  const counts = Object.entries(settings).map(([variable, value]) => [
    value.toLocaleString('en'),
    COUNTED[variable] ?? variable,
  ]);
  const result = isPassed ? `passed in ${Math.round(seconds).toLocaleString('en')} s` : '**failed**';
  const size = share === 1 || counts.length === 0 ? '' : `, ${share} of the night`;
  const [first = ['all', 'of the part']] = counts;
  return [
    `| ${name} | ${first[0]} | ${first[1]} | ${result} | ${day()}, Node ${process.versions.node}${size} |`,
    ...counts.slice(1).map(([count, what]) => `| | ${count} | ${what} | | |`),
  ];
}

/** Part → its rows in a table that was written before. A row without a name belongs to the part above it. */
function rowsByPart(table) {
  const parts = new Map();
  let rows;
  for (const line of table.split('\n')) {
    const name = /^\| ([a-zA-Z]+) \|/.exec(line)?.[1];
    if (name !== undefined) parts.set(name, (rows = []));
    if (name !== undefined || line.startsWith('| |')) rows?.push(line);
  }
  parts.delete('part'); // The head of the table.
  return parts;
}

const day = () => new Date().toISOString().slice(0, 10);

/** A folder for the coverage of a run, and the arguments for Jest that fill it. */
export function coverageRun() {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-coverage-'));
  const collected = readdirSync('packages').map((name) => `--collectCoverageFrom=packages/${name}/src/**/*.ts`);
  const args = ['--coverage', '--coverageProvider=v8', '--coverageReporters=json-summary', ...collected];
  return { folder, args: [...args, `--coverageDirectory=${folder}`] };
}

/** Package → covered and total lines and branches; undefined when nothing was measured. */
export function coverageOf(folder) {
  let summary;
  try {
    summary = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'));
  } catch {
    return undefined; // The run ended before Jest wrote it: the table goes without.
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const packages = {};
  for (const [file, { lines, branches }] of Object.entries(summary)) {
    const name = /packages[\\/]([^\\/]+)[\\/]src[\\/]/.exec(file)?.[1];
    if (name === undefined || /\.test\.ts$/.test(file)) continue;
    packages[name] ??= { lines: [0, 0], branches: [0, 0] };
    const of = packages[name];
    of.lines = [of.lines[0] + lines.covered, of.lines[1] + lines.total];
    of.branches = [of.branches[0] + branches.covered, of.branches[1] + branches.total];
  }
  return packages;
}

function coverageTable(packages) {
  const share = ([covered, total]) => (total === 0 ? '–' : `${((100 * covered) / total).toFixed(1)} %`);
  const rows = Object.entries(packages).map(
    ([name, { lines, branches }]) =>
      `| ${name} | ${share(lines)} | ${share(branches)} | ${lines[1].toLocaleString('en')} |`,
  );
  return [
    `By the whole suite by day, on ${day()} with Node ${process.versions.node}; what tests run in processes of their own is not counted.`,
    '',
    '| package | lines | branches | lines of source |',
    '|---|---|---|---|',
    ...rows.sort(),
  ];
}
