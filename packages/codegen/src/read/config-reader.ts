/** Reads the default export of a configuration in TypeScript without running it. */
import { readFileSync } from 'node:fs';

/** The plain data a file exports by default, `defineConfig(…)` around it or not; `undefined` when it is none. */
export async function readConfigObject(path: string): Promise<unknown> {
  const [{ ts }, { readConstant, UNKNOWN }, { ModuleGraph }] = await Promise.all([
    import('@ts-morph/common'),
    import('./constant-reader.js'),
    import('./module-graph.js'),
  ]);
  const graph = new ModuleGraph((file) => readFileSync(file, 'utf8'));
  const source = graph.parse(path);
  const assignment = source.statements.find((statement) => ts.isExportAssignment(statement));
  if (!assignment || !ts.isExportAssignment(assignment)) return undefined;
  const { expression } = assignment;
  const [argument] = ts.isCallExpression(expression) ? expression.arguments : [expression];
  const value = argument ? readConstant(argument, graph) : UNKNOWN;
  return value === UNKNOWN || typeof value !== 'object' || value === null || Array.isArray(value)
    ? undefined
    : { ...value };
}
