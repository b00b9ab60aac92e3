/** `@Vector({ dimensions, metric })` and `.vector(…)` in the source → dimensions and metric. */
import type { VectorModel } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import { readConstant } from './constant-reader.js';
import type { FoundDecorator } from './decorator-reader.js';
import type { ModuleGraph } from './module-graph.js';
import { positionOf } from './source-position.js';

export const VECTOR_HINT = "write for example @Vector({ dimensions: 384, metric: 'cosine' }), with plain values.";

/** Undefined after diagnostics. Whether the field can hold a vector, and the values of the options, are the model's check. */
export function readVector(
  decorator: FoundDecorator,
  field: string,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): VectorModel | undefined {
  const read = readVectorOptions(decorator.args[0], graph);
  if (typeof read !== 'string') return { field, ...read };
  diagnostics.add('BAD_DECORATOR', positionOf(decorator.node), `@Vector on ${field} ${read}`, VECTOR_HINT);
  return undefined;
}

/** The options, or what is wrong with them. */
export function readVectorOptions(
  node: ts.Expression | undefined,
  graph: ModuleGraph,
): Omit<VectorModel, 'field'> | string {
  const options = node && readConstant(node, graph);
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return 'has no options that are plain data';
  const { dimensions, metric, ...others } = options as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has no option ${unknown}`;
  if (typeof dimensions !== 'number') return 'has no `dimensions` that are a number';
  if (typeof metric !== 'string') return 'has no `metric` that is a text';
  return { dimensions, metric: metric as VectorModel['metric'] };
}
