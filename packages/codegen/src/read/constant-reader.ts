/**
 * Values that stand in the source as plain data: literals, lists, objects, constants, enum members and what operators
 * make of these. Never runs code; what cannot be told is `UNKNOWN`.
 */
import { ts } from '@ts-morph/common';
import type { ModuleGraph } from './module-graph.js';
import { binary, UNKNOWN, unary } from './operators.js';
import type { Resolved } from './resolved.js';

export { UNKNOWN };

/** A regular expression as the source has it. */
export interface RegExpText {
  readonly regExp: string;
  readonly flags: string;
}

/** The members of an enum that come before the one being read: its initializer names them bare. */
interface OwnMembers {
  readonly parts: readonly ts.Declaration[];
  readonly values: ReadonlyMap<string, string | number>;
}

/**
 * The value of an expression, or `UNKNOWN`. A regular expression is answered as a RegExpText, a bigint as a bigint.
 *
 * @param own the enum in which the expression stands.
 */
export function readConstant(node: ts.Expression, graph: ModuleGraph, depth = 0, own?: OwnMembers): unknown {
  if (depth > 50) return UNKNOWN;
  const read = (part: ts.Expression): unknown => readConstant(part, graph, depth + 1, own);
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
  const inner = unwrapped(node);
  if (inner !== node) return read(inner);
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(({ expression }) => read(expression));
    if (!parts.every((part) => typeof part === 'string' || typeof part === 'number')) return UNKNOWN;
    return node.head.text + parts.map((part, index) => `${part}${node.templateSpans[index]!.literal.text}`).join('');
  }
  if (ts.isPrefixUnaryExpression(node)) return unary(node.operator, read(node.operand));
  if (ts.isBinaryExpression(node)) return binary(node.operatorToken.kind, read(node.left), read(node.right));
  if (ts.isArrayLiteralExpression(node)) return readArray(node, read);
  if (ts.isObjectLiteralExpression(node)) return readObject(node, read);
  if (ts.isIdentifier(node)) return own?.values.get(node.text) ?? readName(node, graph, read);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return readMember(node, graph, read, depth, own);
  return UNKNOWN;
}

/** The expression within brackets, `as`, `satisfies`, `!` and `<T>`. */
export function unwrapped(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node)
    ? unwrapped(node.expression)
    : node;
}

/** `… as const` or `Object.freeze(…)`: nobody can have changed what is written. */
export function isFixed(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node)) return isFixed(node.expression);
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) return ts.isConstTypeReference(node.type);
  return isFrozen(node);
}

export function isFrozen(node: ts.Expression): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'Object.freeze' && node.arguments.length === 1;
}

/** The variable of a `const` that a name stands for. */
export function constantNamed(node: ts.Identifier, graph: ModuleGraph): ts.VariableDeclaration | undefined {
  const found = graph.resolve(node.text, node.getSourceFile(), 'value', node)?.declaration;
  return found && ts.isVariableDeclaration(found) && (found.parent.flags & ts.NodeFlags.Const) !== 0
    ? found
    : undefined;
}

function readName(node: ts.Identifier, graph: ModuleGraph, read: (part: ts.Expression) => unknown): unknown {
  const initializer = constantNamed(node, graph)?.initializer;
  if (initializer) return read(isFrozen(initializer) ? initializer.arguments[0]! : initializer);
  if (node.text === 'Infinity') return Number.POSITIVE_INFINITY;
  return node.text === 'NaN' ? Number.NaN : UNKNOWN;
}

/** `Role.Admin`, `LIMITS.most`, `WORDS[0]`, `types.Role.Admin`. */
function readMember(
  node: ts.PropertyAccessExpression | ts.ElementAccessExpression,
  graph: ModuleGraph,
  read: (part: ts.Expression) => unknown,
  depth: number,
  own: OwnMembers | undefined,
): unknown {
  const key = ts.isPropertyAccessExpression(node) ? node.name.text : read(node.argumentExpression);
  if (typeof key !== 'string' && typeof key !== 'number') return UNKNOWN;
  const owner = unwrapped(node.expression);
  const space = resolveEntity(owner, graph);
  if (space && ts.isEnumDeclaration(space.declaration))
    return (
      (own?.parts[0] === space.parts[0] ? own?.values : enumValues(space.parts, graph, depth + 1))?.get(String(key)) ??
      UNKNOWN
    );
  const variable = ts.isIdentifier(owner)
    ? constantNamed(owner, graph)
    : space && ts.isVariableDeclaration(space.declaration)
      ? space.declaration
      : undefined;
  const inNamespace = ts.isPropertyAccessExpression(node) ? resolveEntity(node, graph)?.declaration : undefined;
  if (inNamespace && ts.isVariableDeclaration(inNamespace) && inNamespace.initializer)
    return (inNamespace.parent.flags & ts.NodeFlags.Const) !== 0 ? read(inNamespace.initializer) : UNKNOWN;
  // A variable may be changed before the program reads it.
  if (!variable?.initializer || !isFixed(variable.initializer)) return UNKNOWN;
  const value = read(isFrozen(variable.initializer) ? variable.initializer.arguments[0]! : variable.initializer);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : UNKNOWN;
}

/** What `a.b.c` stands for: through namespaces and files imported as one. */
export function resolveEntity(node: ts.Expression, graph: ModuleGraph): Resolved | undefined {
  return graph.resolveQualified(node, node.getSourceFile(), 'value');
}

function readArray(node: ts.ArrayLiteralExpression, read: (part: ts.Expression) => unknown): unknown {
  const items: unknown[] = [];
  for (const element of node.elements) {
    const value = read(ts.isSpreadElement(element) ? element.expression : element);
    if (value === UNKNOWN || (ts.isSpreadElement(element) && !Array.isArray(value))) return UNKNOWN;
    if (ts.isSpreadElement(element)) items.push(...(value as unknown[]));
    else items.push(value);
  }
  return items;
}

function readObject(node: ts.ObjectLiteralExpression, read: (part: ts.Expression) => unknown): unknown {
  const result: Record<string, unknown> = Object.create(null);
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const value = read(property.expression);
      if (typeof value !== 'object' || value === null) return UNKNOWN;
      Object.assign(result, value);
      continue;
    }
    const name = propertyKey(property.name, read);
    const given = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const value = given && name !== undefined ? read(given) : UNKNOWN;
    if (value === UNKNOWN) return UNKNOWN;
    result[name!] = value;
  }
  return result;
}

/** A property's name; of a computed one its value. */
export function propertyKey(
  name: ts.PropertyName | undefined,
  read: (part: ts.Expression) => unknown,
): string | undefined {
  if (!name) return undefined;
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  if (ts.isNumericLiteral(name)) return String(Number(name.text));
  const value = ts.isComputedPropertyName(name) ? read(name.expression) : UNKNOWN;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/**
 * The members of an enum with their values, as the compiler evaluates them: all parts, other members, constants.
 * Those that only running the program tells are left out.
 */
export function enumValues(
  parts: readonly ts.Declaration[],
  graph: ModuleGraph,
  depth = 0,
): ReadonlyMap<string, string | number> {
  const values = new Map<string, string | number>();
  for (const part of parts) {
    // Of a `declare enum` that is not const the compiler takes no value for granted that is not written.
    const isWritten = !isAmbient(part);
    let next: unknown = isWritten ? 0 : UNKNOWN;
    for (const member of ts.isEnumDeclaration(part) ? part.members : []) {
      const value = member.initializer ? readConstant(member.initializer, graph, depth + 1, { parts, values }) : next;
      next = typeof value === 'number' && isWritten ? value + 1 : UNKNOWN;
      if (typeof value === 'string' || typeof value === 'number') values.set(enumMemberName(member), value);
    }
  }
  return values;
}

function isAmbient(part: ts.Declaration): boolean {
  const kinds = (ts.canHaveModifiers(part) ? (ts.getModifiers(part) ?? []) : []).map(({ kind }) => kind);
  if (kinds.includes(ts.SyntaxKind.ConstKeyword)) return false;
  return kinds.includes(ts.SyntaxKind.DeclareKeyword);
}

/** The members of all parts of an enum. */
export function enumMembers(parts: readonly ts.Declaration[]): readonly ts.EnumMember[] {
  return parts.flatMap((part) => (ts.isEnumDeclaration(part) ? [...part.members] : []));
}

export function enumMemberName({ name }: ts.EnumMember): string {
  return ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name) ? name.getText() : name.text;
}
