/** A member of a document class → what it adds: a field, a computed field, indexes, the key, the expiry. */
import type { FieldModel, ValidationRule } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { Diagnostics } from '../diagnostic.js';
import { asWritten } from '../written-field.js';
import { isAggregate, readAggregate } from './aggregate-reader.js';
import { type FoundDecorator, findDecorators, readFieldIndex, readIdOptions, requireCall } from './decorator-reader.js';
import { readDefault } from './default-reader.js';
import { type GatheredClass, noteRules } from './gathered-class.js';
import { refuseWrappedDecorators } from './left-out-decorators.js';
import { readLifetime } from './lifetime-reader.js';
import { memberName } from './member-name.js';
import { readMemberType } from './member-type.js';
import type { ModuleGraph } from './module-graph.js';
import { plainTypeText } from './plain-type.js';
import { type ReadContext, refuse } from './read-context.js';
import { readReference } from './reference-reader.js';
import { readRule } from './rule-reader.js';
import { readFieldSearch } from './search-reader.js';
import { positionOf } from './source-position.js';
import { TypeReader } from './type-reader.js';
import { propertyNameText, type TypeScope } from './type-scope.js';
import { readVector } from './vector-reader.js';

/** Adds what one member of a class, or of a base of it, says about its documents. */
export function gatherMember(
  member: ts.ClassElement,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  const isStatic = hasModifier(member, ts.SyntaxKind.StaticKeyword);
  if (isStatic || !(ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member)))
    refuseDecorators(member, context);
  if (isStatic) return;
  if (ts.canHaveDecorators(member)) refuseWrappedDecorators(member, context);
  refusePrivateMember(member, context);
  if (ts.isIndexSignatureDeclaration(member)) refuseIndexSignature(member, context);
  else if (ts.isConstructorDeclaration(member)) refuseParameterFields(member, context);
  else if (ts.isGetAccessorDeclaration(member)) gatherGetter(member, scope, into, types, context);
  else if (ts.isSetAccessorDeclaration(member)) forgetField(propertyNameText(member.name) ?? '', into);
  else if (ts.isPropertyDeclaration(member)) gatherField(member, scope, into, types, context);
}

/** `#method()` and `get #it()`: whatever calls them on a document that was read fails. Fields are refused as fields. */
function refusePrivateMember(member: ts.ClassElement, context: ReadContext): void {
  if (!member.name || !ts.isPrivateIdentifier(member.name) || ts.isPropertyDeclaration(member)) return;
  const message = `the constructor puts ${member.name.text} into instances, and it does not run when documents are read`;
  refuse(context, member.name, 'PRIVATE_FIELD', message, 'make it a `private` method, or a function of the module.');
}

function gatherField(
  member: ts.PropertyDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  const name = storedName(member, into, context);
  if (name === undefined) return;
  into.broken.add(name);
  const read = readMemberType(member, scope, types, context);
  into.positions.set(name, positionOf(member.name));
  const decorators = findDecorators(member, context.graph);
  noteDecorators(name, decorators, into, context);
  noteRules(name, member.parent, readRules(decorators, context.graph), into);
  if (!read) return;
  const fieldDefault = member.initializer && readDefault(member.initializer, context.graph);
  into.broken.delete(name);
  if (hasModifier(member, ts.SyntaxKind.ReadonlyKeyword)) into.readonlyFields.add(name);
  else into.readonlyFields.delete(name);
  into.fields.delete(name);
  const mayLack = member.questionToken !== undefined;
  const field: FieldModel = {
    name,
    type: read.type,
    optional: read.optional || mayLack,
    ...(fieldDefault && { default: fieldDefault }),
    rules: [],
  };
  into.fields.set(name, asWritten(field, { mayLack, plainType: plainTypeText(member.type) }));
}

/** `abstract x: string` of a base that an accessor implements: no value is kept under its name. */
function forgetField(name: string, into: GatheredClass): void {
  into.fields.delete(name);
  into.readonlyFields.delete(name);
}

function gatherGetter(
  member: ts.GetAccessorDeclaration,
  scope: TypeScope,
  into: GatheredClass,
  types: TypeReader,
  context: ReadContext,
): void {
  const name = propertyNameText(member.name);
  if (name !== undefined) forgetField(name, into);
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
  // A field that only a class-level index may name gets no complaint about its type here.
  const quiet = isIndexedByItself ? types : new TypeReader(context.graph, new Diagnostics());
  const read = readMemberType(member, scope, quiet, context);
  if (read) into.computed.set(name, { name, type: read.type, optional: read.optional });
}

/** The name under which a field is stored; `undefined` after diagnostics, and for what says something to a library only. */
function storedName(member: ts.PropertyDeclaration, into: GatheredClass, context: ReadContext): string | undefined {
  const refuseAs = (code: 'PRIVATE_FIELD' | 'UNSUPPORTED_MEMBER', message: string, hint: string): undefined =>
    refuse(context, member.name, code, message, hint);
  if (ts.isPrivateIdentifier(member.name))
    return refuseAs(
      'PRIVATE_FIELD',
      `${member.name.text} is private to its class and cannot be stored`,
      'make it a public field, or compute it with a getter.',
    );
  const named = memberName(member, context.graph);
  if (named === 'marker') into.hasMarker = true;
  if (named === 'marker') return undefined;
  const name = named?.text;
  if (name === undefined)
    return refuseAs('UNSUPPORTED_MEMBER', 'the name of a field is computed', 'give the field a plain name.');
  if (hasModifier(member, ts.SyntaxKind.PrivateKeyword) || hasModifier(member, ts.SyntaxKind.ProtectedKeyword))
    return refuseAs('PRIVATE_FIELD', `${name} is private or protected, but generated code needs it`, 'make it public.');
  if (hasModifier(member, ts.SyntaxKind.AccessorKeyword))
    return refuseAs(
      'UNSUPPORTED_MEMBER',
      `${name} is an accessor field, whose value is hidden in the instance`,
      'declare it as a plain field.',
    );
  return name;
}

function hasModifier(member: ts.ClassElement, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(member) && (ts.getModifiers(member) ?? []).some((modifier) => modifier.kind === kind);
}

/** `[key: string]: unknown`: properties of a document that no field has. */
function refuseIndexSignature(member: ts.IndexSignatureDeclaration, context: ReadContext): void {
  refuse(
    context,
    member,
    'UNSUPPORTED_MEMBER',
    'a document has only its declared fields',
    'keep them in a field of their own: `more: Record<string, unknown> = {}`.',
  );
}

/** `constructor(readonly name: string)`: a field that reading a document would not make. */
function refuseParameterFields(member: ts.ConstructorDeclaration, context: ReadContext): void {
  const property = member.parameters.find((parameter) => (ts.getModifiers(parameter)?.length ?? 0) > 0);
  if (property)
    refuse(
      context,
      property,
      'UNSUPPORTED_MEMBER',
      'a field is declared in the constructor',
      'declare it as a field of the class: constructors do not run when documents are read.',
    );
}

/** Our decorators mean something on fields and getters of documents only. */
function refuseDecorators(member: ts.ClassElement, { graph, diagnostics }: ReadContext): void {
  if (!ts.canHaveDecorators(member)) return;
  const misplaced = findDecorators(member, graph).find(({ origin }) => origin === 'nuthatch');
  if (!misplaced) return;
  const message = `@${misplaced.name} stands on ${member.name?.getText() ?? 'a member'}, which is not a field or getter of the document`;
  diagnostics.add('BAD_DECORATOR', positionOf(misplaced.node), message, 'put it on a field or a getter.');
}

function noteDecorators(
  field: string,
  decorators: readonly FoundDecorator[],
  into: GatheredClass,
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
    } else if (decorator.name === 'Lifetime') {
      const owner = decorator.node.parent.parent;
      const other = into.lifetime?.owner === owner ? into.lifetime.model.field : field;
      const model = readLifetime(decorator, field, graph, diagnostics);
      if (other === field) {
        if (model) into.lifetime = { model, owner };
        else into.broken.add(field);
      } else
        diagnostics.add(
          'BAD_DECORATOR',
          positionOf(decorator.node),
          `@Lifetime stands on ${other} and on ${field}`,
          'keep one of the two: a document has one lifetime.',
        );
    } else if (decorator.name === 'Vector') {
      const vector = readVector(decorator, field, graph, diagnostics);
      if (vector) into.vectors.set(field, vector);
    } else if (decorator.name === 'Ref') {
      const { parent } = decorator.node;
      const type = ts.isPropertyDeclaration(parent) ? parent.type : undefined;
      const reference = readReference(field, decorator.args, decorator.node, graph, type);
      if (typeof reference !== 'string') into.references.set(field, reference);
      else {
        const hint = "write for example @Ref(() => Club, { onDelete: 'cascade' }).";
        diagnostics.add('BAD_DECORATOR', positionOf(decorator.node), `@Ref ${reference}`, hint);
      }
    } else if (decorator.name === 'Search') {
      const searched = readFieldSearch(decorator, field, graph, diagnostics);
      if (searched) into.search.set(field, searched);
      else into.broken.add(field);
    } else if (isAggregate(decorator.name)) {
      const model = readAggregate(decorator, graph, diagnostics);
      if (into.aggregates.has(field))
        diagnostics.add(
          'BAD_VIEW',
          positionOf(decorator.node),
          `${field} has two decorators that say what it is made of`,
          'keep one of them; another field can hold the other.',
        );
      else into.aggregates.set(field, { model, node: decorator.node });
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
