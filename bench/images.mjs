/**
 * What a compaction takes after so many changes, and the opening after it, each in a fresh process: `node bench/images.mjs [options]`.
 *
 *   delta    only what changed since the image is written
 *   whole    all documents are, most of them bytes that nobody has read
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './lib/figures-page.mjs';
import { BENCH, buildNuthatch } from './lib/prepare.mjs';

const HELP = `node bench/images.mjs [options]
  --documents N              (1000000; below 110,000 an image is so short that it is always written whole)
  --changes 1000,10000,100000
  --runs N                   (1)
  --write                    put the table into docs/figures.md
  --smoke                    2,000 documents, whole images alone, writes nothing`;

const CHILD = join(BENCH, 'lib', 'image-child.mjs');
const RESULTS = join(BENCH, 'results');
const OURS = join(BENCH, 'build', 'generated', 'index.js');

const { values: options } = parseArgs({
  options: {
    documents: { type: 'string', default: '1000000' },
    changes: { type: 'string', default: '1000,10000,100000' },
    runs: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

function run(job) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHILD, JSON.stringify({ generated: OURS, ...job })], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new RangeError(`${job.task} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

const ms = (value) => Math.round(value).toLocaleString('en-US');
const megabytes = (value) => (value / 1e6).toFixed(1);

function measure(documents, counts, runs) {
  const place = mkdtempSync(join(RESULTS, 'images-'));
  const rows = [];
  try {
    const image = join(place, 'image');
    run({ task: 'fill', directory: image, documents });
    for (const changes of counts)
      for (const whole of options.smoke ? [true] : [false, true]) {
        const found = [];
        for (let round = 1; round <= runs; round++) {
          const directory = join(place, 'changed');
          cpSync(image, directory, { recursive: true });
          const compacted = run({ task: 'compact', directory, documents, changes, round, whole });
          found.push({ compacted, opened: run({ task: 'time', directory, documents }), load: loadavg()[0] });
          rmSync(directory, { recursive: true });
        }
        found.sort((one, other) => one.compacted.cpuMs - other.compacted.cpuMs);
        const { compacted, opened, load } = found[Math.floor(found.length / 2)];
        const cells = [
          changes.toLocaleString('en-US'),
          whole ? 'whole' : 'delta',
          ms(compacted.cpuMs),
          ms(compacted.tookMs),
          megabytes(compacted.writtenBytes),
          ms(opened.cpuMs),
          ms(opened.tookMs),
          load.toFixed(1),
        ];
        rows.push(`| ${cells.join(' | ')} |`);
        console.log(rows.at(-1));
      }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  return rows;
}

const HEAD = [
  '| changed | written | CPU, ms | by the clock, ms | MB | next opening, CPU ms | by the clock, ms | load |',
  `|---:|---|${'---:|'.repeat(6)}`,
];

if (options.help) {
  console.log(HELP);
} else {
  mkdirSync(RESULTS, { recursive: true });
  const failure = existsSync(OURS) && options.smoke ? undefined : buildNuthatch();
  if (failure !== undefined) {
    console.error(failure);
    process.exit(1);
  }
  const documents = options.smoke ? 2_000 : Number(options.documents);
  const counts = options.smoke ? [100] : options.changes.split(',').map(Number);
  console.log(HEAD.join('\n'));
  const rows = measure(documents, counts, options.smoke ? 1 : Number(options.runs));
  const note = `${documents.toLocaleString('en-US')} documents, measured on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus()[0].model}, ${cpus().length} cores.`;
  if (options.write) writeFigures('images', [note, '', ...HEAD, ...rows].join('\n'));
  if (options.smoke) {
    const isWhole = rows.length === 1 && !/NaN|undefined|Infinity/.test(rows.join());
    const isNamed = readFileSync(join(BENCH, '..', 'docs', 'figures.md'), 'utf8').includes('<!-- images:start -->');
    console.log(isWhole && isNamed ? '\nEvery compaction is measured.' : '\nThe table of compactions is not whole.');
    process.exitCode = isWhole && isNamed ? 0 : 1;
  }
}
