/** The fields of interfaces, nested classes and object types: their members, and those of what they extend. */
import type { FieldModel } from '@nuthatch/model';
import { ts } from 'ts-morph';
import type { ModuleGraph, Resolved } from './module-graph.js';
import type { OpenTypes } from './open-types.js';
import type { TypeRefusals } from './type-refusals.js';
import { bind, propertyNameText, type ReadType, type TypeScope } from './type-scope.js';

export class FieldsReader {
  readonly #graph: ModuleGraph;
  readonly #refusals: TypeRefusals;
  readonly #open: OpenTypes;
  readonly #read: (node: ts.TypeNode, scope: TypeScope) => ReadType | undefined;

  /** @param read reads the type of one field. */
  constructor(
    graph: ModuleGraph,
    refusals: TypeRefusals,
    open: OpenTypes,
    read: (node: ts.TypeNode, scope: TypeScope) => ReadType | undefined,
  ) {
    this.#graph = graph;
    this.#refusals = refusals;
    this.#open = open;
    this.#read = read;
  }

  /** Fields of an interface or nested class, inherited ones first. */
  declaredFields(
    { declaration, file }: Resolved,
    parameters: TypeScope['parameters'],
  ): readonly FieldModel[] | undefined {
    const scope = { file, parameters };
    const { heritageClauses, members } = declaration as ts.InterfaceDeclaration | ts.ClassDeclaration;
    const fields = new Map<string, FieldModel>();
    for (const clause of heritageClauses ?? []) {
      if (clause.token !== ts.SyntaxKind.ExtendsKeyword) continue;
      for (const base of clause.types) {
        const resolved = this.#graph.resolveQualified(base.expression, file);
        if (
          !resolved ||
          !(ts.isInterfaceDeclaration(resolved.declaration) || ts.isClassDeclaration(resolved.declaration))
        ) {
          return this.#refusals.refuse(
            'UNKNOWN_BASE',
            base,
            `the base ${base.expression.getText()} cannot be found`,
            'declare it in your sources.',
          );
        }
        const args = base.typeArguments ?? [];
        if (this.#open.has(resolved.declaration, args))
          return this.#refusals.recursive(base, base.expression.getText());
        const inheritedParameters = bind(resolved.declaration.typeParameters, args, scope, resolved.file);
        const inherited = this.#open.within(resolved.declaration, args, () =>
          this.declaredFields(resolved, inheritedParameters),
        );
        if (!inherited) return undefined;
        for (const field of inherited) fields.set(field.name, field);
      }
    }
    const own = this.memberFields(members, scope);
    if (!own) return undefined;
    for (const field of own) fields.set(field.name, field);
    return [...fields.values()];
  }

  /** Fields of a body, in the order they are written; undefined after a diagnostic. */
  memberFields(
    members: ts.NodeArray<ts.TypeElement | ts.ClassElement>,
    scope: TypeScope,
  ): readonly FieldModel[] | undefined {
    const fields: FieldModel[] = [];
    for (const member of members) {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) {
        if (ts.isIndexSignatureDeclaration(member))
          return this.#refusals.refuse(
            'UNSUPPORTED_TYPE',
            member,
            'an index signature has keys that no model knows',
            'use a Map, or name the fields.',
          );
        continue;
      }
      if (
        ts
          .getModifiers(member as ts.PropertyDeclaration)
          ?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)
      )
        continue;
      const name = propertyNameText(member.name);
      if (name === undefined)
        return this.#refusals.refuse(
          'PRIVATE_FIELD',
          member,
          `${member.name.getText()} cannot be stored`,
          'use a public field with a plain name.',
        );
      const read = member.type
        ? this.#read(member.type, scope)
        : this.#refusals.refuse('UNKNOWN_TYPE', member, `${name} has no written type`, 'write its type.');
      if (!read) return undefined;
      fields.push({ name, type: read.type, optional: read.optional || member.questionToken !== undefined, rules: [] });
    }
    return fields;
  }
}
