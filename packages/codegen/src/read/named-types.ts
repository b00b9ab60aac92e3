/** Names of types → the types that they name: type parameters, imports, global and library types, members of enums. */
import { BLOB_REF_TYPE, type FieldModel, type FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { enumValues } from './constant-reader.js';
import type { DeclaredTypes } from './declared-types.js';
import { conversionOf, isWrapper, jsonShape } from './foreign-types.js';
import type { ModuleGraph } from './module-graph.js';
import { NUTHATCH } from './own-packages.js';
import type { PackageName } from './package-name.js';
import { STORABLE, type TypeRefusals } from './type-refusals.js';
import type { Member, TypeReading, TypeScope } from './type-scope.js';
import { readGlobal } from './utility-types.js';

type Members = readonly Member[] | undefined;

/** Types of the language's own library that fields are made of: the project's global declarations are not asked for them. */
const LIBRARY_TYPES =
  /^(Date|Uint8Array|Buffer|Float32Array|String|Number|Boolean|BigInt|Object|(Readonly)?(Array|Set|Map)|Readonly|Record|Partial|Required|Pick|Omit|NonNullable|Extract|Exclude|NoInfer|Uppercase|Lowercase|Capitalize|Uncapitalize)$/;
export class NamedTypes {
  readonly #reading: TypeReading;
  readonly #graph: ModuleGraph;
  readonly #refusals: TypeRefusals;
  readonly #declared: DeclaredTypes;

  constructor(reading: TypeReading, declared: DeclaredTypes) {
    this.#reading = reading;
    this.#graph = reading.graph;
    this.#refusals = reading.refusals;
    this.#declared = declared;
  }

  /** See `TypeReading`. */
  reference(
    name: ts.EntityName | ts.Expression,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): Members {
    const bound = ts.isIdentifier(name) ? scope.parameters.get(name.text) : undefined;
    if (bound) return this.#reading.members(bound, depth + 1);
    const imported = this.#imported(name, scope);
    const meant = imported && this.#ofLibrary(imported, args, scope, node, depth);
    if (meant) return meant.members;
    const resolved = this.#graph.resolveQualified(name, scope.file, 'type');
    if (resolved) return this.#declared.read(resolved, args, scope, node, depth);
    if (!ts.isIdentifier(name)) return this.#enumMember(name, scope, node, imported);
    if (imported) return this.#refusals.fromPackage(node, name.text, imported.module, this.#graph);
    const global = LIBRARY_TYPES.test(name.text) ? undefined : this.#graph.resolveGlobal(name.text);
    if (global) return this.#declared.read(global, args, scope, node, depth);
    return readGlobal(name.text, args, node, scope, this.#reading, depth);
  }

  /** `import('./colours').Colour`. */
  importType(node: ts.ImportTypeNode, scope: TypeScope, depth: number): Members {
    const { argument, qualifier } = node;
    if (!qualifier || !ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal))
      return this.#refusals.unsupported(node);
    const module = argument.literal.text;
    const names = qualifier.getText().split('.');
    const args = node.typeArguments ?? [];
    const meant = this.#ofLibrary({ module, name: names.at(-1)! }, args, scope, node, depth);
    if (meant) return meant.members;
    const resolved = this.#graph.resolveIn(module, names, scope.file, 'type');
    if (resolved) return this.#declared.read(resolved, args, scope, node, depth);
    return this.#refusals.refuse('UNKNOWN_TYPE', node, `the type ${node.getText()} cannot be found`, STORABLE);
  }

  /** The package and the last name of what is imported; `Prisma.JsonValue` is `JsonValue` of Prisma's. */
  #imported(name: ts.EntityName | ts.Expression, scope: TypeScope): PackageName | undefined {
    if (ts.isIdentifier(name)) return this.#graph.packageName(name.text, scope.file);
    const root = leftmost(name);
    const found = root && this.#graph.importedFrom(root.text, scope.file);
    const isOwn = !root || found === undefined || this.#graph.ownModule(found, scope.file) !== undefined;
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
      return { members: args[1] ? this.#reading.members({ node: args[1], scope }, depth + 1) : [{ kind: 'string' }] };
    if (NUTHATCH.test(module) && name === 'ReleasedKey') {
      const key = args[1] && this.#reading.read(args[1], scope);
      return { members: [releasedKeyType(key?.type ?? { kind: 'string' })] };
    }
    if (NUTHATCH.test(module) && name === 'BlobRef') return { members: [BLOB_REF_TYPE] };
    if (isWrapper(module, name) && args[0])
      return { members: this.#reading.members({ node: args[0], scope }, depth + 1) };
    const shape = jsonShape(name);
    if (shape) return { members: [shape === 'any' ? { kind: 'json' } : { kind: 'json', isObject: true }] };
    if (conversionOf(name)) return { members: this.#refusals.fromPackage(node, name, module, this.#graph) };
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
    const space = left && this.#graph.resolveQualified(left, scope.file, 'type');
    const isEnum = space !== undefined && ts.isEnumDeclaration(space.declaration);
    const value = isEnum ? enumValues(space.parts, this.#graph).get(lastName(name)) : undefined;
    if (value !== undefined) return [{ kind: 'literal', values: [value] }];
    if (imported && !space) return this.#refusals.fromPackage(node, name.getText(), imported.module, this.#graph);
    return this.#refusals.refuse('UNKNOWN_TYPE', node, `the type ${node.getText()} cannot be found`, STORABLE);
  }
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

/** What `ReleasedKey` of the model package is made of. */
function releasedKeyType(key: FieldType): FieldType {
  const field = (name: string, type: FieldType): FieldModel => ({ name, type, optional: false, rules: [] });
  return { kind: 'object', fields: [field('key', key), field('release', { kind: 'number' })] };
}
