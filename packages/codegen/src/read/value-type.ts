/**
 * The type of a value that stands in the source, as TypeScript infers it: for `typeof`, and for fields whose type is
 * not written. If the syntax alone does not show the type, the type checker decides.
 */
import type { FieldModel, FieldType, LiteralValue } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import {
  constantNamed,
  enumMembers,
  enumValues,
  isFrozen,
  propertyKey,
  readConstant,
  resolveEntity,
  UNKNOWN,
} from './constant-reader.js';
import type { ReadType, TypeReading, TypeScope } from './type-scope.js';
import { unionOf } from './union-type.js';

/** `fixed` within `as const`; `literal` of a constant, whose literals stay; `widened` of a field that may be assigned. */
export type Widening = 'fixed' | 'literal' | 'widened';

export function typeOfValue(
  node: ts.Expression,
  how: Widening,
  scope: TypeScope,
  reading: TypeReading,
  depth = 0,
): ReadType | undefined {
  if (depth > 30) return undefined;
  const inside = (part: ts.Expression, its: Widening): ReadType | undefined =>
    typeOfValue(part, its, scope, reading, depth + 1);
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node)) return inside(node.expression, how);
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    if (ts.isConstTypeReference(node.type)) return inside(node.expression, 'fixed');
    return reading.read(node.type, scope);
  }
  if (isFrozen(node)) return inside(node.arguments[0]!, 'fixed');
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return typeOfName(node, how, scope, reading, depth);
  if (ts.isArrayLiteralExpression(node)) return typeOfArray(node, how, inside);
  if (ts.isObjectLiteralExpression(node)) return typeOfObject(node, how, reading, inside);
  if (ts.isConditionalExpression(node)) return either([inside(node.whenTrue, how), inside(node.whenFalse, how)]);
  if (ts.isNewExpression(node)) return typeOfNew(node, scope, reading, inside);
  if (ts.isCallExpression(node)) return present(typeOfCall(node));
  return present(typeOfLiteral(node, how) ?? typeOfOperation(node, inside));
}

function present(type: FieldType | undefined): ReadType | undefined {
  return type && { type, optional: false };
}

function typeOfLiteral(node: ts.Expression, how: Widening): FieldType | undefined {
  const literal = (value: LiteralValue): FieldType =>
    how === 'widened' ? { kind: typeof value as 'string' } : { kind: 'literal', values: [value] };
  if (ts.isStringLiteralLike(node)) return literal(node.text);
  if (ts.isTemplateExpression(node)) return { kind: 'string' };
  if (ts.isNumericLiteral(node)) return literal(Number(node.text));
  if (
    ts.isPrefixUnaryExpression(node) &&
    node.operator === ts.SyntaxKind.MinusToken &&
    ts.isNumericLiteral(node.operand)
  )
    return literal(-Number(node.operand.text));
  if (ts.isBigIntLiteral(node)) return { kind: 'bigint' };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return literal(true);
  return node.kind === ts.SyntaxKind.FalseKeyword ? literal(false) : undefined;
}

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.InKeyword,
  ts.SyntaxKind.InstanceOfKeyword,
]);
const ARITHMETIC: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.AsteriskAsteriskToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
]);

function typeOfOperation(
  node: ts.Expression,
  inside: (part: ts.Expression, how: Widening) => ReadType | undefined,
): FieldType | undefined {
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.ExclamationToken) return { kind: 'boolean' };
    if (node.operator === ts.SyntaxKind.PlusToken) return { kind: 'number' };
    const { kind } = inside(node.operand, 'widened')?.type ?? {};
    return kind === 'number' || kind === 'bigint' ? { kind } : undefined;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const operator = node.operatorToken.kind;
  if (COMPARISONS.has(operator)) return { kind: 'boolean' };
  if (!ARITHMETIC.has(operator)) return undefined;
  const kinds = [node.left, node.right].map((part) => scalarKind(inside(part, 'widened')?.type));
  if (operator === ts.SyntaxKind.PlusToken && kinds.includes('string')) return { kind: 'string' };
  return kinds[0] === kinds[1] && (kinds[0] === 'number' || kinds[0] === 'bigint') ? { kind: kinds[0] } : undefined;
}

function scalarKind(type: FieldType | undefined): string | undefined {
  return type?.kind === 'literal' ? typeof type.values[0] : type?.kind;
}

function typeOfArray(
  node: ts.ArrayLiteralExpression,
  how: Widening,
  inside: (part: ts.Expression, how: Widening) => ReadType | undefined,
): ReadType | undefined {
  const its: Widening = how === 'fixed' ? 'fixed' : 'widened';
  const elements: FieldType[] = [];
  for (const element of node.elements) {
    const read = inside(ts.isSpreadElement(element) ? element.expression : element, its);
    if (!read || read.optional) return undefined;
    if (!ts.isSpreadElement(element)) elements.push(read.type);
    else if (read.type.kind === 'tuple' && !read.type.rest) elements.push(...read.type.elements);
    else if (read.type.kind === 'array' && how !== 'fixed') elements.push(read.type.element);
    else return undefined;
  }
  if (how === 'fixed') return present({ kind: 'tuple', elements, least: elements.length });
  const element = either(elements.map((type) => ({ type, optional: false })));
  return element && present({ kind: 'array', element: element.type });
}

function typeOfObject(
  node: ts.ObjectLiteralExpression,
  how: Widening,
  { graph }: TypeReading,
  inside: (part: ts.Expression, how: Widening) => ReadType | undefined,
): ReadType | undefined {
  const fields = new Map<string, FieldModel>();
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const of = inside(property.expression, how)?.type;
      if (of?.kind !== 'object') return undefined;
      for (const field of of.fields) fields.set(field.name, field);
      continue;
    }
    const name = propertyKey(property.name, (part) => readConstant(part, graph));
    const given = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    const read = given && inside(given, how === 'fixed' ? 'fixed' : 'widened');
    if (!read || name === undefined) return undefined;
    fields.set(name, { name, ...read, rules: [] });
  }
  return present({ kind: 'object', fields: [...fields.values()] });
}

function typeOfName(
  node: ts.Expression,
  how: Widening,
  scope: TypeScope,
  reading: TypeReading,
  depth: number,
): ReadType | undefined {
  const { graph } = reading;
  const variable = ts.isIdentifier(node) ? constantNamed(node, graph) : undefined;
  if (variable) return typeOfVariable(variable, how, reading, depth);
  if (ts.isIdentifier(node)) return undefined;
  const access = node as ts.PropertyAccessExpression | ts.ElementAccessExpression;
  const owner = resolveEntity(access.expression, graph);
  if (owner && ts.isEnumDeclaration(owner.declaration)) {
    const value = readConstant(node, graph);
    if (value === UNKNOWN) return undefined;
    const all = [...enumValues(owner.parts, graph).values()];
    if (enumMembers(owner.parts).length !== enumValues(owner.parts, graph).size) return undefined;
    return present({ kind: 'literal', values: how === 'widened' ? [...new Set(all)] : [value as LiteralValue] });
  }
  const inNamespace = resolveEntity(node, graph)?.declaration;
  if (inNamespace && ts.isVariableDeclaration(inNamespace)) return typeOfVariable(inNamespace, how, reading, depth);
  const of = typeOfValue(access.expression, 'literal', scope, reading, depth + 1)?.type;
  const key = ts.isPropertyAccessExpression(access) ? access.name.text : readConstant(access.argumentExpression, graph);
  if (of?.kind === 'tuple') return present(of.elements[Number(key)]);
  const field = of?.kind === 'object' ? of.fields.find(({ name }) => name === key) : undefined;
  return field && { type: field.type, optional: field.optional };
}

/** The type of a constant: the written one, else that of its value. */
export function typeOfVariable(
  variable: ts.VariableDeclaration,
  how: Widening,
  reading: TypeReading,
  depth = 0,
): ReadType | undefined {
  const scope: TypeScope = { file: variable.getSourceFile(), parameters: new Map() };
  if (variable.type) return reading.read(variable.type, scope);
  const read = variable.initializer && typeOfValue(variable.initializer, how, scope, reading, depth + 1);
  return read;
}

/** A value of one of the types; `undefined` when one is not known, or there is none. */
function either(types: readonly (ReadType | undefined)[]): ReadType | undefined {
  if (types.length === 0 || types.includes(undefined)) return undefined;
  const union = unionOf(types.map((read) => read!.type));
  return 'problem' in union ? undefined : { type: union.type, optional: types.some((read) => read!.optional) };
}

function typeOfNew(
  node: ts.NewExpression,
  scope: TypeScope,
  reading: TypeReading,
  inside: (part: ts.Expression, how: Widening) => ReadType | undefined,
): ReadType | undefined {
  if (!ts.isIdentifier(node.expression)) return undefined;
  const name = node.expression.text;
  const isOwn = reading.graph.resolve(name, node.getSourceFile(), 'value', node) !== undefined;
  if (isOwn) {
    const members = reading.reference(node.expression, node.typeArguments ?? [], scope, node, 0);
    return members && reading.combine(members, node);
  }
  if (name === 'Date') return present({ kind: 'date' });
  if (name === 'Uint8Array') return present({ kind: 'bytes' });
  if (name === 'Float32Array') return present({ kind: 'floats' });
  const args = (node.typeArguments ?? []).map((argument) => reading.element(argument, scope));
  if (args.length > 0 && args.includes(undefined)) return undefined;
  const [first, second] = args;
  if (name === 'Set') {
    const of = node.arguments?.[0] ? inside(node.arguments[0], 'widened')?.type : undefined;
    const element = first ?? (of?.kind === 'array' ? of.element : undefined);
    return element && present({ kind: 'set', element });
  }
  if (name === 'Map') return first && second && present({ kind: 'map', key: first, value: second });
  return name === 'Array' ? first && present({ kind: 'array', element: first }) : undefined;
}

/** Calls of what every program has. */
const CALLS: Readonly<Record<string, FieldType>> = {
  'Date.now': { kind: 'number' },
  'Math.random': { kind: 'number' },
  'Math.floor': { kind: 'number' },
  'Math.round': { kind: 'number' },
  'Math.ceil': { kind: 'number' },
  'performance.now': { kind: 'number' },
  'crypto.randomUUID': { kind: 'string' },
  String: { kind: 'string' },
  Number: { kind: 'number' },
  Boolean: { kind: 'boolean' },
  BigInt: { kind: 'bigint' },
};

function typeOfCall(node: ts.CallExpression): FieldType | undefined {
  const name = node.expression.getText();
  if (Object.hasOwn(CALLS, name)) return CALLS[name];
  return /^new Date\([^()]*\)\.toISOString$/.test(name) ? { kind: 'string' } : undefined;
}
