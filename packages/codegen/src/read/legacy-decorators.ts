/** Whether the project compiles decorators in the form that the packages it uses are made for. */
import { basename } from 'node:path';
import { readCompilerOptions } from './compiler-options.js';

/** Their decorators know the legacy form only: in the other one they throw when the class is loaded. */
const LEGACY_ONLY = /\bfrom\s*['"](class-validator|class-transformer)['"]/;

/** @returns what is missing and what to do, in one line; undefined when nothing is. */
export function missingLegacyDecorators(
  texts: ReadonlyMap<string, string>,
  tsconfig: string | undefined,
): string | undefined {
  const packageNames = new Set<string>();
  for (const text of texts.values()) {
    const [, name] = LEGACY_ONLY.exec(text) ?? [];
    if (name !== undefined) packageNames.add(name);
  }
  if (packageNames.size === 0) return undefined;
  if (tsconfig !== undefined && readCompilerOptions(tsconfig).experimentalDecorators === true) return undefined;
  const file = tsconfig === undefined ? 'a tsconfig.json' : basename(tsconfig);
  return `${[...packageNames].join(' and ')} needs legacy decorators: set "experimentalDecorators": true in the compilerOptions of ${file}.`;
}
