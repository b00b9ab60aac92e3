/** Values that stand in the source as plain data: literals, lists, objects, constants and enum members. Never runs code. */
import { ts } from 'ts-morph';
import type { ModuleGraph } from './module-graph.js';

/** A value that is not plain data. */
export const UNKNOWN = Symbol('unknown');

/** A regular expression as the source has it. */
export interface RegExpText {
  readonly regExp: string;
  readonly flags: string;
}

/** The value of an expression, or `UNKNOWN`. A regular expression is answered as a RegExpText, a bigint as a bigint. */
export function readConstant(node: ts.Expression, graph: ModuleGraph, depth = 0): unknown {
  if (depth > 20) return UNKNOWN;
  const read = (part: ts.Expression): unknown => readConstant(part, graph, depth + 1);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isBigIntLiteral(node)) return BigInt(node.text.slice(0, -1));
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return { regExp: node.text.slice(1, end), flags: node.text.slice(end + 1) } satisfies RegExpText;
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return read(node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = read(node.operand);
    return typeof value === 'number' || typeof value === 'bigint' ? -value : UNKNOWN;
  }
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map(read);
    return items.includes(UNKNOWN) ? UNKNOWN : items;
  }
  if (ts.isObjectLiteralExpression(node)) return readObject(node, read);
  if (ts.isIdentifier(node)) {
    const resolved = graph.resolve(node.text, node.getSourceFile());
    if (!resolved || !ts.isVariableDeclaration(resolved.declaration) || !resolved.declaration.initializer)
      return UNKNOWN;
    const isConst = (resolved.declaration.parent.flags & ts.NodeFlags.Const) !== 0;
    return isConst ? read(resolved.declaration.initializer) : UNKNOWN;
  }
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const resolved = graph.resolve(node.expression.text, node.getSourceFile());
    if (resolved && ts.isEnumDeclaration(resolved.declaration))
      return enumValues(resolved.declaration).get(node.name.text) ?? UNKNOWN;
  }
  return UNKNOWN;
}

/** Members of an enum with their values; computed ones are left out. */
export function enumValues(declaration: ts.EnumDeclaration): ReadonlyMap<string, string | number> {
  const values = new Map<string, string | number>();
  let next: number | undefined = 0;
  for (const member of declaration.members) {
    const name = ts.isIdentifier(member.name) || ts.isStringLiteral(member.name) ? member.name.text : undefined;
    const given = member.initializer;
    let value: string | number | undefined = next;
    if (given && ts.isStringLiteralLike(given)) value = given.text;
    else if (given && ts.isNumericLiteral(given)) value = Number(given.text);
    else if (given && ts.isPrefixUnaryExpression(given) && ts.isNumericLiteral(given.operand))
      value = -Number(given.operand.text);
    else if (given) value = undefined;
    next = typeof value === 'number' ? value + 1 : undefined;
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}

function readObject(node: ts.ObjectLiteralExpression, read: (part: ts.Expression) => unknown): unknown {
  const result: Record<string, unknown> = Object.create(null);
  for (const property of node.properties) {
    if (!ts.isPropertyAssignment(property)) return UNKNOWN;
    const { name } = property;
    if (!ts.isIdentifier(name) && !ts.isStringLiteral(name) && !ts.isNumericLiteral(name)) return UNKNOWN;
    const value = read(property.initializer);
    if (value === UNKNOWN) return UNKNOWN;
    result[name.text] = value;
  }
  return result;
}
