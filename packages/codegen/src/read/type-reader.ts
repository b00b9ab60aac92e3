/**
 * Written types → field types, from syntax alone: aliases, interfaces, classes, enums, namespaces and type parameters
 * are followed across files, and whatever cannot be stored gets a diagnostic where it stands.
 */
import { type FieldType, mayBeNull, type ScalarKind } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import type { ClassReference, SourcePosition } from '../document-source.js';
import type { EnumMembers } from '../evolve/noted-models.js';
import { behaviourOf } from './behaviour.js';
import { DeclaredTypes } from './declared-types.js';
import { FieldsReader } from './fields-reader.js';
import { readIntersection } from './intersection-type.js';
import { readLiteral } from './literal-type.js';
import { keysOf, partsAt, readMapped } from './mapped-type.js';
import type { ModuleGraph } from './module-graph.js';
import { NamedTypes } from './named-types.js';
import { NestedClasses } from './nested-classes.js';
import { readTemplate } from './template-type.js';
import { readTuple } from './tuple-type.js';
import { readTypeQuery } from './type-query.js';
import { TypeRefusals } from './type-refusals.js';
import {
  type Member,
  membersOf,
  type ReadType,
  type ScopedType,
  type TypeReading,
  type TypeScope,
} from './type-scope.js';
import { unionOf } from './union-type.js';

type Members = readonly Member[] | undefined;

const SCALAR_KEYWORDS: ReadonlyMap<ts.SyntaxKind, ScalarKind> = new Map([
  [ts.SyntaxKind.StringKeyword, 'string'],
  [ts.SyntaxKind.NumberKeyword, 'number'],
  [ts.SyntaxKind.BooleanKeyword, 'boolean'],
  [ts.SyntaxKind.BigIntKeyword, 'bigint'],
]);

export class TypeReader implements TypeReading {
  readonly graph: ModuleGraph;
  readonly refusals: TypeRefusals;
  readonly fields: FieldsReader;
  readonly #nested: NestedClasses;
  readonly #declared: DeclaredTypes;
  readonly #named: NamedTypes;

  /**
   * @param infer finds the type of a nested class's field that has none written, and that syntax alone cannot tell.
   * @param isTaken whether generated code means something of its own by a name.
   */
  constructor(
    graph: ModuleGraph,
    diagnostics: Diagnostics,
    infer: (member: ts.PropertyDeclaration) => ts.TypeNode | undefined = () => undefined,
    isTaken: (name: string) => boolean = () => false,
  ) {
    this.graph = graph;
    this.refusals = new TypeRefusals(diagnostics);
    this.fields = new FieldsReader(this, infer);
    this.#nested = new NestedClasses(this, isTaken);
    this.#declared = new DeclaredTypes(this, this.fields, this.#nested);
    this.#named = new NamedTypes(this, this.#declared);
  }

  /** Classes of nested values that were met, in that order. */
  get nestedClasses(): readonly ClassReference[] {
    return this.#nested.list;
  }

  /** Enums of numbers that were met: their names are compared with those of the last run. */
  get enums(): ReadonlyMap<string, EnumMembers> {
    return this.#declared.enums;
  }

  /** Reads a type that the checker found; diagnostics stand at the field. */
  readInferred(node: ts.TypeNode, scope: TypeScope, position: SourcePosition): ReadType | undefined {
    return this.refusals.at(position, () => this.read(node, scope));
  }

  /** Reads a written type; `undefined` after a diagnostic. */
  read(node: ts.TypeNode, scope: TypeScope): ReadType | undefined {
    const members = this.members({ node, scope }, 0);
    return members && this.combine(members, node);
  }

  combine(members: readonly Member[], node: ts.Node): ReadType | undefined {
    const present = members.filter((member) => typeof member === 'object');
    if (present.length === 0) return this.refusals.unsupported(node);
    for (const type of present) {
      const lost = type.kind === 'object' && type.className === undefined ? behaviourOf(type) : [];
      if (lost.length === 0) continue;
      const names = lost.map((name) => `'${name}'`).join(' | ');
      const what = `an object of this type has no methods and getters (${lost.join(', ')}) when it is read`;
      return this.refusals.refuse(
        'UNSUPPORTED_TYPE',
        node,
        what,
        `leave them out: Omit<…, ${names}>, or use the class.`,
      );
    }
    const union = unionOf(present);
    if ('problem' in union) return this.refusals.refuse('UNSUPPORTED_TYPE', node, union.problem, union.hint);
    const { type } = union;
    const isNullable = members.includes('null') && !mayBeNull(type);
    return { type: isNullable ? { kind: 'nullable', of: type } : type, optional: members.includes('undefined') };
  }

  element(node: ts.TypeNode, scope: TypeScope): FieldType | undefined {
    const read = this.read(node, scope);
    // `unknown[]`: of JSON there is no undefined element.
    if (read?.optional && read.type.kind !== 'json')
      return this.refusals.refuse(
        'UNSUPPORTED_TYPE',
        node,
        'an element of a container may be undefined',
        'use null for elements without a value.',
      );
    return read?.type;
  }

  members({ node, scope }: ScopedType, depth: number): Members {
    if (depth > 50) return this.refusals.endless(node);
    const inner = (part: ts.TypeNode): Members => this.members({ node: part, scope }, depth + 1);
    const scalar = SCALAR_KEYWORDS.get(node.kind);
    if (scalar) return [{ kind: scalar }];
    switch (node.kind) {
      case ts.SyntaxKind.UndefinedKeyword:
        return ['undefined'];
      case ts.SyntaxKind.NeverKeyword:
        return [];
      case ts.SyntaxKind.AnyKeyword:
      case ts.SyntaxKind.UnknownKeyword:
        return [{ kind: 'json' }, 'undefined'];
      case ts.SyntaxKind.ObjectKeyword:
        return [{ kind: 'json', isObject: true }];
    }
    if (ts.isParenthesizedTypeNode(node)) return inner(node.type);
    if (ts.isTypeOperatorNode(node)) return this.#operator(node, inner);
    if (ts.isUnionTypeNode(node)) {
      const parts = node.types.map(inner);
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part!);
    }
    if (ts.isIntersectionTypeNode(node)) return readIntersection(node, this, inner);
    if (ts.isLiteralTypeNode(node)) return readLiteral(node, this);
    if (ts.isTemplateLiteralTypeNode(node)) return readTemplate(node, scope, this, depth);
    if (ts.isTypeReferenceNode(node))
      return this.reference(node.typeName, node.typeArguments ?? [], scope, node, depth);
    if (ts.isTypeQueryNode(node)) return readTypeQuery(node, scope, this);
    if (ts.isIndexedAccessTypeNode(node)) {
      const of = inner(node.objectType);
      const keys = inner(node.indexType);
      return of && keys && (partsAt(of, keys)?.flatMap((part) => membersOf(part)) ?? this.refusals.unsupported(node));
    }
    if (ts.isMappedTypeNode(node)) return readMapped(node, scope, this, depth);
    if (ts.isArrayTypeNode(node)) {
      const element = this.element(node.elementType, scope);
      return element && [{ kind: 'array', element }];
    }
    if (ts.isTupleTypeNode(node)) return readTuple(node, scope, this);
    if (ts.isTypeLiteralNode(node)) {
      if (node.members.length === 0) return [{ kind: 'json' }];
      const type = this.fields.typeOf(node.members, scope, node);
      return type && [type];
    }
    if (ts.isImportTypeNode(node)) return this.#named.importType(node, scope, depth);
    return this.refusals.unsupported(node);
  }

  reference(
    name: ts.EntityName | ts.Expression,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): Members {
    return this.#named.reference(name, args, scope, node, depth);
  }

  #operator(node: ts.TypeOperatorNode, inner: (part: ts.TypeNode) => Members): Members {
    if (node.operator === ts.SyntaxKind.ReadonlyKeyword) return inner(node.type);
    if (node.operator !== ts.SyntaxKind.KeyOfKeyword) return this.refusals.unsupported(node);
    const members = inner(node.type);
    return members && (keysOf(members) ?? this.refusals.unsupported(node));
  }
}
