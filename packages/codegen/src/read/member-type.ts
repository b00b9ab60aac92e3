/** The type of a field or getter. */
import { ts } from '@ts-morph/common';
import { type ReadContext, refuse } from './read-context.js';
import { positionOf } from './source-position.js';
import type { TypeReader } from './type-reader.js';
import type { ReadType, TypeScope } from './type-scope.js';
import { typeOfValue } from './value-type.js';

/** The written type, else what the initializer says, else what the type checker finds; `undefined` after diagnostics. */
export function readMemberType(
  member: ts.PropertyDeclaration | ts.GetAccessorDeclaration,
  scope: TypeScope,
  types: TypeReader,
  context: ReadContext,
): ReadType | undefined {
  if (member.type) return types.read(member.type, scope);
  const isFixed = (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);
  const told =
    ts.isPropertyDeclaration(member) && member.initializer
      ? typeOfValue(member.initializer, isFixed ? 'literal' : 'widened', scope, types)
      : undefined;
  if (told) return told;
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
