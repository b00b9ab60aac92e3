/** The name of a member of a class or interface, as it is stored. */
import { ts } from '@ts-morph/common';
import { constantNamed, readConstant } from './constant-reader.js';
import type { ModuleGraph } from './module-graph.js';
import { propertyNameText } from './type-scope.js';

/**
 * The name; `'marker'` for one that is a symbol and has no value (`[OptionalProps]?: 'role'`), which says something to
 * a library only; undefined for private names and for values under a symbol.
 */
export function memberName(
  { name, initializer }: { readonly name: ts.PropertyName; readonly initializer?: ts.Expression | undefined },
  graph: ModuleGraph,
): { readonly text: string } | 'marker' | undefined {
  const text = propertyNameText(name);
  if (text !== undefined) return { text };
  if (!ts.isComputedPropertyName(name)) return undefined;
  const value = readConstant(name.expression, graph);
  if (typeof value === 'string' || typeof value === 'number') return { text: String(value) };
  return initializer === undefined && isSymbol(name.expression, graph) ? 'marker' : undefined;
}

function isSymbol(node: ts.Expression, graph: ModuleGraph): boolean {
  if (ts.isPropertyAccessExpression(node)) return true;
  if (!ts.isIdentifier(node)) return false;
  const variable = constantNamed(node, graph);
  if (!variable) return graph.packageName(node.text, node.getSourceFile()) !== undefined;
  const isCalled = variable.initializer?.getText().startsWith('Symbol') ?? false;
  return isCalled || variable.type?.getText() === 'unique symbol';
}

/** A member under a symbol, which instances have for the compiler alone. */
export function isMarker(member: ts.TypeElement | ts.ClassElement, graph: ModuleGraph): boolean {
  const isProperty = ts.isPropertyDeclaration(member) || ts.isPropertySignature(member);
  return isProperty && ts.isComputedPropertyName(member.name) && memberName(member, graph) === 'marker';
}
