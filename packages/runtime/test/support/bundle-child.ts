/**
 * Makes one JavaScript file of a test's child process and all the TypeScript it imports: a process that is to be
 * killed two hundred times must not compile two hundred files each time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from '@swc/core';

const PACKAGES = resolve(__dirname, '../../..');
const REQUIRE = /\brequire\("([^"]+)"\)/g;

/**
 * Bundles `entry` into `outputFile`. Packages of ours and relative imports are taken in, all others stay `require`s.
 * About a second for the whole engine.
 */
export function bundleChild(entry: string, outputFile: string): void {
  const idOf = new Map<string, number>();
  const sources: string[] = [];
  const take = (file: string): number => {
    const known = idOf.get(file);
    if (known !== undefined) return known;
    const id = idOf.size;
    idOf.set(file, id);
    const code = compiled(file).replace(REQUIRE, (call, name: string) => {
      const target = sourceOf(name, dirname(file));
      return target === undefined ? call : `__load(${take(target)})`;
    });
    sources[id] = `(module, exports) => {\n${code}\n}`;
    return id;
  };
  take(entry);
  writeFileSync(outputFile, `${PRELUDE}\nconst __modules = [\n${sources.join(',\n')}\n];\n__load(0);\n`);
}

const PRELUDE = `'use strict';
const __loaded = [];
function __load(id) {
  const module = (__loaded[id] ??= { exports: {}, isRun: false });
  if (!module.isRun) {
    module.isRun = true;
    __modules[id](module, module.exports);
  }
  return module.exports;
}`;

function compiled(file: string): string {
  return transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    swcrc: false,
    configFile: false,
    module: { type: 'commonjs', ignoreDynamic: true },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true },
    },
  }).code;
}

/** The source file of an import that belongs into the bundle. */
function sourceOf(name: string, from: string): string | undefined {
  const ours = /^@nuthatch\/([a-z]+)(?:\/([a-z]+))?$/.exec(name);
  if (ours) return join(PACKAGES, ours[1] as string, 'src', `${ours[2] ?? 'index'}.ts`);
  return name.startsWith('.') ? resolve(from, name.replace(/\.js$/, '.ts')) : undefined;
}
