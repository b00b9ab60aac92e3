/** A decorated class and its bases → its model, with the position of every field. */
import type {
  ComputedFieldModel,
  DocumentModel,
  FieldModel,
  IndexModel,
  KeyGeneration,
  ValidationRule,
} from '@nuthatch/model';
import { ts } from 'ts-morph';
import type { Diagnostics } from '../diagnostic.js';
import type { DocumentSource, SourcePosition } from '../document-source.js';
import {
  type FoundDecorator,
  findDecorators,
  readClassIndex,
  readDocumentOptions,
  readFieldIndex,
  readIdOptions,
  requireCall,
} from './decorator-reader.js';
import { readDefault } from './default-reader.js';
import type { InferredTypes } from './inferred-types.js';
import { type ModuleGraph, positionOf } from './module-graph.js';
import { readRule } from './rule-reader.js';
import { TypeReader } from './type-reader.js';
import { bind, propertyNameText, type ReadType, type TypeScope } from './type-scope.js';

/** What is gathered along the chain of bases, base first. */
interface Gathered {
  readonly fields: Map<string, FieldModel>;
  readonly computed: Map<string, ComputedFieldModel>;
  readonly indexes: Map<string, IndexModel>;
  readonly classIndexes: Map<string, IndexModel>;
  readonly keyFields: Set<string>;
  readonly positions: Map<string, SourcePosition>;
  /** The class and its bases, as far as they are read. */
  readonly chain: Set<ts.ClassDeclaration>;
  generate?: KeyGeneration;
  expires?: { readonly field: string; readonly owner: ts.Node };
}

export interface ReadContext {
  readonly graph: ModuleGraph;
  readonly diagnostics: Diagnostics;
  readonly inferred: InferredTypes;
}

/** Reads a class that `@Document` stands on; `undefined` after diagnostics. */
export function readClass(
  declaration: ts.ClassDeclaration,
  document: FoundDecorator,
  context: ReadContext,
): DocumentSource | undefined {
  const { graph, diagnostics } = context;
  const file = declaration.getSourceFile();
  const className = declaration.name?.text;
  const exportName = className && graph.exportedName(className, file);
  if (!className || !exportName) {
    const hint = 'write `export class` with a name: generated code imports it.';
    diagnostics.add(
      'NOT_EXPORTED',
      positionOf(declaration.name ?? document.node),
      `the document class ${className ?? ''} is not exported`,
      hint,
    );
    return undefined;
  }
  requireCall(document, diagnostics);
  const options = readDocumentOptions(document, graph, diagnostics);
  const types = new TypeReader(graph, diagnostics);
  const gathered: Gathered = {
    fields: new Map(),
    computed: new Map(),
    indexes: new Map(),
    classIndexes: new Map(),
    keyFields: new Set(),
    positions: new Map(),
    chain: new Set(),
  };
  const countBefore = diagnostics.list.length;
  gather(declaration, { file, parameters: new Map() }, gathered, types, context);
  if (diagnostics.list.length > countBefore) return undefined;
  const model: DocumentModel = {
    name: className,
    collection: options.collection ?? className.charAt(0).toLowerCase() + className.slice(1),
    storage: options.storage ?? 'disk',
    key: { fields: [...gathered.keyFields], ...(gathered.generate && { generate: gathered.generate }) },
    fields: [...gathered.fields.values()],
    computed: [...gathered.computed.values()].filter(({ name }) => isIndexed(gathered, name)),
    indexes: [...gathered.indexes.values(), ...gathered.classIndexes.values()],
    ...(gathered.expires && { expires: gathered.expires.field }),
    ...(options.minReader && { minReader: options.minReader }),
  };
  requireConstructible(declaration, model, context);
  return {
    model,
    file: file.fileName,
    exportName,
    isDefined: false,
    nestedClasses: [...types.nestedClasses.values()],
    position: positionOf(declaration.name ?? declaration),
    fieldPositions: gathered.positions,
  };
}

function isIndexed(gathered: Gathered, name: string): boolean {
  return [...gathered.indexes.values(), ...gathered.classIndexes.values()].some((index) => index.fields.includes(name));
}

function gather(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: Gathered,
  types: TypeReader,
  context: ReadContext,
): void {
  into.chain.add(declaration);
  gatherBase(declaration, scope, into, types, context);
  for (const member of declaration.members) gatherMember(member, scope, into, types, context);
  for (const decorator of findDecorators(declaration, context.graph)) {
    if (decorator.origin !== 'nuthatch' || !['Index', 'Range'].includes(decorator.name)) continue;
    const index = readClassIndex(decorator, context.graph, context.diagnostics);
    if (index) into.classIndexes.set(`${index.kind} ${index.name}`, index);
  }
}

function gatherBase(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: Gathered,
  types: TypeReader,
  context: ReadContext,
): void {
  const base = declaration.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (!base) return;
  const resolved = ts.isIdentifier(base.expression)
    ? context.graph.resolve(base.expression.text, scope.file)
    : undefined;
  if (!resolved || !ts.isClassDeclaration(resolved.declaration)) {
    context.diagnostics.add(
      'UNKNOWN_BASE',
      positionOf(base),
      `the base class ${base.expression.getText()} cannot be read`,
      'extend a class of your own sources, by its name.',
    );
    return;
  }
  if (into.chain.has(resolved.declaration)) {
    context.diagnostics.add(
      'UNKNOWN_BASE',
      positionOf(base),
      `${base.expression.getText()} extends itself`,
      'break the circle.',
    );
    return;
  }
  const parameters = bind(resolved.declaration.typeParameters, base.typeArguments ?? [], scope, resolved.file);
  gather(resolved.declaration, { file: resolved.file, parameters }, into, types, context);
}

function gatherMember(
  member: ts.ClassElement,
  scope: TypeScope,
  into: Gathered,
  types: TypeReader,
  context: ReadContext,
): void {
  const { diagnostics } = context;
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  const has = (kind: ts.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
  if (has(ts.SyntaxKind.StaticKeyword) || !(ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member)))
    refuseDecorators(member, context);
  if (has(ts.SyntaxKind.StaticKeyword)) return;
  if (ts.isConstructorDeclaration(member)) {
    const property = member.parameters.find((parameter) => (ts.getModifiers(parameter)?.length ?? 0) > 0);
    if (property)
      diagnostics.add(
        'UNSUPPORTED_MEMBER',
        positionOf(property),
        'a field is declared in the constructor',
        'declare it as a field of the class: constructors are not run when documents are read.',
      );
    return;
  }
  if (ts.isGetAccessorDeclaration(member)) {
    gatherGetter(member, scope, into, types, context);
    return;
  }
  if (!ts.isPropertyDeclaration(member)) return;
  if (ts.isPrivateIdentifier(member.name)) {
    diagnostics.add(
      'PRIVATE_FIELD',
      positionOf(member.name),
      `${member.name.text} is private to its class and cannot be stored`,
      'make it a public field, or compute it with a getter.',
    );
    return;
  }
  const name = propertyNameText(member.name);
  if (name === undefined) {
    diagnostics.add(
      'UNSUPPORTED_MEMBER',
      positionOf(member.name),
      'the name of a field is computed',
      'give the field a plain name.',
    );
    return;
  }
  if (has(ts.SyntaxKind.PrivateKeyword) || has(ts.SyntaxKind.ProtectedKeyword)) {
    diagnostics.add(
      'PRIVATE_FIELD',
      positionOf(member.name),
      `${name} is private or protected, and generated code has to reach it`,
      'make it public.',
    );
    return;
  }
  if (has(ts.SyntaxKind.AccessorKeyword)) {
    diagnostics.add(
      'UNSUPPORTED_MEMBER',
      positionOf(member.name),
      `${name} is an accessor field, whose value is hidden in the instance`,
      'declare it as a plain field.',
    );
    return;
  }
  const read = readMemberType(member, scope, types, context);
  into.positions.set(name, positionOf(member.name));
  const decorators = findDecorators(member, context.graph);
  noteDecorators(name, decorators, into, context);
  if (!read) return;
  const fieldDefault = member.initializer && readDefault(member.initializer, context.graph);
  into.fields.delete(name);
  into.fields.set(name, {
    name,
    type: read.type,
    optional: read.optional || member.questionToken !== undefined,
    ...(fieldDefault && { default: fieldDefault }),
    rules: readRules(decorators, context.graph),
  });
}

function gatherGetter(
  member: ts.GetAccessorDeclaration,
  scope: TypeScope,
  into: Gathered,
  types: TypeReader,
  context: ReadContext,
): void {
  const name = propertyNameText(member.name);
  const decorators = findDecorators(member, context.graph);
  const isIndexedByItself = decorators.some((decorator) => decorator.origin === 'nuthatch');
  if (name === undefined) {
    if (isIndexedByItself)
      context.diagnostics.add(
        'PRIVATE_FIELD',
        positionOf(member.name),
        `${member.name.getText()} cannot be an index's key`,
        'give the getter a public, plain name.',
      );
    return;
  }
  into.positions.set(name, positionOf(member.name));
  noteDecorators(name, decorators, into, context);
  // A getter that nothing indexes need not have a type that can be stored.
  if (!isIndexedByItself && !member.type) return;
  const quiet = isIndexedByItself
    ? types
    : new TypeReader(context.graph, {
        ...context.diagnostics,
        list: [],
        add: () => undefined,
      } as unknown as Diagnostics);
  const read = readMemberType(member, scope, quiet, context);
  if (read) into.computed.set(name, { name, type: read.type, optional: read.optional });
}

/** Our decorators mean something on fields and getters of documents only. */
function refuseDecorators(member: ts.ClassElement, { graph, diagnostics }: ReadContext): void {
  if (!ts.canHaveDecorators(member)) return;
  const misplaced = findDecorators(member, graph).find(({ origin }) => origin === 'nuthatch');
  if (!misplaced) return;
  const message = `@${misplaced.name} stands on ${member.name?.getText() ?? 'a member'}, which is no field or getter of the document`;
  diagnostics.add('BAD_DECORATOR', positionOf(misplaced.node), message, 'put it on a field or a getter.');
}

/** The written type, else what the initializer says, else what the type checker finds. */
function readMemberType(
  member: ts.PropertyDeclaration | ts.GetAccessorDeclaration,
  scope: TypeScope,
  types: TypeReader,
  context: ReadContext,
): ReadType | undefined {
  if (member.type) return types.read(member.type, scope);
  const simple =
    ts.isPropertyDeclaration(member) && member.initializer ? typeOfInitializer(member.initializer) : undefined;
  if (simple) return { type: simple, optional: false };
  const inferred = context.inferred.typeOf(member);
  if (inferred)
    return types.readInferred(
      inferred,
      { file: member.getSourceFile(), parameters: scope.parameters },
      positionOf(member.name),
    );
  const message = `${member.name.getText()} has no written type and none can be inferred`;
  context.diagnostics.add('UNKNOWN_TYPE', positionOf(member.name), message, 'write its type.');
  return undefined;
}

function typeOfInitializer(node: ts.Expression): FieldModel['type'] | undefined {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return { kind: 'string' };
  if (ts.isNumericLiteral(node) || (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)))
    return { kind: 'number' };
  if (ts.isBigIntLiteral(node)) return { kind: 'bigint' };
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return { kind: 'boolean' };
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    if (node.expression.text === 'Date') return { kind: 'date' };
    if (node.expression.text === 'Uint8Array') return { kind: 'bytes' };
  }
  return undefined;
}

function noteDecorators(
  field: string,
  decorators: readonly FoundDecorator[],
  into: Gathered,
  { graph, diagnostics }: ReadContext,
): void {
  for (const decorator of decorators) {
    if (decorator.origin !== 'nuthatch') continue;
    requireCall(decorator, diagnostics);
    if (decorator.name === 'Id') {
      into.keyFields.add(field);
      const generate = readIdOptions(decorator, graph, diagnostics);
      if (generate) into.generate = generate;
    } else if (decorator.name === 'Expires') {
      const owner = decorator.node.parent.parent;
      const other = into.expires?.owner === owner ? into.expires.field : field;
      if (other === field) into.expires = { field, owner };
      else
        diagnostics.add(
          'BAD_DECORATOR',
          positionOf(decorator.node),
          `@Expires stands on ${other} and on ${field}`,
          'keep one of the two: a document has one expiry.',
        );
    } else if (['Index', 'Tag', 'Range'].includes(decorator.name)) {
      const index = readFieldIndex(decorator, field, graph, diagnostics);
      into.indexes.set(`${index.kind} ${index.name}`, index);
    }
  }
}

/** A decorator of the user's own may put class-validator's together, which no reading shows: its field is class-validator's. */
function readRules(decorators: readonly FoundDecorator[], graph: ModuleGraph): readonly ValidationRule[] {
  return decorators.flatMap(({ origin, name, args }): readonly ValidationRule[] => {
    if (origin === 'local') return [{ name, args: [], opaque: true }];
    return origin === 'class-validator' && name !== 'Allow' ? [readRule(name, args, graph)] : [];
  });
}

/** A default that only the class's own initializer can make needs a constructor that takes nothing. */
function requireConstructible(
  declaration: ts.ClassDeclaration,
  model: DocumentModel,
  { diagnostics }: ReadContext,
): void {
  const needs = model.fields.find((field) => field.default?.kind === 'initializer');
  const ownConstructor = declaration.members.find(ts.isConstructorDeclaration);
  const required = ownConstructor?.parameters.find(
    (parameter) => !parameter.questionToken && !parameter.initializer && !parameter.dotDotDotToken,
  );
  if (!needs || !required) return;
  const message = `the default of ${needs.name} needs an instance, and the constructor has the parameter ${required.name.getText()}`;
  diagnostics.add(
    'UNSUPPORTED_MEMBER',
    positionOf(required),
    message,
    'give the parameter a default, or write the field’s default as plain data.',
  );
}
