/** Lets a child process of a test run the TypeScript sources without a build: `node -r typescript-hook.cjs file.ts`. */
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const PACKAGES = resolve(__dirname, '../../..');
const jsc = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true },
};

require.extensions['.ts'] = (module, filename) => {
  const options = { filename, jsc, module: { type: 'commonjs' }, swcrc: false, configFile: false };
  module._compile(transformSync(readFileSync(filename, 'utf8'), options).code, filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function resolveSource(request, parent, ...rest) {
  const ours = /^@nuthatch\/([a-z]+)$/.exec(request);
  if (ours) return join(PACKAGES, ours[1], 'src/index.ts');
  if (request.startsWith('.') && request.endsWith('.js') && parent?.filename) {
    const source = resolve(dirname(parent.filename), `${request.slice(0, -3)}.ts`);
    if (existsSync(source)) return source;
  }
  return resolveFilename.call(this, request, parent, ...rest);
};
