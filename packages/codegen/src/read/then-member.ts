import { ts } from '@ts-morph/common';
import { propertyNameText } from './type-scope.js';

/** The member `then` of a class's instances, if it has one. */
export function thenMember(declaration: ts.ClassDeclaration): ts.ClassElement | undefined {
  return declaration.members.find(
    (member) =>
      member.name !== undefined &&
      propertyNameText(member.name) === 'then' &&
      !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static),
  );
}
