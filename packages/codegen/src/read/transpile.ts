/**
 * Turns one TypeScript module into JavaScript as the project's own compiler would: for programs that run sources
 * without a build.
 */
import type { ts } from '@ts-morph/common';

/**
 * Path and text of a module in; JavaScript with ES imports out, that Node 20 understands. Types are not checked.
 *
 * @throws SyntaxError naming the place. The compiler itself goes on after such errors with what it guesses: half of a
 *   file would run as if it were the whole.
 */
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
  return (path, text) => {
    const settings = { fileName: path, compilerOptions, reportDiagnostics: true };
    const { outputText, diagnostics = [] } = ts.transpileModule(text, settings);
    // Others are about the settings, which the project's own compiler judges.
    const broken = diagnostics.find(
      ({ file, category }) => file !== undefined && category === ts.DiagnosticCategory.Error,
    );
    if (broken === undefined) return outputText;
    const { line, character } = ts.getLineAndCharacterOfPosition(broken.file!, broken.start ?? 0);
    const what = ts.flattenDiagnosticMessageText(broken.messageText, ' ');
    throw new SyntaxError(`${path}:${line + 1}:${character + 1}: ${what}`);
  };
}
