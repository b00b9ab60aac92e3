/**
 * Methods and getters of classes of nested values. `keyof`, `Pick` and `Omit` see them, and a plain object that is
 * stored has none of them.
 */
import type { FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { ModuleGraph } from './module-graph.js';
import { propertyNameText } from './type-scope.js';

const NAMES = new WeakMap<FieldType, readonly string[]>();

/** The methods and getters that values of the type have for the compiler. */
export function behaviourOf(type: FieldType): readonly string[] {
  return NAMES.get(type) ?? [];
}

/** @returns the type itself. */
export function withBehaviour<T extends FieldType>(type: T, names: readonly string[]): T {
  if (names.length > 0) NAMES.set(type, names);
  return type;
}

/** What `keyof` sees of a class beside its fields, of its bases too. */
export function behaviourOfClass(declaration: ts.ClassDeclaration, graph: ModuleGraph): readonly string[] {
  const names = new Set<string>();
  const seen = new Set<ts.Declaration>();
  for (let current: ts.Declaration | undefined = declaration; current && !seen.has(current); ) {
    if (!ts.isClassDeclaration(current)) break;
    seen.add(current);
    for (const member of current.members) {
      const isBehaviour = ts.isMethodDeclaration(member) || ts.isAccessor(member);
      const name = isBehaviour && isPublic(member) ? propertyNameText(member.name) : undefined;
      if (name !== undefined) names.add(name);
    }
    const base: ts.Expression | undefined = current.heritageClauses?.find(
      ({ token }) => token === ts.SyntaxKind.ExtendsKeyword,
    )?.types[0]?.expression;
    current = base && graph.resolveQualified(base, current.getSourceFile(), 'value')?.declaration;
  }
  return [...names];
}

function isPublic(member: ts.HasModifiers): boolean {
  return !(ts.getModifiers(member) ?? []).some(
    ({ kind }) =>
      kind === ts.SyntaxKind.StaticKeyword ||
      kind === ts.SyntaxKind.PrivateKeyword ||
      kind === ts.SyntaxKind.ProtectedKeyword,
  );
}
