/**
 * Turns one TypeScript module into JavaScript as the project's own compiler would: for programs that run sources
 * without a build.
 */
import type { ts } from '@ts-morph/common';

/** Path and text of a module in; JavaScript with ES imports out, that Node 20 understands. Types are not checked. */
export type Transpile = (path: string, text: string) => string;

/**
 * The settings that change what a class does when it runs (form of decorators, meaning of a field without a value) are
 * those of the tsconfig, `extends` included.
 *
 * @param tsconfig without one, decorators are the legacy ones.
 */
export async function transpilerFor(tsconfig: string | undefined): Promise<Transpile> {
  const [{ ts }, { readCompilerOptions }] = await Promise.all([
    import('@ts-morph/common'),
    import('./compiler-options.js'),
  ]);
  const given: ts.CompilerOptions =
    tsconfig === undefined ? { experimentalDecorators: true } : readCompilerOptions(tsconfig);
  const target = given.target ?? ts.ScriptTarget.ES2022;
  const compilerOptions: ts.CompilerOptions = {
    ...given,
    useDefineForClassFields: given.useDefineForClassFields ?? target >= ts.ScriptTarget.ES2022,
    // Newer syntax (`using`, TC39 decorators) is more than Node 20 reads.
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    isolatedModules: true,
    // Transforms that would leave the text empty, or that need a package.
    noEmit: false,
    emitDeclarationOnly: false,
    importHelpers: false,
    noEmitHelpers: false,
    sourceMap: false,
    inlineSourceMap: false,
  };
  return (path, text) => ts.transpileModule(text, { fileName: path, compilerOptions }).outputText;
}
