/** The types that `declare global` and scripts of the project declare: names that no module has to import. */
import { ts } from '@ts-morph/common';
import { projectFiles } from './compiler-options.js';
import type { ParsedModules } from './parsed-modules.js';
import { meant, type Resolved } from './resolved.js';

/** Walks all files that the tsconfig takes in, and parses those that may declare any. */
export function globalDeclarations(
  modules: ParsedModules,
  tsconfig: string | undefined,
): ReadonlyMap<string, Resolved> {
  const globals = new Map<string, Resolved>();
  for (const path of tsconfig === undefined ? [] : projectFiles(tsconfig)) {
    const text = modules.readText(path);
    const isModule = /^\s*(import|export)\b/m.test(text);
    if (isModule && !/\bdeclare\s+global\b/.test(text)) continue;
    const file = modules.parse(path);
    for (const block of isModule ? globalBlocks(file) : [file])
      for (const [name, all] of modules.namesIn(block, block.statements).declarations)
        if (!globals.has(name)) globals.set(name, meant(all, file, 'type'));
  }
  return globals;
}

function globalBlocks(file: ts.SourceFile): readonly ts.ModuleBlock[] {
  return file.statements
    .filter(ts.isModuleDeclaration)
    .flatMap(({ flags, body }) =>
      flags & ts.NodeFlags.GlobalAugmentation && body && ts.isModuleBlock(body) ? [body] : [],
    );
}
