/**
 * Writes documents of random values through generated code, reopens, and compares. One process for each generated
 * folder; modules that are not installed are stood in for by objects that answer anything.
 */
const { readFileSync, existsSync, statSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { ts } = createRequireOf('codegen')('ts-morph');

function createRequireOf(name) {
  return Module.createRequire(join(__dirname, '../../../packages', name, 'package.json'));
}

const { root, output, tsconfig, directory } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const given = (tsconfig && ts.readConfigFile(tsconfig, ts.sys.readFile).config?.compilerOptions) || {};
const baseUrl = join(root, given.baseUrl ?? '.');

/** Answers anything: a class, a function, an object of such. */
const STAND_IN = new Proxy(function StandIn() {}, {
  get: (target, name) =>
    name === 'prototype' ? target.prototype : name === Symbol.toPrimitive ? () => 'stand-in' : STAND_IN,
  // As a decorator it leaves alone what it stands on.
  apply: (_, __, [first, second]) =>
    typeof second === 'string' ||
    /^class\b/.test(Function.prototype.toString.call(typeof first === 'function' ? first : Object))
      ? undefined
      : STAND_IN,
  construct: () => ({}),
});

const isFile = (path) => existsSync(path) && statSync(path).isFile();

function sourceOf(base) {
  const stem = base.replace(/\.[mc]?js$/, '');
  return [base, `${stem}.ts`, `${stem}.tsx`, `${base}.ts`, `${base}/index.ts`].find(isFile);
}

function fromPaths(request) {
  for (const [pattern, targets] of Object.entries(given.paths ?? {})) {
    const [before, after = ''] = pattern.split('*');
    const isMatch = pattern.includes('*') ? request.startsWith(before) && request.endsWith(after) : request === pattern;
    if (!isMatch) continue;
    const rest = request.slice(before.length, request.length - after.length);
    for (const target of targets) {
      const found = sourceOf(resolve(baseUrl, target.replace('*', rest)));
      if (found) return found;
    }
  }
  return given.baseUrl ? sourceOf(resolve(baseUrl, request)) : undefined;
}

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const isOwn = request.startsWith('.') || request.startsWith('/');
  if (isOwn && parent?.filename) {
    const found = sourceOf(resolve(dirname(parent.filename), request));
    if (found) return found;
  }
  const aliased = isOwn ? undefined : fromPaths(request);
  if (aliased) return aliased;
  try {
    return resolveFilename.call(this, request, parent, ...rest);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    return 'nuthatch-stand-in';
  }
};
require.cache['nuthatch-stand-in'] = {
  id: 'nuthatch-stand-in',
  filename: 'nuthatch-stand-in',
  loaded: true,
  exports: STAND_IN,
};
for (const extension of ['.ts', '.tsx', '.mts', '.cts'])
  Module._extensions[extension] = (module, file) => {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      fileName: file,
      compilerOptions: {
        experimentalDecorators: true,
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        useDefineForClassFields: false,
        esModuleInterop: true,
      },
    });
    try {
      module._compile(outputText, file);
    } catch (error) {
      // What a library's own sources do when they are loaded is not what is asked here.
      if (/nuthatch\d/.test(file) || outputText.includes('NuthatchDocument')) throw error;
      module.exports = STAND_IN;
    }
  };

const { randomDocument, plain } = require('./values.cjs');

async function main() {
  const { openDatabase, definitions } = require(join(root, output, 'index.ts'));
  const totals = {
    opened: 1,
    classes: definitions.length,
    documents: 0,
    equal: 0,
    different: 0,
    ruledOut: 0,
    failed: 0,
    notes: [],
  };
  const note = (text) => totals.notes.length < 12 && totals.notes.push(text);
  const written = new Map();
  let db = await openDatabase({ directory });
  for (const { model } of definitions) {
    for (let number = 0; number < 3; number++) {
      const input = randomDocument(model, number);
      try {
        const document = await db[model.collection].insert(input);
        totals.documents++;
        const key =
          model.key.fields.length === 1
            ? document[model.key.fields[0]]
            : Object.fromEntries(model.key.fields.map((field) => [field, document[field]]));
        const text = plain(document);
        for (const [field, value] of Object.entries(input))
          if (plain(value) !== plain(document[field])) {
            totals.different++;
            note(`${model.name}.${field}: ${plain(value)} became ${plain(document[field])} on insert`);
          }
        written.set(`${model.collection} ${number}`, { key, text, collection: model.collection });
      } catch (error) {
        const isRule =
          error.code === 'VALIDATION_FAILED' && !/must be an? (string|number|boolean|Date|array)$/.test(error.message);
        if (isRule) totals.ruledOut++;
        else {
          totals.failed++;
          note(
            `${model.name}: ${error.code ?? error.name} ${process.env.STACKS ? error.stack : String(error.message).slice(0, 300)}`,
          );
        }
      }
    }
  }
  await db.close();
  db = await openDatabase({ directory });
  for (const { key, text, collection } of written.values()) {
    const found = db[collection].get(key);
    if (found && plain(found) === text) totals.equal++;
    else {
      totals.different++;
      note(`${collection}: ${text.slice(0, 200)} became ${found && plain(found).slice(0, 200)}`);
    }
  }
  await db.close();
  console.log(JSON.stringify(totals));
}

main().catch((error) => {
  console.log(
    JSON.stringify({
      failedToOpen: 1,
      notes: [
        `${root} ${output}: ${error.code ?? error.name} ${process.env.STACKS ? error.stack : String(error.message).slice(0, 500)}`,
      ],
    }),
  );
});
