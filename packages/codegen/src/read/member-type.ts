/** The type of a field or getter. */
import type { FieldModel } from '@nuthatch/model';
import { ts } from 'ts-morph';
import { positionOf } from './module-graph.js';
import { type ReadContext, refuse } from './read-context.js';
import type { TypeReader } from './type-reader.js';
import type { ReadType, TypeScope } from './type-scope.js';

/** The written type, else what the initializer says, else what the type checker finds; `undefined` after diagnostics. */
export function readMemberType(
  member: ts.PropertyDeclaration | ts.GetAccessorDeclaration,
  scope: TypeScope,
  types: TypeReader,
  context: ReadContext,
): ReadType | undefined {
  if (member.type) return types.read(member.type, scope);
  const simple =
    ts.isPropertyDeclaration(member) && member.initializer ? typeOfInitializer(member.initializer) : undefined;
  if (simple) return { type: simple, optional: false };
  const inferred = context.inferred.typeOf(member);
  if (inferred)
    return types.readInferred(
      inferred,
      { file: member.getSourceFile(), parameters: scope.parameters },
      positionOf(member.name),
    );
  const message = `${member.name.getText()} has no written type and none can be inferred`;
  return refuse(context, member.name, 'UNKNOWN_TYPE', message, 'write its type.');
}

function typeOfInitializer(node: ts.Expression): FieldModel['type'] | undefined {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return { kind: 'string' };
  if (ts.isNumericLiteral(node) || (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)))
    return { kind: 'number' };
  if (ts.isBigIntLiteral(node)) return { kind: 'bigint' };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { kind: 'boolean' };
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    if (node.expression.text === 'Date') return { kind: 'date' };
    if (node.expression.text === 'Uint8Array') return { kind: 'bytes' };
  }
  return undefined;
}
