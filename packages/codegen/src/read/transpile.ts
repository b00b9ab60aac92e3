/** Turns one TypeScript module into JavaScript as the project's own compiler would: for whoever runs sources unbuilt. */
import { dirname, resolve } from 'node:path';
import type { ts } from 'ts-morph';

/** Path and text of a module in; JavaScript with ES imports out, that Node 20 understands. Types are not checked. */
export type Transpile = (path: string, text: string) => string;

/**
 * The settings that change what a class does when it runs (form of decorators, meaning of a field without a value) are
 * those of the tsconfig, `extends` included.
 *
 * @param tsconfig without one, decorators are the legacy ones.
 */
export async function transpilerFor(tsconfig: string | undefined): Promise<Transpile> {
  const { ts } = await import('ts-morph');
  const given: ts.CompilerOptions =
    tsconfig === undefined ? { experimentalDecorators: true } : compilerOptionsOf(ts, tsconfig);
  const target = given.target ?? ts.ScriptTarget.ES2022;
  const compilerOptions: ts.CompilerOptions = {
    ...given,
    useDefineForClassFields: given.useDefineForClassFields ?? target >= ts.ScriptTarget.ES2022,
    // Newer syntax (`using`, TC39 decorators) is more than Node 20 reads.
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    isolatedModules: true,
    // What would leave the text empty, or in need of a package.
    noEmit: false,
    emitDeclarationOnly: false,
    importHelpers: false,
    noEmitHelpers: false,
    sourceMap: false,
    inlineSourceMap: false,
  };
  return (path, text) => ts.transpileModule(text, { fileName: path, compilerOptions }).outputText;
}

/** The settings of a tsconfig, `extends` included. What it says wrongly is for the user's own build to find. */
export function compilerOptionsOf(typescript: typeof ts, tsconfig: string): ts.CompilerOptions {
  const { config } = typescript.readConfigFile(tsconfig, typescript.sys.readFile);
  const folder = dirname(resolve(tsconfig));
  const host: ts.ParseConfigHost = { ...typescript.sys, readDirectory: () => [] };
  return typescript.parseJsonConfigFileContent(config ?? {}, host, folder).options;
}
