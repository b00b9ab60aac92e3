/** What a written type reads as, where the names in it are looked up, and what type parameters stand for. */
import type { FieldType } from '@nuthatch/model';
import { ts } from 'ts-morph';

/** A type as a field has it: `undefined` in a union makes the field optional. */
export interface ReadType {
  readonly type: FieldType;
  readonly optional: boolean;
}

/** A file's names, and what type parameters stand for. */
export interface TypeScope {
  readonly file: ts.SourceFile;
  readonly parameters: ReadonlyMap<string, ScopedType>;
}

export interface ScopedType {
  readonly node: ts.TypeNode;
  readonly scope: TypeScope;
}

/** What the type parameters of a declaration stand for, defaults included. */
export function bind(
  parameters: ts.NodeArray<ts.TypeParameterDeclaration> | undefined,
  args: readonly ts.TypeNode[],
  scope: TypeScope,
  file: ts.SourceFile,
): ReadonlyMap<string, ScopedType> {
  const bound = new Map<string, ScopedType>();
  parameters?.forEach((parameter, index) => {
    const given = args[index];
    const node = given ?? parameter.default;
    // A default may name the parameters before it.
    if (node) bound.set(parameter.name.text, { node, scope: given ? scope : { file, parameters: new Map(bound) } });
  });
  return bound;
}

/** The text of a plain property name; undefined for private and computed ones. */
export function propertyNameText(name: ts.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  return ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression) ? name.expression.text : undefined;
}
