/**
 * Emits what makes the compiler say that generated code is older than its class: a field that was added or taken away,
 * or that has another type. It looks at the class itself, where opening can only look at what decorators left behind.
 */
import type { FieldModel, FieldType, ObjectType } from '@nuthatch/model';
import type { DocumentSource } from '../document-source.js';
import { type WrittenField, writtenField } from '../written-field.js';
import type { GeneratedModule } from './generated-module.js';
import { indent, propertyName, quote } from './source-text.js';
import { typeText } from './type-text.js';

/** Statements that run nothing, one for the class and one for each class of a nested value. Nothing generic: cheap to check. */
export function emitClassChecks(module: GeneratedModule, { model, nestedClasses }: DocumentSource): string {
  // The type arguments of a generic class are not known any more.
  const isPlain = ([name]: readonly [string, unknown]): boolean =>
    module.nestedClasses.has(name) &&
    nestedClasses.some(({ className, isGeneric }) => className === name && !isGeneric);
  const checks = [[model.name, model.fields] as const, ...classesWithin(model.fields).filter(isPlain)];
  const texts = [...new Map(checks)].map(([name, fields]) => emitCheck(name, fields));
  return `/** These compile only while the classes have these fields, of these types; if not, run \`npx nuthatch generate\`. */\n${texts.join('\n')}`;
}

/**
 * A spread has the fields of an instance without its methods and getters. It has to have what was read, and no name
 * beyond.
 */
function emitCheck(name: string, fields: readonly FieldModel[]): string {
  const types = fields.map(
    (field) =>
      `${propertyName(field.name)}${field.optional ? '?' : ''}: ${readText(field.type)}${field.optional ? ' | undefined' : ''};`,
  );
  const names = fields.map((field) => quote(field.name)).join(' | ') || 'never';
  const further = emitReverse(fields).map((text) => `\n  ${text},`);
  return `void ((
  instance: ${name},
  fields = { ...instance },
  _name: ${names} = null as never as keyof typeof fields & string,${further.join('')}
): ${objectText(types)} => fields);`;
}

/**
 * The other way round: what was read makes an instance. A field that may not be absent any more, or whose type became
 * narrower, is seen where its type names no other: a brand says more than what is stored of it.
 */
function emitReverse(fields: readonly FieldModel[]): readonly string[] {
  const written = fields.map((field) => ({ field, how: writtenField(field) }));
  if (fields.length === 0 || written.some(({ how }) => how === undefined)) return [];
  const value = (field: FieldModel, plainType: string | undefined): string =>
    plainType === undefined ? `fields[${quote(field.name)}]` : `null as never as ${plainType}`;
  const of = (isChosen: (how: WrittenField) => boolean): readonly string[] =>
    written.flatMap(({ field, how }) =>
      how && isChosen(how) ? [`${propertyName(field.name)}: ${value(field, how.plainType)}`] : [],
    );
  const least = of(({ mayLack }) => !mayLack);
  const more = of(({ mayLack, plainType }) => mayLack && plainType !== undefined);
  return [
    `_least: typeof fields = ${inBraces(least)}`,
    ...(more.length === 0 ? [] : [`_more: typeof fields = ${inBraces(['...fields', ...more])}`]),
  ];
}

function inBraces(members: readonly string[]): string {
  const line = members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  return line.length < 90 ? line : `{\n${members.map((member) => `    ${member},\n`).join('')}  }`;
}

function objectText(members: readonly string[]): string {
  return members.length === 0 ? '{}' : `{\n${indent(members.join('\n'))}\n}`;
}

/**
 * A type to which a field of the type can be assigned. `Number` takes numbers as well as what is declared as `Number`.
 */
function readText(type: FieldType): string {
  switch (type.kind) {
    case 'string':
      return 'String';
    case 'number':
      return 'Number';
    case 'boolean':
      return 'Boolean';
    case 'bigint':
      return 'BigInt';
    case 'array':
      return `readonly (${readText(type.element)})[]`;
    case 'set':
      return `ReadonlySet<${readText(type.element)}>`;
    case 'map':
      return `ReadonlyMap<${readText(type.key)}, ${readText(type.value)}>`;
    case 'nullable':
      return `${readText(type.of)} | null`;
    case 'union':
      return type.members.map(readText).join(' | ');
    case 'object':
      return `{ ${type.fields.map((field) => `${propertyName(field.name)}${field.optional ? '?' : ''}: ${readText(field.type)}${field.optional ? ' | undefined' : ''}`).join('; ')} }`;
    case 'variants':
      return type.variants.map((variant) => readText(variant.type)).join(' | ');
    case 'literal':
    case 'date':
    case 'bytes':
    case 'floats':
      return typeText(type);
    // A check of these by the compiler costs more than it gives.
    default:
      return 'unknown';
  }
}

function classesWithin(fields: readonly FieldModel[]): readonly (readonly [string, readonly FieldModel[]])[] {
  const found = new Map<string, readonly FieldModel[]>();
  const visit = (type: FieldType): void => {
    if (type.kind === 'array' || type.kind === 'set') visit(type.element);
    else if (type.kind === 'map') {
      visit(type.key);
      visit(type.value);
    } else if (type.kind === 'nullable') visit(type.of);
    else if (type.kind === 'union') for (const member of type.members) visit(member);
    else if (type.kind === 'variants') for (const variant of type.variants) visitObject(variant.type);
    else if (type.kind === 'object') visitObject(type);
  };
  const visitObject = (type: ObjectType): void => {
    if (type.className !== undefined) {
      if (found.has(type.className)) return;
      found.set(type.className, type.fields);
    }
    for (const field of type.fields) visit(field.type);
  };
  for (const field of fields) visit(field.type);
  return [...found];
}
