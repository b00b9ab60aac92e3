/** A decorated class and its bases → its model, with the position of every field. */
import { checkModel, collectionNameOf, type DocumentModel, promiseLike } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { DocumentSource } from '../document-source.js';
import { hidesGeneratedName } from '../emit/local-names.js';
import { isTypeNameOf } from '../emit/type-names.js';
import { asWritten, writtenField } from '../written-field.js';
import {
  type FoundDecorator,
  findDecorators,
  readClassIndex,
  readDocumentOptions,
  requireCall,
} from './decorator-reader.js';
import { droppedBase } from './foreign-types.js';
import { emptyGathered, type GatheredClass, mergedRules, noteRules } from './gathered-class.js';
import { refuseWrappedDecorators } from './left-out-decorators.js';
import { withInitial } from './lifetime-reader.js';
import { isMapped, type MappedBase, readMappedBase } from './mapped-base.js';
import { gatherMember } from './member-reader.js';
import { gatherInterfaces } from './merged-interfaces.js';
import { type ReadContext, refuse } from './read-context.js';
import { gatherClassSearch, searchOf } from './search-reader.js';
import { positionOf } from './source-position.js';
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
      className === undefined ? 'the document class has no name' : `the document class ${className} is not exported`,
      hint,
    );
  }
  requireCall(document, diagnostics);
  const options = readDocumentOptions(document, graph, diagnostics);
  const types = new TypeReader(
    graph,
    diagnostics,
    (member) => context.inferred.typeOf(member),
    (name) => hidesGeneratedName(name) || isTypeNameOf(className, name),
  );
  const gathered = emptyGathered();
  const countBefore = diagnostics.list.length;
  gather(declaration, { file, parameters: new Map() }, gathered, types, context);
  for (const [field, { node }] of gathered.aggregates)
    refuse(
      context,
      node,
      'BAD_VIEW',
      `${field} is made of other documents, and ${className} is a document itself`,
      `make ${className} a view: @View(() => …) in place of @Document().`,
    );
  const isBroken = diagnostics.list.length > countBefore;
  const model: DocumentModel = {
    name: className,
    collection: options.collection ?? options.collections?.[0] ?? collectionNameOf(className),
    storage: options.storage ?? 'disk',
    key: { fields: [...gathered.keyFields], ...(gathered.generate && { generate: gathered.generate }) },
    fields: [...gathered.fields.values()].map((field) =>
      asWritten(
        {
          ...withInitial(field, gathered.lifetime?.model),
          rules: mergedRules(gathered.rules.get(field.name) ?? [], declaration),
        },
        gathered.hasMarker ? undefined : writtenField(field),
      ),
    ),
    computed: [...gathered.computed.values()].filter(({ name }) => isIndexed(gathered, name)),
    indexes: [...gathered.indexes.values(), ...gathered.classIndexes.values()],
    ...(gathered.expires && { expires: gathered.expires.field }),
    ...(options.minReader && { minReader: options.minReader }),
    ...(options.sync && { sync: options.sync }),
    ...(gathered.released && { released: gathered.released }),
    ...(gathered.lifetime && { lifetime: gathered.lifetime.model }),
    ...(gathered.vectors.size > 0 && { vectors: [...gathered.vectors.values()] }),
    ...searchOf(gathered),
  };
  // Other problems are reported in the same round; what follows from a broken field is not.
  if (isBroken) return reportBroken(model, declaration, gathered, context);
  requireConstructible(declaration, model, context);
  return {
    model,
    ...(options.collections && { collections: options.collections }),
    file: file.fileName,
    exportName,
    isDefined: false,
    nestedClasses: types.nestedClasses,
    readonlyFields: new Set([...gathered.readonlyFields].filter((name) => !gathered.keyFields.has(name))),
    enums: Object.fromEntries(types.enums),
    position: positionOf(declaration.name ?? declaration),
    fieldPositions: gathered.positions,
    declaration,
    foundReferences: [...gathered.references.values()],
  };
}

function reportBroken(
  model: DocumentModel,
  declaration: ts.ClassDeclaration,
  { broken, positions, keyFields }: GatheredClass,
  { diagnostics }: ReadContext,
): undefined {
  const isWhole = (fields: readonly string[]): boolean => !fields.some((field) => broken.has(field));
  const whole = { ...model, indexes: model.indexes.filter(({ fields }) => isWhole(fields)) };
  for (const { code, field, message, hint } of checkModel(whole)) {
    if ((field !== undefined && broken.has(field)) || (code === 'NO_ID' && keyFields.size > 0)) continue;
    const position = (field !== undefined && positions.get(field)) || positionOf(declaration.name ?? declaration);
    diagnostics.add(code, position, message, hint);
  }
  return undefined;
}

function isIndexed(gathered: GatheredClass, name: string): boolean {
  return [...gathered.indexes.values(), ...gathered.classIndexes.values()].some((index) => index.fields.includes(name));
}

/** Gathers what a class and its bases say. */
export function gather(
  declaration: ts.ClassDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  into.chain.add(declaration);
  context.readClasses.add(declaration);
  context.graph.readTypes.add(declaration);
  refuseWrappedDecorators(declaration, context);
  gatherBase(declaration, scope, into, types, context);
  refuseThen(declaration, context);
  const inherited = new Map(into.search);
  for (const member of declaration.members) gatherMember(member, scope, into, types, context);
  const ownSearch = new Map([...into.search].filter(([field, searched]) => inherited.get(field) !== searched));
  gatherInterfaces(declaration, scope, into, types, context);
  for (const decorator of findDecorators(declaration, context.graph)) {
    if (decorator.origin !== 'nuthatch') continue;
    if (decorator.name === 'Released') {
      requireCall(decorator, context.diagnostics);
      into.released = true;
    }
    if (decorator.name === 'Search') gatherClassSearch(decorator, into, ownSearch, context);
    if (!['Index', 'Range'].includes(decorator.name)) continue;
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
  const { expression } = base;
  const mapped = ts.isCallExpression(expression) ? readMappedBase(expression, context.graph) : undefined;
  if (mapped) {
    gatherMapped(mapped, into, types, context);
    return;
  }
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
        : droppedBase(module),
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

/** Fields of other classes and class-validator's rules of them: keys and indexes are not taken along at run time. */
function gatherMapped(mapped: MappedBase, into: GatheredClass, types: TypeReader, context: ReadContext): void {
  for (const base of mapped.bases) {
    const from = emptyGathered();
    for (const member of into.chain) from.chain.add(member);
    const leaf = isMapped(base) ? mapped : base.declaration;
    if (isMapped(base)) gatherMapped(base, from, types, context);
    else {
      const { declaration, file } = base;
      if (!ts.isClassDeclaration(declaration) || into.chain.has(declaration)) continue;
      gather(declaration, { file, parameters: new Map() }, from, types, context);
    }
    for (const name of from.broken) into.broken.add(name);
    for (const field of mapped.change([...from.fields.values()])) {
      const rules = mergedRules(from.rules.get(field.name) ?? [], leaf);
      const skips = mapped.isPartial && rules.length > 0 && !rules.some(({ name }) => name === 'isOptional');
      // A copy: what its class says of it need not be what is made of the class.
      into.fields.set(field.name, { ...field });
      into.positions.set(field.name, from.positions.get(field.name)!);
      noteRules(field.name, base, skips ? [...rules, { name: 'isOptional', args: [] }] : rules, into);
    }
  }
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
