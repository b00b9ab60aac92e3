/**
 * Declarations → types: aliases, interfaces, classes and enums, each with its arguments. One that is met while it is being
 * read contains itself.
 */
import { type FieldType, replaceReferences } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { EnumMembers } from '../evolve/noted-models.js';
import { enumMemberName, enumMembers, enumValues } from './constant-reader.js';
import { findDecorators } from './decorator-reader.js';
import type { FieldsReader } from './fields-reader.js';
import type { ModuleGraph } from './module-graph.js';
import type { NestedClasses } from './nested-classes.js';
import { OpenTypes } from './open-types.js';
import type { Resolved } from './resolved.js';
import { positionOf } from './source-position.js';
import { STORABLE, type TypeRefusals } from './type-refusals.js';
import { bind, type Member, type TypeReading, type TypeScope } from './type-scope.js';

type Members = readonly Member[] | undefined;

export class DeclaredTypes {
  readonly #reading: TypeReading;
  readonly #graph: ModuleGraph;
  readonly #refusals: TypeRefusals;
  readonly #fields: FieldsReader;
  readonly #nested: NestedClasses;
  readonly #open = new OpenTypes();
  /** Enums of numbers that were met: their names are compared with those of the last run. */
  readonly enums = new Map<string, EnumMembers>();

  constructor(reading: TypeReading, fields: FieldsReader, nested: NestedClasses) {
    this.#reading = reading;
    this.#graph = reading.graph;
    this.#refusals = reading.refusals;
    this.#fields = fields;
    this.#nested = nested;
  }

  /** The type of a declaration with these arguments; `undefined` after a diagnostic. */
  read(resolved: Resolved, args: readonly ts.TypeNode[], scope: TypeScope, node: ts.Node, depth: number): Members {
    const { declaration, parts } = resolved;
    if (ts.isEnumDeclaration(declaration)) return this.#enumeration(declaration, parts, node);
    const fromPackage = this.#graph.packageOf(resolved.file);
    if (fromPackage !== undefined && ts.isClassDeclaration(declaration))
      return this.#refusals.fromPackage(node, declaration.name?.text ?? 'it', fromPackage, this.#graph);
    // A problem inside a package's declarations is reported where the project names them.
    if (fromPackage !== undefined && this.#graph.packageOf(node.getSourceFile()) === undefined)
      return this.#refusals.at(positionOf(node), () => this.#declared(resolved, args, scope, node, depth));
    return this.#declared(resolved, args, scope, node, depth);
  }

  #declared(resolved: Resolved, args: readonly ts.TypeNode[], scope: TypeScope, node: ts.Node, depth: number): Members {
    const { declaration } = resolved;
    const open = this.#open.find(declaration, args, scope);
    if (open) {
      if (ts.isClassDeclaration(declaration) && isDocument(declaration, this.#graph))
        return this.#refusals.keyCycle(node, open.name);
      open.isRecursive = true;
      return [{ kind: 'reference', name: open.name }];
    }
    if (this.#open.isFull) return this.#refusals.endless(node);
    const name = ts.isClassDeclaration(declaration) || isNamed(declaration) ? (declaration.name?.text ?? 'it') : 'it';
    return this.#open.within(declaration, args, scope, name, (own) => {
      const members = this.#content(resolved, args, scope, node, depth);
      return members && own.isRecursive ? this.#recursive(members, own.name, node) : members;
    });
  }

  /** The type of a declared name, with its references to itself left open. */
  #content(resolved: Resolved, args: readonly ts.TypeNode[], scope: TypeScope, node: ts.Node, depth: number): Members {
    const { declaration, file } = resolved;
    if (ts.isTypeAliasDeclaration(declaration)) {
      const parameters = bind(declaration.typeParameters, args, scope, file);
      return this.#reading.members({ node: declaration.type, scope: { file, parameters } }, depth + 1);
    }
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration))
      return this.#refusals.refuse(
        'UNKNOWN_TYPE',
        node,
        `${node.getText()} is a value, not a type that can be stored`,
        STORABLE,
      );
    const parameters = bind(declaration.typeParameters, args, scope, file);
    const type = this.#fields.declared(resolved, parameters);
    if (!type || !ts.isClassDeclaration(declaration) || type.kind !== 'object') return type && [type];
    return this.#nested.read(declaration, file, type.fields, node);
  }

  /** A type that was met inside itself: null beside it is null wherever it is met. */
  #recursive(members: readonly Member[], name: string, node: ts.Node): Members {
    if (members.includes('undefined'))
      return this.#refusals.refuse(
        'RECURSIVE_TYPE',
        node,
        `${name} contains itself and may be undefined`,
        'use null for a missing value.',
      );
    // Itself and nothing around it.
    if (members.some((member) => typeof member === 'object' && member.kind === 'reference' && member.name === name))
      return this.#refusals.endless(node);
    const read = this.#reading.combine(
      members.filter((member) => member !== 'null'),
      node,
    );
    if (!read) return undefined;
    if (!members.includes('null')) return [{ kind: 'recursive', name, of: read.type }];
    const inside: FieldType = { kind: 'nullable', of: { kind: 'reference', name } };
    return [{ kind: 'recursive', name, of: replaceReferences(read.type, name, inside) }, 'null'];
  }

  #enumeration(declaration: ts.EnumDeclaration, parts: readonly ts.Declaration[], node: ts.Node): Members {
    const values = enumValues(parts, this.#graph);
    const unknown = enumMembers(parts).find((member) => !values.has(enumMemberName(member)));
    if ([...values.values()].every((value) => typeof value === 'number'))
      this.enums.set(declaration.name.text, Object.fromEntries(values) as EnumMembers);
    if (values.size > 0 && !unknown) return [{ kind: 'literal', values: [...new Set(values.values())] }];
    const name = declaration.name.text;
    const what = unknown
      ? `the value of ${name}.${enumMemberName(unknown)} is known only when the program runs`
      : `the enum ${name} has no members`;
    return this.#refusals.refuse('UNSUPPORTED_TYPE', node, what, 'give each member a value of literals and constants.');
  }
}

function isNamed(declaration: ts.Declaration): declaration is ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
}

function isDocument(declaration: ts.ClassDeclaration, graph: ModuleGraph): boolean {
  return findDecorators(declaration, graph).some(({ origin, name }) => origin === 'nuthatch' && name === 'Document');
}
