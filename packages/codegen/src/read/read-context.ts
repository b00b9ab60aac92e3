/** Shared by all reading of sources: the graph of modules, where diagnostics go, what the type checker finds. */
import type { ts } from '@ts-morph/common';
import type { DiagnosticCode, Diagnostics } from '../diagnostic.js';
import type { InferredTypes } from './inferred-types.js';
import type { ModuleGraph } from './module-graph.js';
import { positionOf } from './source-position.js';

export interface ReadContext {
  readonly graph: ModuleGraph;
  readonly diagnostics: Diagnostics;
  readonly inferred: InferredTypes;
  /** Documents and their bases, as far as they are read. */
  readonly readClasses: Set<ts.ClassDeclaration>;
}

/** Notes what is wrong with `node`. @param hint what to write instead. @returns undefined, for `return refuse(…)`. */
export function refuse(
  { diagnostics }: ReadContext,
  node: ts.Node,
  code: DiagnosticCode,
  message: string,
  hint: string,
): undefined {
  diagnostics.add(code, positionOf(node), message, hint);
  return undefined;
}
