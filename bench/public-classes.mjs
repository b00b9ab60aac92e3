/**
 * How much of what people write the generator reads: `node bench/public-classes.mjs FOLDER [--mode leftovers] [--only NAME]`.
 *
 * FOLDER holds the repositories of public-classes.json as `owner+name`, each at the commit listed there, and in
 * node_modules what their classes are made with (@nestjs/swagger, @nestjs/graphql, class-transformer) as far as it is there. Their document,
 * entity and DTO classes are converted to Nuthatch's decorators (lib/public-classes/convert.mjs), each is generated
 * alone, those that are read are generated together, compiled (strict and loose), and documents of random values are
 * written, read back after reopening, and compared. `--list` makes the list again, from FOLDER/commits.json.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { causeOf } from './lib/public-classes/causes.mjs';
import { compile } from './lib/public-classes/compile.mjs';
import { candidateClasses, convert, isOfLibrary, MODES } from './lib/public-classes/convert.mjs';
import {
  differences,
  linkTree,
  readSample,
  replaceFile,
  sourcesIn,
  writeSample,
} from './lib/public-classes/sample.mjs';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');
const { generate } = createRequire(import.meta.url)(join(ROOT, 'packages/codegen/dist/index.js'));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mode: { type: 'string' },
    only: { type: 'string' },
    list: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});
const [folder] = positionals;
if (!folder) {
  console.error('Expected the folder with the repositories of public-classes.json.');
  process.exit(2);
}
if (values.list) writeSample(folder, JSON.parse(readFileSync(join(folder, 'commits.json'), 'utf8')));
const sample = readSample().filter(({ repository }) => !values.only || repository.includes(values.only));
const wrong = differences(folder, sample);
if (wrong.length > 0) {
  console.error(wrong.slice(0, 20).join('\n'));
  process.exit(1);
}

/** One node_modules of several, the first that has a package giving it. */
function linkPackages(folders, target) {
  mkdirSync(target, { recursive: true });
  for (const from of folders.filter((path) => existsSync(path)))
    for (const name of readdirSync(from)) {
      if (name.startsWith('@')) linkPackages([join(from, name)], join(target, name));
      else if (!existsSync(join(target, name))) symlinkSync(join(resolve(from), name), join(target, name));
    }
}

/** Names that generated code makes of a class's: no class of the same run may have one. */
const SUFFIX = /(Key|Input|Patch|Where|Types|Finders|Repository|Transaction|Document|Class)$/;
const collide = (a, b) =>
  a.toLowerCase() === b.toLowerCase() || a.replace(SUFFIX, '') === b || b.replace(SUFFIX, '') === a;

/** The nearest folder above with a tsconfig, else the repository. */
function projectOf(file, top) {
  for (let at = dirname(file); at.startsWith(top); at = dirname(at))
    for (const name of ['tsconfig.json', 'tsconfig.base.json'])
      if (existsSync(join(at, name))) return { root: at, tsconfig: join(at, name) };
  return { root: top, tsconfig: undefined };
}

/** Converts and generates one class alone. An id is added where the class and its bases have none. */
async function tryClass(item, mode) {
  const generateWith = async (keyless) => {
    replaceFile(item.file, convert(item.text, mode, new Set([item.name]), keyless));
    try {
      const result = await generate({
        root: item.root,
        schemas: relative(item.root, item.file),
        tsconfig: item.tsconfig,
        output: 'nuthatch',
        isDryRun: true,
      });
      return result.diagnostics;
    } catch (error) {
      return [{ code: error.code ?? 'CRASH', message: String(error.message).split('\n')[0] }];
    }
  };
  let keyless = new Set();
  let diagnostics = await generateWith(keyless);
  if (diagnostics.some(({ code }) => code === 'NO_ID')) {
    keyless = new Set([item.name]);
    diagnostics = await generateWith(keyless);
  } else if (diagnostics.length > 0) {
    // Whether the class has an id is only asked once its fields are read: one is added here, and refused if it is too many.
    const others = await generateWith(new Set([item.name]));
    if (others.length < diagnostics.length) diagnostics = others;
  }
  replaceFile(item.file, convert(item.text, mode, new Set(), new Set()));
  return { ...item, keyless, diagnostics };
}

async function run(mode) {
  const work = mkdtempSync(join(resolve(folder), '..', `public-${mode}-`));
  linkPackages([join(ROOT, 'node_modules'), join(folder, 'node_modules')], join(work, 'node_modules'));
  const items = [];
  for (const { repository, files } of sample) {
    const top = join(work, repository.replace('/', '+'));
    linkTree(join(folder, repository.replace('/', '+')), top);
    // Bases and parts of the sample's classes lie in files that are not in the list.
    for (const file of sourcesIn(top)) {
      const text = readFileSync(file, 'utf8');
      if (isOfLibrary(text)) replaceFile(file, convert(text, mode, new Set(), new Set()));
    }
    for (const path of Object.keys(files)) {
      const file = join(top, path);
      const text = readFileSync(join(folder, repository.replace('/', '+'), path), 'utf8');
      replaceFile(file, convert(text, mode, new Set(), new Set()));
      for (const name of candidateClasses(text)) items.push({ repository, file, text, name, ...projectOf(file, top) });
    }
  }
  const before = process.cpuUsage();
  const results = [];
  for (const item of items) results.push(await tryClass(item, mode));
  const { user, system } = process.cpuUsage(before);
  console.error(
    `${mode}: ${items.length} classes read one by one in ${Math.round((user + system) / 1e6)} s of CPU; ${work}`,
  );
  return { mode, work, results };
}

function report({ mode, results }) {
  const clean = results.filter(({ diagnostics }) => diagnostics.length === 0);
  console.log(
    `\n## ${mode}: ${clean.length} of ${results.length} clean (${((100 * clean.length) / results.length).toFixed(1)} %)\n`,
  );
  console.log('| repository | classes | clean |\n|---|---:|---:|');
  for (const { repository } of sample) {
    const own = results.filter((result) => result.repository === repository);
    console.log(
      `| ${repository} | ${own.length} | ${own.filter(({ diagnostics }) => diagnostics.length === 0).length} |`,
    );
  }
  const causes = new Map();
  for (const { diagnostics, name, file } of results) {
    const kinds = new Set(diagnostics.map(causeOf));
    for (const kind of kinds) {
      const known = causes.get(kind) ?? { classes: 0, alone: 0, examples: [] };
      known.classes++;
      if (kinds.size === 1) known.alone++;
      if (known.examples.length < 3) {
        const first = diagnostics.find((diagnostic) => causeOf(diagnostic) === kind);
        known.examples.push(`${name}: ${first.message}${values.verbose ? ` (${file}:${first.position?.line})` : ''}`);
      }
      causes.set(kind, known);
    }
  }
  console.log('\n| cause | classes | the only cause | for example |\n|---|---:|---:|---|');
  for (const [kind, { classes, alone, examples }] of [...causes].sort((a, b) => b[1].classes - a[1].classes))
    console.log(
      `| ${kind} | ${classes} | ${alone} | ${(values.verbose ? examples.join('; ') : examples[0]).replace(/\|/g, '\\|').slice(0, values.verbose ? 600 : 140)} |`,
    );
}

for (const mode of values.mode ? [values.mode] : MODES) {
  const outcome = await run(mode);
  report(outcome);
  if (mode === 'leftovers') await together(outcome);
}

function groupByFile(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.file, [...(groups.get(item.file) ?? []), item]);
  return groups;
}

/** Generates all that is read, in as few runs as names allow; compiles; writes and reads documents. */
async function together({ work, results }) {
  const clean = results.filter(({ diagnostics }) => diagnostics.length === 0);
  const batches = new Map();
  for (const item of clean) {
    for (let number = 0; ; number++) {
      const id = `${item.root} ${number}`;
      const batch = batches.get(id) ?? {
        root: item.root,
        tsconfig: item.tsconfig,
        output: `nuthatch${number}`,
        items: [],
      };
      if (batch.items.some(({ name }) => collide(name, item.name))) continue;
      batch.items.push(item);
      batches.set(id, batch);
      break;
    }
  }
  // An id that was added to a class is there in every run, whichever generates it: the class may be a part of another.
  const convertAll = (documents) => {
    for (const [file, own] of groupByFile(clean)) {
      const names = new Set(own.filter((item) => documents.includes(item)).map(({ name }) => name));
      const keyless = new Set(own.flatMap((item) => [...item.keyless]));
      replaceFile(file, convert(own[0].text, 'leftovers', names, keyless));
    }
  };
  let cpuMs = 0;
  for (const batch of batches.values()) {
    convertAll(batch.items);
    const before = process.cpuUsage();
    const schemas = [...new Set(batch.items.map(({ file }) => relative(batch.root, file)))];
    const { diagnostics } = await generate({
      root: batch.root,
      schemas,
      tsconfig: batch.tsconfig,
      output: batch.output,
    });
    const { user, system } = process.cpuUsage(before);
    cpuMs += (user + system) / 1000;
    batch.diagnostics = diagnostics;
    for (const { code, message } of diagnostics) console.log(`together only: ${code} ${message}`);
  }
  console.log(`\n${clean.length} classes in ${batches.size} runs: ${Math.round(cpuMs)} ms of CPU to generate`);
  const all = [...batches.values()].filter(({ diagnostics }) => diagnostics.length === 0);
  // All classes of a file are decorated again, whichever run generated them.
  convertAll(all.flatMap((batch) => batch.items));
  for (const isStrict of [true, false]) {
    const errors = all.flatMap((batch) => compile(batch, isStrict, ROOT));
    console.log(`tsc ${isStrict ? 'strict' : 'loose'}: ${errors.length} errors in generated code`);
    for (const error of errors.slice(0, values.verbose ? 500 : 15)) console.log(`- ${error.replace(work, '')}`);
  }
  mkdirSync(join(work, 'round-trip'), { recursive: true });
  const totals = {};
  for (const [index, { root, output, tsconfig }] of all.entries()) {
    const job = join(work, 'round-trip', `${index}.json`);
    writeFileSync(job, JSON.stringify({ root, output, tsconfig, directory: join(work, 'round-trip', String(index)) }));
    const child = spawnSync(
      process.execPath,
      ['--preserve-symlinks', join(ROOT, 'bench/lib/public-classes/round-trip.cjs'), job],
      {
        encoding: 'utf8',
      },
    );
    const line = child.stdout?.trim().split('\n').at(-1);
    let told;
    try {
      told = JSON.parse(line);
    } catch {
      told = {
        crashed: 1,
        notes: [
          `${relative(work, root)}/${output}: ${child.stderr.split('\n').filter(Boolean).slice(0, 8).join(' ').slice(0, 400)}`,
        ],
      };
    }
    for (const [key, value] of Object.entries(told))
      if (typeof value === 'number') totals[key] = (totals[key] ?? 0) + value;
    for (const note of told.notes ?? []) console.log(`- ${note}`);
  }
  console.log(`round trip: ${JSON.stringify(totals)}`);
}
