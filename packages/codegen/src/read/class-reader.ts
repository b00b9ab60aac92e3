/** A decorated class and its bases → its model, with the position of every field. */
import { type DocumentModel, promiseLike } from '@nuthatch/model';
import { ts } from 'ts-morph';
import type { DocumentSource } from '../document-source.js';
import {
  type FoundDecorator,
  findDecorators,
  readClassIndex,
  readDocumentOptions,
  requireCall,
} from './decorator-reader.js';
import { emptyGathered, type GatheredClass } from './gathered-class.js';
import { gatherMember } from './member-reader.js';
import { positionOf } from './module-graph.js';
import { type ReadContext, refuse } from './read-context.js';
import { thenMember } from './then-member.js';
import { TypeReader } from './type-reader.js';
import { bind, type TypeScope } from './type-scope.js';

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
    return refuse(
      context,
      declaration.name ?? document.node,
      'NOT_EXPORTED',
      `the document class ${className ?? ''} is not exported`,
      hint,
    );
  }
  requireCall(document, diagnostics);
  const options = readDocumentOptions(document, graph, diagnostics);
  const types = new TypeReader(graph, diagnostics);
  const gathered = emptyGathered();
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

function isIndexed(gathered: GatheredClass, name: string): boolean {
  return [...gathered.indexes.values(), ...gathered.classIndexes.values()].some((index) => index.fields.includes(name));
}

function gather(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  into.chain.add(declaration);
  gatherBase(declaration, scope, into, types, context);
  refuseThen(declaration, context);
  for (const member of declaration.members) gatherMember(member, scope, into, types, context);
  for (const decorator of findDecorators(declaration, context.graph)) {
    if (decorator.origin !== 'nuthatch' || !['Index', 'Range'].includes(decorator.name)) continue;
    const index = readClassIndex(decorator, context.graph, context.diagnostics);
    if (index) into.classIndexes.set(`${index.kind} ${index.name}`, index);
  }
}

/** A field, getter or method of this name makes a promise of every document, for `await`. */
function refuseThen(declaration: ts.ClassDeclaration, context: ReadContext): void {
  const member = thenMember(declaration);
  if (member === undefined) return;
  const { message, hint } = promiseLike(declaration.name?.text ?? 'the class');
  refuse(context, member, 'DANGEROUS_NAME', message, hint);
}

function gatherBase(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  const base = declaration.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (!base) return;
  const resolved = context.graph.resolveQualified(base.expression, scope.file, 'value');
  if (!resolved || !ts.isClassDeclaration(resolved.declaration) || context.graph.packageOf(resolved.file)) {
    const name = base.expression.getText();
    const root = ts.isPropertyAccessExpression(base.expression) ? base.expression.expression : base.expression;
    const module = ts.isIdentifier(root) ? context.graph.importedFrom(root.text, scope.file) : undefined;
    refuse(
      context,
      base,
      'UNKNOWN_BASE',
      `the base class ${name} cannot be read${module === undefined ? '' : `: it comes from ${module}`}`,
      module === undefined || context.graph.isAlias(module) || module.startsWith('.')
        ? 'extend a class of your own sources, by its name.'
        : 'leave out the base class of another library: documents need none.',
    );
    return;
  }
  if (into.chain.has(resolved.declaration)) {
    refuse(context, base, 'UNKNOWN_BASE', `${base.expression.getText()} extends itself`, 'break the circle.');
    return;
  }
  const parameters = bind(resolved.declaration.typeParameters, base.typeArguments ?? [], scope, resolved.file);
  gather(resolved.declaration, { file: resolved.file, parameters }, into, types, context);
}

/** A default that only the class's own initializer can make needs a constructor that takes nothing. */
function requireConstructible(declaration: ts.ClassDeclaration, model: DocumentModel, context: ReadContext): void {
  const needs = model.fields.find((field) => field.default?.kind === 'initializer');
  const ownConstructor = declaration.members.find(ts.isConstructorDeclaration);
  const required = ownConstructor?.parameters.find(
    (parameter) => !parameter.questionToken && !parameter.initializer && !parameter.dotDotDotToken,
  );
  if (!needs || !required) return;
  const message = `the default of ${needs.name} needs an instance, and the constructor has the parameter ${required.name.getText()}`;
  refuse(
    context,
    required,
    'UNSUPPORTED_MEMBER',
    message,
    'give the parameter a default, or write the field’s default as plain data.',
  );
}
