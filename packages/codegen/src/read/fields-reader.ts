/** The fields of interfaces, nested classes and object types: their members, and those of what they extend. */
import type { FieldModel, FieldType, RecordType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { asWritten, forgetWritten } from '../written-field.js';
import { isMapped, type MappedBase, readMappedBase } from './mapped-base.js';
import { isMarker, memberName } from './member-name.js';
import { plainTypeText } from './plain-type.js';
import type { Resolved } from './resolved.js';
import { positionOf } from './source-position.js';
import { bind, propertyNameText, type ReadType, type TypeReading, type TypeScope } from './type-scope.js';
import { typeOfValue } from './value-type.js';

/** An object, or a record where there is an index signature; an array for `interface Names extends Array<string> {}`. */
export type Structure = Extract<FieldType, { readonly kind: 'object' | 'record' | 'array' }>;

export class FieldsReader {
  readonly #reading: TypeReading;
  readonly #infer: (member: ts.PropertyDeclaration) => ts.TypeNode | undefined;

  /** @param infer asks the type checker. */
  constructor(reading: TypeReading, infer: (member: ts.PropertyDeclaration) => ts.TypeNode | undefined) {
    this.#reading = reading;
    this.#infer = infer;
  }

  /**
   * The fields of an interface or nested class, inherited ones first; all parts of it.
   *
   * @param below the classes it is a base of.
   */
  declared(
    { declaration, parts }: Resolved,
    parameters: TypeScope['parameters'],
    below: readonly ts.Declaration[] = [],
  ): Structure | undefined {
    if (below.includes(declaration)) {
      const name = ts.getNameOfDeclaration(declaration) ?? declaration;
      return this.#reading.refusals.refuse(
        'UNKNOWN_BASE',
        name,
        `${name.getText()} extends itself`,
        'break the circle.',
      );
    }
    const chain = [...below, declaration];
    this.#reading.graph.readTypes.add(declaration);
    const fields = new Map<string, FieldModel>();
    let open: Pick<RecordType, 'key' | 'value'> | undefined;
    let isWhole = true;
    for (const part of parts) {
      if (!ts.isInterfaceDeclaration(part) && !ts.isClassDeclaration(part)) continue;
      const scope = { file: part.getSourceFile(), parameters };
      for (const base of basesOf(part)) {
        const inherited = this.#base(base, part, scope, chain);
        if (inherited?.kind === 'array')
          return part.members.length === 0 ? inherited : this.#reading.refusals.unsupported(part);
        if (!inherited) isWhole = false;
        else if (inherited.kind === 'record') open = inherited;
        for (const field of inherited?.fields ?? []) fields.set(field.name, field);
      }
      const own = this.typeOf(part.members, scope, declaration);
      for (const member of part.members) if (ts.isAccessor(member)) fields.delete(propertyNameText(member.name) ?? '');
      if (!own) isWhole = false;
      else if (own.kind === 'record') open = own;
      for (const field of own?.fields ?? []) fields.set(field.name, field);
    }
    if (!isWhole) return undefined;
    const all = [...fields.values()];
    return open ? { kind: 'record', fields: all, key: open.key, value: open.value } : { kind: 'object', fields: all };
  }

  /** A body: its fields in the order they are written. All that is wrong in it is said. */
  typeOf(
    members: ts.NodeArray<ts.TypeElement | ts.ClassElement>,
    scope: TypeScope,
    node: ts.Node,
  ): Exclude<Structure, { readonly kind: 'array' }> | undefined {
    const fields: FieldModel[] = [];
    let open: Pick<RecordType, 'key' | 'value'> | undefined;
    let isWhole = true;
    let hasMarker = false;
    for (const member of members) {
      if (ts.isIndexSignatureDeclaration(member)) {
        const next = this.#indexSignature(member, scope);
        const both = open && next ? widerSignature(open, next) : next;
        if (next && !both) this.#reading.refusals.unsupported(member);
        open = both ?? open;
        isWhole &&= both !== undefined;
      } else {
        const field = this.#member(member, scope, ts.isClassDeclaration(node));
        if (field === 'refused') isWhole = false;
        else if (field) fields.push(field);
        hasMarker ||= isMarker(member, this.#reading.graph);
      }
    }
    if (hasMarker) fields.forEach(forgetWritten);
    if (!isWhole) return undefined;
    return open ? { kind: 'record', fields, key: open.key, value: open.value } : { kind: 'object', fields };
  }

  #base(
    base: ts.ExpressionWithTypeArguments,
    part: ts.InterfaceDeclaration | ts.ClassDeclaration,
    scope: TypeScope,
    chain: readonly ts.Declaration[],
  ): Structure | undefined {
    const { expression } = base;
    const mapped = ts.isCallExpression(expression) ? readMappedBase(expression, this.#reading.graph) : undefined;
    if (mapped) return this.#mappedBase(mapped, base, chain);
    if (ts.isCallExpression(expression)) return this.#unknownBase(base);
    if (ts.isClassDeclaration(part)) {
      const resolved = this.#reading.graph.resolveQualified(expression, scope.file, 'value');
      if (!resolved || !ts.isClassDeclaration(resolved.declaration)) return this.#unknownBase(base);
      const parameters = bind(resolved.declaration.typeParameters, base.typeArguments ?? [], scope, resolved.file);
      return this.declared(resolved, parameters, chain);
    }
    const isKnown =
      !ts.isIdentifier(expression) ||
      this.#reading.graph.resolve(expression.text, scope.file, 'type', expression) ||
      this.#reading.graph.packageName(expression.text, scope.file) ||
      base.typeArguments;
    if (!isKnown) return this.#unknownBase(base);
    const members = this.#reading.reference(expression, base.typeArguments ?? [], scope, base, 0);
    const type = members && this.#reading.combine(members, base)?.type;
    if (!type) return undefined;
    if (type.kind === 'reference') return this.#reading.refusals.endless(base);
    const isStructure = type.kind === 'object' || type.kind === 'record' || type.kind === 'array';
    return isStructure ? type : this.#reading.refusals.unsupported(base);
  }

  #mappedBase({ bases, change }: MappedBase, node: ts.Node, chain: readonly ts.Declaration[]): Structure | undefined {
    const fields = new Map<string, FieldModel>();
    for (const resolved of bases) {
      const of = isMapped(resolved)
        ? this.#mappedBase(resolved, node, chain)
        : this.declared(resolved, new Map(), chain);
      if (!of || of.kind === 'array') return of && this.#reading.refusals.unsupported(node);
      for (const field of of.fields) fields.set(field.name, field);
    }
    return { kind: 'object', fields: change([...fields.values()]) };
  }

  #unknownBase(base: ts.ExpressionWithTypeArguments): undefined {
    return this.#reading.refusals.refuse(
      'UNKNOWN_BASE',
      base,
      `the base ${base.expression.getText()} cannot be found`,
      'declare it in your sources.',
    );
  }

  /** One field; undefined for what is not a field and nothing to store. */
  #member(
    member: ts.TypeElement | ts.ClassElement,
    scope: TypeScope,
    isClass: boolean,
  ): FieldModel | 'refused' | undefined {
    const { refusals, graph } = this.#reading;
    if (isClass && ts.isConstructorDeclaration(member)) return this.#constructorFields(member);
    if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) {
      if (isClass && member.name && ts.isPrivateIdentifier(member.name) && !isStatic(member)) {
        const what = `the constructor puts ${member.name.text} into instances, and it does not run when they are read`;
        refusals.refuse('PRIVATE_FIELD', member, what, 'make it a `private` method, or a function of the module.');
        return 'refused';
      }
      // Methods and getters of a class are in its prototype; an interface has none.
      if (isClass || ts.isSemicolonClassElement(member)) return undefined;
      const what = `${member.name?.getText() ?? member.getText().slice(0, 40)} is a function, which cannot be stored`;
      refusals.refuse('UNSUPPORTED_TYPE', member, what, 'leave it out (`Omit`), or declare a class with a method.');
      return 'refused';
    }
    if (isStatic(member)) return undefined;
    const name = memberName(member, graph);
    if (name === 'marker') return undefined;
    const modifier = modifierThatHides(member);
    if (modifier !== undefined) {
      const what = `${member.name.getText()} is ${modifier}, and generated code has to reach it`;
      const code = modifier === 'an accessor field' ? 'UNSUPPORTED_MEMBER' : 'PRIVATE_FIELD';
      refusals.refuse(code, member, what, 'declare it as a plain public field.');
      return 'refused';
    }
    if (name === undefined) {
      const what = `${member.name.getText()} cannot be stored`;
      refusals.refuse('PRIVATE_FIELD', member, what, 'use a public field with a plain name.');
      return 'refused';
    }
    const read = this.#typeOfMember(member, name.text, scope);
    if (!read) return 'refused';
    const mayLack = member.questionToken !== undefined;
    return asWritten(
      { name: name.text, type: read.type, optional: read.optional || mayLack, rules: [] },
      { mayLack, plainType: plainTypeText(member.type) },
    );
  }

  #typeOfMember(
    member: ts.PropertySignature | ts.PropertyDeclaration,
    name: string,
    scope: TypeScope,
  ): ReadType | undefined {
    if (member.type) return this.#reading.read(member.type, scope);
    if (ts.isPropertyDeclaration(member)) {
      const how = isReadonly(member) ? 'literal' : 'widened';
      const read = member.initializer && typeOfValue(member.initializer, how, scope, this.#reading);
      if (read) return read;
      const inferred = this.#infer(member);
      if (inferred)
        return this.#reading.refusals.at(positionOf(member.name), () => this.#reading.read(inferred, scope));
    }
    return this.#reading.refusals.refuse('UNKNOWN_TYPE', member, `${name} has no written type`, 'write its type.');
  }

  #constructorFields(member: ts.ConstructorDeclaration): 'refused' | undefined {
    const property = member.parameters.find((parameter) => (ts.getModifiers(parameter)?.length ?? 0) > 0);
    if (!property) return undefined;
    this.#reading.refusals.refuse(
      'UNSUPPORTED_MEMBER',
      property,
      'a field is declared in the constructor',
      'declare it as a field of the class: constructors do not run when documents are read.',
    );
    return 'refused';
  }

  #indexSignature(
    member: ts.IndexSignatureDeclaration,
    scope: TypeScope,
  ): Pick<RecordType, 'key' | 'value'> | undefined {
    const keyNode = member.parameters[0]?.type;
    const key = keyNode && this.#reading.read(keyNode, scope)?.type;
    const value = this.#reading.read(member.type, scope)?.type;
    if (!key || !value) return undefined;
    if (key.kind === 'string') return { key, value };
    if (key.kind === 'number') return { key: { kind: 'number' }, value };
    return this.#reading.refusals.unsupported(member);
  }
}

function basesOf(part: ts.InterfaceDeclaration | ts.ClassDeclaration): readonly ts.ExpressionWithTypeArguments[] {
  return (part.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => [...types]);
}

function isReadonly(member: ts.PropertyDeclaration): boolean {
  return (ts.getModifiers(member) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword);
}

/** Of two index signatures that for any text: what another says of some of them is of its type, too. */
function widerSignature(
  left: Pick<RecordType, 'key' | 'value'>,
  right: Pick<RecordType, 'key' | 'value'>,
): Pick<RecordType, 'key' | 'value'> | undefined {
  return [left, right].find(({ key }) => key.kind === 'string' && key.pattern === undefined);
}

/** The reason why generated code, which makes instances without their constructor, cannot reach a field. */
function modifierThatHides(member: ts.PropertySignature | ts.PropertyDeclaration): string | undefined {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  for (const { kind } of modifiers) {
    if (kind === ts.SyntaxKind.AccessorKeyword) return 'an accessor field';
    if (kind === ts.SyntaxKind.PrivateKeyword) return 'private';
    if (kind === ts.SyntaxKind.ProtectedKeyword) return 'protected';
  }
  return undefined;
}

function isStatic(member: ts.TypeElement | ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
}
