/** `@Ref(() => Club, { onDelete, pin })` and `.ref(…)` in the source → the class it names, and what it says. */
import { isOnDelete } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { readConstant, unwrapped } from './constant-reader.js';
import type { FoundReference } from './found-reference.js';
import type { ModuleGraph } from './module-graph.js';
import { NUTHATCH } from './own-packages.js';

const TYPED_KEYS: ReadonlySet<string> = new Set(['Key', 'KeyLike', 'ReleasedKey']);

/** The reference, or what is wrong with it. */
export function readReference(
  field: string,
  args: readonly ts.Expression[],
  node: ts.Node,
  graph: ModuleGraph,
  type?: ts.TypeNode,
): FoundReference | string {
  const [targetNode, optionsNode] = args;
  const target = targetNode && targetOf(targetNode);
  if (!target) return 'takes a function that answers a class: write () => Club';
  const resolved = graph.resolveQualified(target, target.getSourceFile(), 'value');
  if (!resolved) return `names ${target.getText()}, which cannot be found`;
  const how = readOptions(optionsNode, graph);
  if (typeof how === 'string') return how;
  const keysOf = type && typedKeysIn(type, graph);
  return { field, target: resolved.declaration, targetName: target.getText(), how, node, keysOf };
}

/** The first typed key that a type is written with. */
function typedKeysIn(node: ts.Node, graph: ModuleGraph): FoundReference['keysOf'] {
  if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
    const [name] = node.typeArguments ?? [];
    const found = graph.packageName(node.typeName.text, node.getSourceFile());
    const isKey = found !== undefined && NUTHATCH.test(found.module) && TYPED_KEYS.has(found.name);
    if (isKey && name && ts.isLiteralTypeNode(name))
      return ts.isStringLiteral(name.literal) ? { name: name.literal.text, node } : undefined;
  }
  return ts.forEachChild(node, (child) => typedKeysIn(child, graph));
}

/** `() => Club`, `() => { return Club; }`, `() => clubs.Club`. */
function targetOf(node: ts.Expression): ts.Identifier | ts.PropertyAccessExpression | undefined {
  const made = unwrapped(node);
  if (!ts.isArrowFunction(made) && !ts.isFunctionExpression(made)) return undefined;
  const { body } = made;
  if (!ts.isBlock(body)) return nameOf(body);
  const [only, ...others] = body.statements;
  if (!only || others.length > 0 || !ts.isReturnStatement(only) || !only.expression) return undefined;
  return nameOf(only.expression);
}

function nameOf(node: ts.Expression): ts.Identifier | ts.PropertyAccessExpression | undefined {
  const value = unwrapped(node);
  return ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) ? value : undefined;
}

function readOptions(node: ts.Expression | undefined, graph: ModuleGraph): FoundReference['how'] | string {
  const options = node ? readConstant(node, graph) : {};
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return 'has options that are not plain data';
  const { onDelete, pin, ...others } = options as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has no option ${unknown}`;
  if (onDelete !== undefined && !isOnDelete(onDelete)) return "has `onDelete` 'restrict', 'cascade' or 'setAbsent'";
  if (pin === undefined || pin === false) return { onDelete: onDelete ?? 'restrict' };
  if (pin !== true) return 'has `pin` true or false';
  return onDelete === undefined ? { pin: true } : 'has either `pin` or `onDelete`: a release is never deleted';
}
