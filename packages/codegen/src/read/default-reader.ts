/** A field's initializer → what an insert without the field gets. */
import { type FieldDefault, isJsonData } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { readConstant, UNKNOWN } from './constant-reader.js';
import type { ModuleGraph } from './module-graph.js';

export function readDefault(node: ts.Expression, graph: ModuleGraph): FieldDefault | undefined {
  if (ts.isIdentifier(node) && node.text === 'undefined') return undefined;
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && (node.arguments?.length ?? 0) === 0) {
    const empty = { Map: 'map', Set: 'set', Uint8Array: 'bytes', Array: 'array' }[node.expression.text];
    if (empty) return { kind: 'empty', of: empty as 'map' };
    if (node.expression.text === 'Date') return { kind: 'now' };
  }
  if (ts.isArrayLiteralExpression(node) && node.elements.length === 0) return { kind: 'empty', of: 'array' };
  if (ts.isObjectLiteralExpression(node) && node.properties.length === 0) return { kind: 'empty', of: 'object' };
  const value = readConstant(node, graph);
  const json = value === UNKNOWN || ts.isRegularExpressionLiteral(node) ? undefined : toJson(value);
  return json === undefined ? { kind: 'initializer' } : { kind: 'literal', json };
}

function toJson(value: unknown): string | undefined {
  if (typeof value === 'bigint') return JSON.stringify({ bigint: String(value) });
  return isJsonData(withPrototypes(value)) ? JSON.stringify(value) : undefined;
}

/** Constants are read into objects without a prototype, so that `__proto__` is a name as any other. */
function withPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPrototypes);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withPrototypes(part)]));
}
