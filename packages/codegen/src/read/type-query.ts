import type { FieldModel, FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { enumValues } from './constant-reader.js';
import { partsAt } from './mapped-type.js';
import { type Member, membersOf, type TypeReading, type TypeScope } from './type-scope.js';
import { typeOfVariable } from './value-type.js';

/** `typeof LIMITS`: the type of a constant, an enum, or a member of either. */
export function readTypeQuery(
  node: ts.TypeQueryNode,
  scope: TypeScope,
  reading: TypeReading,
): readonly Member[] | undefined {
  const names = node.exprName.getText().split('.');
  // The longest part of it that is declared; the rest are members of a value.
  let name: ts.EntityName = node.exprName;
  let at = names.length;
  let resolved = reading.graph.resolveQualified(name, scope.file, 'value');
  while (!resolved && ts.isQualifiedName(name)) {
    name = name.left;
    at--;
    resolved = reading.graph.resolveQualified(name, scope.file, 'value');
  }
  let type: FieldType | undefined;
  if (resolved && ts.isVariableDeclaration(resolved.declaration))
    type = typeOfVariable(
      resolved.declaration,
      isConstant(resolved.declaration) ? 'literal' : 'widened',
      reading,
    )?.type;
  else if (resolved && ts.isEnumDeclaration(resolved.declaration)) {
    const values = [...enumValues(resolved.parts, reading.graph)];
    const fields = values.map(
      ([name, value]): FieldModel => ({
        name,
        type: { kind: 'literal', values: [value] },
        optional: false,
        rules: [],
      }),
    );
    type = { kind: 'object', fields };
  }
  for (; type && at < names.length; at++) {
    const part = partsAt([type], [{ kind: 'literal', values: [names[at]!] }])?.[0];
    type = typeof part === 'object' ? part : undefined;
  }
  if (type) return membersOf(type);
  return reading.refusals.refuse(
    'UNKNOWN_TYPE',
    node,
    `the source does not show the type of ${node.exprName.getText()}`,
    'write the type, or give the constant literal values and `as const`.',
  );
}

function isConstant({ parent }: ts.VariableDeclaration): boolean {
  return (parent.flags & ts.NodeFlags.Const) !== 0;
}
