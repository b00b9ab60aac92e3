/**
 * Written types → field types, from syntax alone: aliases, interfaces, classes, enums and type parameters are followed
 * across files, and whatever cannot be stored gets a diagnostic where it stands.
 */
import { type FieldModel, type FieldType, type LiteralValue, promiseLike, type ScalarKind } from '@nuthatch/model';
import { ts } from 'ts-morph';
import type { Diagnostics } from '../diagnostic.js';
import type { ClassReference, SourcePosition } from '../document-source.js';
import { enumValues } from './constant-reader.js';
import { FieldsReader } from './fields-reader.js';
import type { ModuleGraph, Resolved } from './module-graph.js';
import { OpenTypes } from './open-types.js';
import { thenMember } from './then-member.js';
import { STORABLE, TypeRefusals } from './type-refusals.js';
import { bind, type ReadType, type ScopedType, type TypeScope } from './type-scope.js';
import { unionOf } from './union-type.js';

const SCALAR_KEYWORDS: ReadonlyMap<ts.SyntaxKind, ScalarKind> = new Map([
  [ts.SyntaxKind.StringKeyword, 'string'],
  [ts.SyntaxKind.NumberKeyword, 'number'],
  [ts.SyntaxKind.BooleanKeyword, 'boolean'],
  [ts.SyntaxKind.BigIntKeyword, 'bigint'],
]);
const GLOBAL_SCALARS: Readonly<Record<string, ScalarKind>> = {
  Date: 'date',
  Uint8Array: 'bytes',
  String: 'string',
  Number: 'number',
  Boolean: 'boolean',
  BigInt: 'bigint',
};
/** Types of the language's own library that fields are made of: the project's global declarations are not asked for them. */
const LIBRARY_TYPES =
  /^(Date|Uint8Array|Buffer|String|Number|Boolean|BigInt|Object|(Readonly)?(Array|Set|Map)|Readonly|Record|Partial|Required|Pick|Omit|NonNullable|Extract|Exclude)$/;
/** Packages whose `Key` is the branded key. */
const NUTHATCH = /^(@nuthatch\/.*|nuthatch)$/;

export class TypeReader {
  readonly #graph: ModuleGraph;
  readonly #refusals: TypeRefusals;
  readonly #open = new OpenTypes();
  readonly #fields: FieldsReader;
  readonly nestedClasses = new Map<string, ClassReference>();

  constructor(graph: ModuleGraph, diagnostics: Diagnostics) {
    this.#graph = graph;
    this.#refusals = new TypeRefusals(diagnostics);
    this.#fields = new FieldsReader(graph, this.#refusals, this.#open, (node, scope) => this.read(node, scope));
  }

  /** Reads a type that the checker found; diagnostics stand at the field. */
  readInferred(node: ts.TypeNode, scope: TypeScope, position: SourcePosition): ReadType | undefined {
    return this.#refusals.at(position, () => this.read(node, scope));
  }

  /** Reads a written type; `undefined` after a diagnostic. */
  read(node: ts.TypeNode, scope: TypeScope): ReadType | undefined {
    const members = this.#flatten({ node, scope }, 0);
    if (!members) return undefined;
    const optional = members.some((member) => member === 'undefined');
    const isNullable = members.some((member) => member === 'null');
    const present = members.filter((member): member is Member => typeof member === 'object');
    const type = this.#combine(present, node);
    if (!type) return undefined;
    return { type: isNullable ? { kind: 'nullable', of: type } : type, optional };
  }

  /** The members of a union, aliases and enums resolved; one member for any other type. */
  #flatten({ node, scope }: ScopedType, depth: number): readonly (Member | 'null' | 'undefined')[] | undefined {
    if (depth > 50)
      return this.#refusals.refuse(
        'RECURSIVE_TYPE',
        node,
        'the type refers to itself',
        'give the value an id and store it as a document of its own.',
      );
    if (ts.isParenthesizedTypeNode(node)) return this.#flatten({ node: node.type, scope }, depth + 1);
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
      return this.#flatten({ node: node.type, scope }, depth + 1);
    if (ts.isUnionTypeNode(node)) {
      const parts = node.types.map((part) => this.#flatten({ node: part, scope }, depth + 1));
      return parts.includes(undefined) ? undefined : parts.flatMap((part) => part!);
    }
    if (node.kind === ts.SyntaxKind.UndefinedKeyword) return ['undefined'];
    if (ts.isLiteralTypeNode(node)) return this.#flattenLiteral(node);
    const scalar = SCALAR_KEYWORDS.get(node.kind) ?? (ts.isTemplateLiteralTypeNode(node) ? 'string' : undefined);
    if (scalar) return [{ type: { kind: scalar } }];
    if (ts.isTypeReferenceNode(node)) return this.#flattenReference(node, scope, depth);
    const type = this.#readStructure(node, scope);
    return type && [{ type }];
  }

  #flattenLiteral(node: ts.LiteralTypeNode): readonly (Member | 'null')[] | undefined {
    const { literal } = node;
    if (literal.kind === ts.SyntaxKind.NullKeyword) return ['null'];
    let value: LiteralValue | undefined;
    if (ts.isStringLiteralLike(literal)) value = literal.text;
    else if (ts.isNumericLiteral(literal)) value = Number(literal.text);
    else if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand))
      value = -Number(literal.operand.text);
    else if (literal.kind === ts.SyntaxKind.TrueKeyword) value = true;
    else if (literal.kind === ts.SyntaxKind.FalseKeyword) value = false;
    if (value === undefined) return this.#refusals.unsupported(node);
    return [{ type: { kind: 'literal', values: [value] } }];
  }

  #flattenReference(
    node: ts.TypeReferenceNode,
    scope: TypeScope,
    depth: number,
  ): readonly (Member | 'null' | 'undefined')[] | undefined {
    const { typeName } = node;
    if (!ts.isIdentifier(typeName)) return this.#flattenQualified(node, typeName, scope, depth);
    const name = typeName.text;
    const bound = scope.parameters.get(name);
    if (bound) return this.#flatten(bound, depth + 1);
    const args = node.typeArguments ?? [];
    const fromPackage = this.#graph.packageName(name, scope.file);
    if (fromPackage && NUTHATCH.test(fromPackage.module) && ['Key', 'KeyLike'].includes(fromPackage.name)) {
      return args[1] ? this.#flatten({ node: args[1], scope }, depth + 1) : [{ type: { kind: 'string' } }];
    }
    const resolved = this.#graph.resolve(name, scope.file, 'type', typeName);
    if (resolved) return this.#flattenDeclaration(resolved, args, scope, node, depth);
    if (fromPackage) return this.#refusals.fromPackage(node, name, fromPackage.module, this.#graph);
    const global = LIBRARY_TYPES.test(name) ? undefined : this.#graph.resolveGlobal(name);
    if (global) return this.#flattenDeclaration(global, args, scope, node, depth);
    return this.#flattenGlobal(node, name, args, scope, depth);
  }

  #flattenQualified(
    node: ts.TypeReferenceNode,
    typeName: ts.QualifiedName,
    scope: TypeScope,
    depth: number,
  ): readonly (Member | 'null' | 'undefined')[] | undefined {
    const whole = this.#graph.resolveQualified(typeName, scope.file);
    if (whole) return this.#flattenDeclaration(whole, node.typeArguments ?? [], scope, node, depth);
    const resolved = this.#graph.resolveQualified(typeName.left, scope.file);
    const value =
      resolved && ts.isEnumDeclaration(resolved.declaration)
        ? enumValues(resolved.declaration).get(typeName.right.text)
        : undefined;
    if (value === undefined)
      return this.#refusals.refuse('UNKNOWN_TYPE', node, `the type ${node.getText()} cannot be found`, STORABLE);
    return [{ type: { kind: 'literal', values: [value] } }];
  }

  #flattenDeclaration(
    resolved: Resolved,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): readonly (Member | 'null' | 'undefined')[] | undefined {
    const { declaration, file } = resolved;
    if (ts.isTypeAliasDeclaration(declaration)) {
      if (this.#open.has(declaration, args)) return this.#refusals.recursive(node, declaration.name.text);
      const parameters = bind(declaration.typeParameters, args, scope, file);
      return this.#open.within(declaration, args, () =>
        this.#flatten({ node: declaration.type, scope: { file, parameters } }, depth + 1),
      );
    }
    if (ts.isEnumDeclaration(declaration)) {
      const values = [...new Set(enumValues(declaration).values())];
      if (values.length === 0 || values.length < declaration.members.length) {
        return this.#refusals.refuse(
          'UNSUPPORTED_TYPE',
          node,
          `the enum ${declaration.name.text} has computed or equal members, or none`,
          'give each member a literal value of its own.',
        );
      }
      return [{ type: { kind: 'literal', values } }];
    }
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration)) {
      return this.#refusals.refuse(
        'UNKNOWN_TYPE',
        node,
        `${node.getText()} is a value, not a type that can be stored`,
        STORABLE,
      );
    }
    const fromPackage = ts.isClassDeclaration(declaration) ? this.#graph.packageOf(file) : undefined;
    if (fromPackage) return this.#refusals.fromPackage(node, declaration.name?.text ?? 'it', fromPackage, this.#graph);
    if (this.#open.has(declaration, args)) return this.#refusals.recursive(node, declaration.name?.text ?? 'it');
    const parameters = bind(declaration.typeParameters, args, scope, file);
    const fields = this.#open.within(declaration, args, () => this.#fields.declaredFields(resolved, parameters));
    if (!fields) return undefined;
    if (ts.isInterfaceDeclaration(declaration)) return [{ type: { kind: 'object', fields } }];
    return this.#nestedClass(declaration, file, fields, node);
  }

  #nestedClass(
    declaration: ts.ClassDeclaration,
    file: ts.SourceFile,
    fields: readonly FieldModel[],
    node: ts.Node,
  ): readonly Member[] | undefined {
    const className = declaration.name?.text;
    const exported = className && this.#graph.exportedName(className, file);
    if (!className || !exported) {
      return this.#refusals.refuse(
        'NOT_EXPORTED',
        node,
        `the class ${className ?? ''} of a nested value is not exported`,
        'export it, so that generated code can make its instances.',
      );
    }
    const then = thenMember(declaration);
    if (then) {
      const { message, hint } = promiseLike(className);
      return this.#refusals.refuse('DANGEROUS_NAME', then, message, hint);
    }
    const namesake = this.nestedClasses.get(className);
    if (namesake && namesake.file !== file.fileName) {
      return this.#refusals.refuse(
        'COLLIDING_NAME',
        node,
        `two classes ${className} of nested values come from different files`,
        'rename one of them.',
      );
    }
    this.nestedClasses.set(className, {
      className,
      exportName: exported,
      file: file.fileName,
      isGeneric: declaration.typeParameters !== undefined,
    });
    return [{ type: { kind: 'object', className, fields } }];
  }

  #flattenGlobal(
    node: ts.TypeReferenceNode,
    name: string,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    depth: number,
  ): readonly (Member | 'null' | 'undefined')[] | undefined {
    if (name === 'Buffer') return [{ type: { kind: 'bytes', className: 'Buffer' } }];
    if (Object.hasOwn(GLOBAL_SCALARS, name)) return [{ type: { kind: GLOBAL_SCALARS[name]! } }];
    const first = args[0];
    if (!first)
      return this.#refusals.refuse('UNKNOWN_TYPE', node, `the type ${name} cannot be found or stored`, STORABLE);
    switch (name) {
      case 'Array':
      case 'ReadonlyArray':
        return this.#container('array', first, scope);
      case 'Set':
      case 'ReadonlySet':
        return this.#container('set', first, scope);
      case 'Map':
      case 'ReadonlyMap': {
        const key = this.#inside(first, scope);
        const value = args[1] && this.#inside(args[1], scope);
        return key && value && [{ type: { kind: 'map', key, value } }];
      }
      case 'Readonly':
        return this.#flatten({ node: first, scope }, depth + 1);
      case 'NonNullable':
        return this.#flatten({ node: first, scope }, depth + 1)?.filter((member) => typeof member === 'object');
      case 'Partial':
      case 'Required':
        return this.#mapObject(first, scope, depth, (fields) =>
          fields.map((field) => ({ ...field, optional: name === 'Partial' })),
        );
      case 'Pick':
      case 'Omit': {
        const names = args[1] ? this.#literalNames(args[1], scope, depth) : undefined;
        return (
          names &&
          this.#mapObject(first, scope, depth, (fields) =>
            fields.filter((field) => names.includes(field.name) === (name === 'Pick')),
          )
        );
      }
      case 'Record':
        return this.#refusals.refuse(
          'UNSUPPORTED_TYPE',
          node,
          'a Record has keys that no model knows',
          'use a Map for keys that are data, or name the fields.',
        );
      default:
        return this.#refusals.refuse('UNKNOWN_TYPE', node, `the type ${name} cannot be found or stored`, STORABLE);
    }
  }

  #container(kind: 'array' | 'set', element: ts.TypeNode, scope: TypeScope): readonly Member[] | undefined {
    const type = this.#inside(element, scope);
    return type && [{ type: { kind, element: type } }];
  }

  /** The type of an element: it cannot be absent. */
  #inside(node: ts.TypeNode, scope: TypeScope): FieldType | undefined {
    const read = this.read(node, scope);
    if (read?.optional)
      return this.#refusals.refuse(
        'UNSUPPORTED_TYPE',
        node,
        'an element of a container may be undefined',
        'use null for elements without a value.',
      );
    return read?.type;
  }

  #mapObject(
    node: ts.TypeNode,
    scope: TypeScope,
    depth: number,
    change: (fields: readonly FieldModel[]) => readonly FieldModel[],
  ): readonly Member[] | undefined {
    const members = this.#flatten({ node, scope }, depth + 1);
    const only = members?.length === 1 ? members[0] : undefined;
    if (typeof only !== 'object' || only.type.kind !== 'object') return members && this.#refusals.unsupported(node);
    return [{ type: { kind: 'object', fields: change(only.type.fields) } }];
  }

  #literalNames(node: ts.TypeNode, scope: TypeScope, depth: number): readonly string[] | undefined {
    const members = this.#flatten({ node, scope }, depth + 1);
    return members?.flatMap((member) =>
      typeof member === 'object' && member.type.kind === 'literal' ? member.type.values.map(String) : [],
    );
  }

  #readStructure(node: ts.TypeNode, scope: TypeScope): FieldType | undefined {
    if (ts.isArrayTypeNode(node)) {
      const element = this.#inside(node.elementType, scope);
      return element && { kind: 'array', element };
    }
    if (ts.isTypeLiteralNode(node)) {
      const fields = this.#fields.memberFields(node.members, scope);
      return fields && { kind: 'object', fields };
    }
    if (ts.isIntersectionTypeNode(node)) return this.#intersection(node, scope);
    return this.#refusals.unsupported(node);
  }

  #intersection(node: ts.IntersectionTypeNode, scope: TypeScope): FieldType | undefined {
    const parts = node.types.map((part) => this.read(part, scope)?.type);
    if (parts.includes(undefined)) return undefined;
    const fields = new Map<string, FieldModel>();
    for (const part of parts) {
      if (part!.kind !== 'object') return this.#refusals.unsupported(node);
      for (const field of part!.fields) fields.set(field.name, field);
    }
    return { kind: 'object', fields: [...fields.values()] };
  }

  #combine(members: readonly Member[], node: ts.TypeNode): FieldType | undefined {
    if (members.length === 0) return this.#refusals.unsupported(node);
    const union = unionOf(members.map(({ type }) => type));
    return 'problem' in union ? this.#refusals.refuse('UNSUPPORTED_TYPE', node, union.problem, union.hint) : union.type;
  }
}

interface Member {
  readonly type: FieldType;
}
