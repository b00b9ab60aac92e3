/**
 * Written types → field types, from syntax alone: aliases, interfaces, classes, enums, namespaces and type parameters
 * are followed across files, and whatever cannot be stored gets a diagnostic where it stands.
 */
import {
  BLOB_REF_TYPE,
  type FieldModel,
  type FieldType,
  type LiteralValue,
  mayBeNull,
  promiseLike,
  replaceReferences,
  type ScalarKind,
} from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import type { ClassReference, SourcePosition } from '../document-source.js';
import type { EnumMembers } from '../evolve/noted-models.js';
import { behaviourOf, behaviourOfClass, withBehaviour } from './behaviour.js';
import { enumMemberName, enumMembers, enumValues } from './constant-reader.js';
import { findDecorators } from './decorator-reader.js';
import { FieldsReader } from './fields-reader.js';
import { conversionOf, isWrapper, jsonShape } from './foreign-types.js';
import { intersectMembers } from './intersect-types.js';
import { keysOf, partsAt, readMapped } from './mapped-type.js';
import type { ModuleGraph } from './module-graph.js';
import { OpenTypes } from './open-types.js';
import type { PackageName } from './package-name.js';
import type { Resolved } from './resolved.js';
import { positionOf } from './source-position.js';
import { readTemplate } from './template-type.js';
import { thenMember } from './then-member.js';
import { readTuple } from './tuple-type.js';
import { STORABLE, TypeRefusals } from './type-refusals.js';
import {
  bind,
  type Member,
  membersOf,
  type ReadType,
  type ScopedType,
  type TypeReading,
  type TypeScope,
} from './type-scope.js';
import { unionOf } from './union-type.js';
import { readGlobal } from './utility-types.js';
import { typeOfVariable } from './value-type.js';

type Members = readonly Member[] | undefined;

const SCALAR_KEYWORDS: ReadonlyMap<ts.SyntaxKind, ScalarKind> = new Map([
  [ts.SyntaxKind.StringKeyword, 'string'],
  [ts.SyntaxKind.NumberKeyword, 'number'],
  [ts.SyntaxKind.BooleanKeyword, 'boolean'],
  [ts.SyntaxKind.BigIntKeyword, 'bigint'],
]);
/** Types of the language's own library that fields are made of: the project's global declarations are not asked for them. */
const LIBRARY_TYPES =
  /^(Date|Uint8Array|Buffer|String|Number|Boolean|BigInt|Object|(Readonly)?(Array|Set|Map)|Readonly|Record|Partial|Required|Pick|Omit|NonNullable|Extract|Exclude|NoInfer|Uppercase|Lowercase|Capitalize|Uncapitalize)$/;
/** Packages whose `Key` is the branded key. */
const NUTHATCH = /^(@nuthatch\/.*|nuthatch)$/;

export class TypeReader implements TypeReading {
  readonly graph: ModuleGraph;
  readonly refusals: TypeRefusals;
  readonly #open = new OpenTypes();
  readonly #isTaken: (name: string) => boolean;
  readonly fields: FieldsReader;
  readonly nestedClasses = new Map<string, ClassReference>();
  /** Enums of numbers that were met: their names are compared with those of the last run. */
  readonly enums = new Map<string, EnumMembers>();

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
    this.#isTaken = isTaken;
    this.graph = graph;
    this.refusals = new TypeRefusals(diagnostics);
    this.fields = new FieldsReader(this, infer);
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
    if (ts.isIntersectionTypeNode(node)) return this.#intersection(node, inner);
    if (ts.isLiteralTypeNode(node)) return this.#literal(node);
    if (ts.isTemplateLiteralTypeNode(node)) return readTemplate(node, scope, this, depth);
    if (ts.isTypeReferenceNode(node))
      return this.reference(node.typeName, node.typeArguments ?? [], scope, node, depth);
    if (ts.isTypeQueryNode(node)) return this.#typeOf(node, scope);
    if (ts.isIndexedAccessTypeNode(node)) {
      const of = inner(node.objectType);
      const keys = inner(node.indexType);
      return of && keys && (partsAt(of, keys)?.flatMap((part) => flat(part)) ?? this.refusals.unsupported(node));
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
    if (ts.isImportTypeNode(node)) return this.#importType(node, scope, depth);
    return this.refusals.unsupported(node);
  }

  reference(
    name: ts.EntityName | ts.Expression,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): Members {
    const bound = ts.isIdentifier(name) ? scope.parameters.get(name.text) : undefined;
    if (bound) return this.members(bound, depth + 1);
    const imported = this.#imported(name, scope);
    const meant = imported && this.#ofLibrary(imported, args, scope, node, depth);
    if (meant) return meant.members;
    const resolved = this.graph.resolveQualified(name, scope.file, 'type');
    if (resolved) return this.#declaration(resolved, args, scope, node, depth);
    if (!ts.isIdentifier(name)) return this.#enumMember(name, scope, node, imported);
    if (imported) return this.refusals.fromPackage(node, name.text, imported.module, this.graph);
    const global = LIBRARY_TYPES.test(name.text) ? undefined : this.graph.resolveGlobal(name.text);
    if (global) return this.#declaration(global, args, scope, node, depth);
    return readGlobal(name.text, args, node, scope, this, depth);
  }

  /** The package and the last name of what is imported; `Prisma.JsonValue` is `JsonValue` of Prisma's. */
  #imported(name: ts.EntityName | ts.Expression, scope: TypeScope): PackageName | undefined {
    if (ts.isIdentifier(name)) return this.graph.packageName(name.text, scope.file);
    const root = leftmost(name);
    const found = root && this.graph.importedFrom(root.text, scope.file);
    const isOwn = !root || found === undefined || this.graph.ownModule(found, scope.file) !== undefined;
    return isOwn || /^\.\.?(\/|$)/.test(found) ? undefined : { module: found, name: lastName(name) };
  }

  /** Types of libraries that mean something by their name alone, whatever their declarations say. */
  #ofLibrary(
    { module, name }: PackageName,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): { readonly members: Members } | undefined {
    if (NUTHATCH.test(module) && ['Key', 'KeyLike'].includes(name))
      return { members: args[1] ? this.members({ node: args[1], scope }, depth + 1) : [{ kind: 'string' }] };
    if (NUTHATCH.test(module) && name === 'ReleasedKey') {
      const key = args[1] && this.read(args[1], scope);
      return { members: [releasedKeyType(key?.type ?? { kind: 'string' })] };
    }
    if (NUTHATCH.test(module) && name === 'BlobRef') return { members: [BLOB_REF_TYPE] };
    if (isWrapper(module, name) && args[0]) return { members: this.members({ node: args[0], scope }, depth + 1) };
    const shape = jsonShape(name);
    if (shape) return { members: [shape === 'any' ? { kind: 'json' } : { kind: 'json', isObject: true }] };
    if (conversionOf(name)) return { members: this.refusals.fromPackage(node, name, module, this.graph) };
    return undefined;
  }

  #enumMember(
    name: ts.EntityName | ts.Expression,
    scope: TypeScope,
    node: ts.Node,
    imported: PackageName | undefined,
  ): Members {
    const left = ts.isQualifiedName(name)
      ? name.left
      : ts.isPropertyAccessExpression(name)
        ? name.expression
        : undefined;
    const space = left && this.graph.resolveQualified(left, scope.file, 'type');
    const isEnum = space !== undefined && ts.isEnumDeclaration(space.declaration);
    const value = isEnum ? enumValues(space.parts, this.graph).get(lastName(name)) : undefined;
    if (value !== undefined) return [{ kind: 'literal', values: [value] }];
    if (imported && !space) return this.refusals.fromPackage(node, name.getText(), imported.module, this.graph);
    return this.refusals.refuse('UNKNOWN_TYPE', node, `the type ${node.getText()} cannot be found`, STORABLE);
  }

  #importType(node: ts.ImportTypeNode, scope: TypeScope, depth: number): Members {
    const { argument, qualifier } = node;
    if (!qualifier || !ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal))
      return this.refusals.unsupported(node);
    const module = argument.literal.text;
    const names = qualifier.getText().split('.');
    const args = node.typeArguments ?? [];
    const meant = this.#ofLibrary({ module, name: names.at(-1)! }, args, scope, node, depth);
    if (meant) return meant.members;
    const resolved = this.graph.resolveIn(module, names, scope.file, 'type');
    if (resolved) return this.#declaration(resolved, args, scope, node, depth);
    return this.refusals.refuse('UNKNOWN_TYPE', node, `the type ${node.getText()} cannot be found`, STORABLE);
  }

  #declaration(
    resolved: Resolved,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): Members {
    const { declaration, parts } = resolved;
    if (ts.isEnumDeclaration(declaration)) return this.#enumeration(declaration, parts, node);
    const fromPackage = this.graph.packageOf(resolved.file);
    if (fromPackage !== undefined && ts.isClassDeclaration(declaration))
      return this.refusals.fromPackage(node, declaration.name?.text ?? 'it', fromPackage, this.graph);
    // A problem inside a package's declarations is reported where the project names them.
    if (fromPackage !== undefined && this.graph.packageOf(node.getSourceFile()) === undefined)
      return this.refusals.at(positionOf(node), () => this.#declared(resolved, args, scope, node, depth));
    return this.#declared(resolved, args, scope, node, depth);
  }

  #declared(resolved: Resolved, args: readonly ts.TypeNode[], scope: TypeScope, node: ts.Node, depth: number): Members {
    const { declaration } = resolved;
    const open = this.#open.find(declaration, args, scope);
    if (open) {
      if (ts.isClassDeclaration(declaration) && isDocument(declaration, this.graph))
        return this.refusals.keyCycle(node, open.name);
      open.isRecursive = true;
      return [{ kind: 'reference', name: open.name }];
    }
    if (this.#open.isFull) return this.refusals.endless(node);
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
      return this.members({ node: declaration.type, scope: { file, parameters } }, depth + 1);
    }
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isClassDeclaration(declaration))
      return this.refusals.refuse(
        'UNKNOWN_TYPE',
        node,
        `${node.getText()} is a value, not a type that can be stored`,
        STORABLE,
      );
    const parameters = bind(declaration.typeParameters, args, scope, file);
    const type = this.fields.declared(resolved, parameters);
    if (!type || !ts.isClassDeclaration(declaration) || type.kind !== 'object') return type && [type];
    return this.#nestedClass(declaration, file, type.fields, node);
  }

  /** A type that was met inside itself: null beside it is null wherever it is met. */
  #recursive(members: readonly Member[], name: string, node: ts.Node): Members {
    if (members.includes('undefined'))
      return this.refusals.refuse(
        'RECURSIVE_TYPE',
        node,
        `${name} contains itself and may be undefined`,
        'use null for a missing value.',
      );
    // Itself and nothing around it.
    if (members.some((member) => typeof member === 'object' && member.kind === 'reference' && member.name === name))
      return this.refusals.endless(node);
    const read = this.combine(
      members.filter((member) => member !== 'null'),
      node,
    );
    if (!read) return undefined;
    if (!members.includes('null')) return [{ kind: 'recursive', name, of: read.type }];
    const inside: FieldType = { kind: 'nullable', of: { kind: 'reference', name } };
    return [{ kind: 'recursive', name, of: replaceReferences(read.type, name, inside) }, 'null'];
  }

  #enumeration(declaration: ts.EnumDeclaration, parts: readonly ts.Declaration[], node: ts.Node): Members {
    const values = enumValues(parts, this.graph);
    const unknown = enumMembers(parts).find((member) => !values.has(enumMemberName(member)));
    if ([...values.values()].every((value) => typeof value === 'number'))
      this.enums.set(declaration.name.text, Object.fromEntries(values) as EnumMembers);
    if (values.size > 0 && !unknown) return [{ kind: 'literal', values: [...new Set(values.values())] }];
    const name = declaration.name.text;
    const what = unknown
      ? `the value of ${name}.${enumMemberName(unknown)} is known only when the program runs`
      : `the enum ${name} has no members`;
    return this.refusals.refuse('UNSUPPORTED_TYPE', node, what, 'give each member a value of literals and constants.');
  }

  #nestedClass(
    declaration: ts.ClassDeclaration,
    file: ts.SourceFile,
    fields: readonly FieldModel[],
    node: ts.Node,
  ): Members {
    const className = declaration.name?.text;
    const exported = className && this.graph.exportedName(className, file);
    if (!className || !exported) {
      return this.refusals.refuse(
        'NOT_EXPORTED',
        node,
        className === undefined
          ? 'the class of a nested value has no name'
          : `the class ${className} of a nested value is not exported`,
        'write `export class` with a name at the top of its file, so that generated code can make its instances.',
      );
    }
    const then = thenMember(declaration);
    if (then) {
      const { message, hint } = promiseLike(className);
      return this.refusals.refuse('DANGEROUS_NAME', then, message, hint);
    }
    const local = this.#localName(className, exported, file);
    this.nestedClasses.set(local, {
      className: local,
      exportName: exported,
      file: file.fileName,
      isGeneric: declaration.typeParameters !== undefined,
    });
    return [withBehaviour({ kind: 'object', className: local, fields }, behaviourOfClass(declaration, this.graph))];
  }

  /** The name of a nested class in generated code: its name, or `Part2` where that is another's. */
  #localName(className: string, exportName: string, { fileName }: ts.SourceFile): string {
    for (let local = className, n = 2; ; local = `${className}${n++}`) {
      const other = this.nestedClasses.get(local);
      if (other ? other.file === fileName && other.exportName === exportName : !this.#isTaken(local)) return local;
    }
  }

  #operator(node: ts.TypeOperatorNode, inner: (part: ts.TypeNode) => Members): Members {
    if (node.operator === ts.SyntaxKind.ReadonlyKeyword) return inner(node.type);
    if (node.operator !== ts.SyntaxKind.KeyOfKeyword) return this.refusals.unsupported(node);
    const members = inner(node.type);
    return members && (keysOf(members) ?? this.refusals.unsupported(node));
  }

  #intersection(node: ts.IntersectionTypeNode, inner: (part: ts.TypeNode) => Members): Members {
    const tried = node.types.map((part) => this.refusals.attempt(() => inner(part)));
    // A brand says nothing of values, whatever it is made of: `string & { __brand: undefined }`.
    const isBranded = tried.some(
      ({ result }) => result !== undefined && result.length > 0 && result.every(isPrimitive),
    );
    const parts = tried.flatMap(({ result, refused }) => {
      if (isBranded && refused.length > 0 && refused.every(({ code }) => code === 'UNSUPPORTED_TYPE')) return [];
      this.refusals.repeat(refused);
      return [result];
    });
    if (parts.includes(undefined)) return undefined;
    const both = parts.reduce((left, right) => intersectMembers(left!, right!));
    if (both!.length > 0) return both;
    const text = node.getText().replace(/\s+/g, ' ').slice(0, 60);
    return this.refusals.refuse('UNSUPPORTED_TYPE', node, `no value has all types of ${text}`, STORABLE);
  }

  #literal(node: ts.LiteralTypeNode): Members {
    const { literal } = node;
    if (literal.kind === ts.SyntaxKind.NullKeyword) return ['null'];
    let value: LiteralValue | undefined;
    if (ts.isStringLiteralLike(literal)) value = literal.text;
    else if (ts.isNumericLiteral(literal)) value = Number(literal.text);
    else if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand))
      value =
        literal.operator === ts.SyntaxKind.MinusToken ? -Number(literal.operand.text) : Number(literal.operand.text);
    else if (literal.kind === ts.SyntaxKind.TrueKeyword) value = true;
    else if (literal.kind === ts.SyntaxKind.FalseKeyword) value = false;
    if (value === undefined)
      return this.refusals.refuse(
        'UNSUPPORTED_TYPE',
        node,
        `${node.getText()} is not a literal that can be stored`,
        'write bigint.',
      );
    return [{ kind: 'literal', values: [value] }];
  }

  /** `typeof LIMITS`: the type of a constant, an enum, or a member of either. */
  #typeOf(node: ts.TypeQueryNode, scope: TypeScope): Members {
    const names = node.exprName.getText().split('.');
    // The longest part of it that is declared; the rest are members of a value.
    let name: ts.EntityName = node.exprName;
    let at = names.length;
    let resolved = this.graph.resolveQualified(name, scope.file, 'value');
    while (!resolved && ts.isQualifiedName(name)) {
      name = name.left;
      at--;
      resolved = this.graph.resolveQualified(name, scope.file, 'value');
    }
    let type: FieldType | undefined;
    if (resolved && ts.isVariableDeclaration(resolved.declaration))
      type = typeOfVariable(resolved.declaration, isConstant(resolved.declaration) ? 'literal' : 'widened', this)?.type;
    else if (resolved && ts.isEnumDeclaration(resolved.declaration)) {
      const values = [...enumValues(resolved.parts, this.graph)];
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
    if (type) return flat(type);
    return this.refusals.refuse(
      'UNKNOWN_TYPE',
      node,
      `the source does not show the type of ${node.exprName.getText()}`,
      'write the type, or give the constant literal values and `as const`.',
    );
  }
}

function isConstant({ parent }: ts.VariableDeclaration): boolean {
  return (parent.flags & ts.NodeFlags.Const) !== 0;
}

function isPrimitive(member: Member): boolean {
  return typeof member === 'object' && /^(string|number|boolean|bigint|literal)$/.test(member.kind);
}

function flat(member: Member): readonly Member[] {
  return typeof member === 'string' ? [member] : membersOf(member);
}

function leftmost(name: ts.Node): ts.Identifier | undefined {
  if (ts.isIdentifier(name)) return name;
  if (ts.isQualifiedName(name)) return leftmost(name.left);
  return ts.isPropertyAccessExpression(name) ? leftmost(name.expression) : undefined;
}

function lastName(name: ts.Node): string {
  return ts.isQualifiedName(name)
    ? name.right.text
    : ts.isPropertyAccessExpression(name)
      ? name.name.text
      : name.getText();
}

function isNamed(declaration: ts.Declaration): declaration is ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
}

function isDocument(declaration: ts.ClassDeclaration, graph: ModuleGraph): boolean {
  return findDecorators(declaration, graph).some(({ origin, name }) => origin === 'nuthatch' && name === 'Document');
}

/** What `ReleasedKey` of the model package is made of. */
function releasedKeyType(key: FieldType): FieldType {
  const field = (name: string, type: FieldType): FieldModel => ({ name, type, optional: false, rules: [] });
  return { kind: 'object', fields: [field('key', key), field('release', { kind: 'number' })] };
}
