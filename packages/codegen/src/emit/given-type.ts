/**
 * The type of what is given to a write. It goes by the class's own types, so that brands and documentation stay; only
 * where a nested class stands is it spelled out, for a plain object has no methods and getters, and need not.
 */
import type { FieldType, ObjectType, RecursiveType, TupleType } from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { isFlat } from './shape.js';
import { propertyName, quote, withArticle } from './source-text.js';

/** @param own how the class says it: `Player['cage']`. @param isOptional it may be undefined there. */
export function givenType(module: GeneratedModule, type: FieldType, own: string, isOptional = false): string {
  if (isOptional && hasClass(type)) return givenType(module, type, `NonNullable<${own}>`);
  if (!hasClass(type)) return readOnly(module, type, own);
  switch (type.kind) {
    case 'array':
      return `readonly (${givenType(module, type.element, `${own}[number]`)})[]`;
    case 'set':
      return `ReadonlySet<${givenType(module, type.element, `Parameters<${own}['has']>[0]`)}>`;
    case 'map': {
      const [key, value] = [`Parameters<${own}['get']>[0]`, `NonNullable<ReturnType<${own}['get']>>`];
      return `ReadonlyMap<${givenType(module, type.key, key)}, ${givenType(module, type.value, value)}>`;
    }
    case 'nullable':
      return `${givenType(module, type.of, `NonNullable<${own}>`)} | null`;
    case 'object':
      return objectText(module, type, own);
    case 'record':
      // Beside fields of other types an index signature cannot be said anew.
      if (type.fields.some((field) => hasClass(field.type)) || type.fields.length > 0) return own;
      return `{ readonly [K in keyof ${own}]: ${givenType(module, type.value, `NonNullable<${own}[keyof ${own}]>`)} }`;
    case 'tuple':
      return tupleText(module, type, own);
    case 'union':
      return choiceText(module, type.members, own);
    case 'variants':
      return choiceText(
        module,
        type.variants.map((variant) => variant.type),
        own,
      );
    case 'recursive':
      return recursiveText(module, type, own);
    case 'reference':
      return module.givenTypes.get(type.name) ?? own;
    default:
      return own;
  }
}

function tupleText(module: GeneratedModule, { elements, least, rest }: TupleType, own: string): string {
  const parts = elements.map((element, index) => {
    const given = givenType(module, element, `NonNullable<${own}[${index}]>`);
    const isNullable = element.kind === 'nullable' && !hasClass(element);
    return `(${isNullable ? `${given} | null` : given})${index < least ? '' : '?'}`;
  });
  // Behind the last element of its own: any other place may have the type of one of those, too.
  if (rest) parts.push(`...(${givenType(module, rest, `${own}[${elements.length}]`)})[]`);
  return `readonly [${parts.join(', ')}]`;
}

/** Of classes each is spelled out; what else may stand there is as the class says. */
function choiceText(module: GeneratedModule, members: readonly FieldType[], own: string): string {
  const classes = members.filter(
    (member): member is ObjectType => member.kind === 'object' && isPlainClass(module, member),
  );
  // A class within an array of a union, say, is too deep to be named from outside.
  if (classes.length === 0) return own;
  const texts = classes.map((type) => objectText(module, type, type.className!));
  const isAll = classes.length === members.length;
  if (!isAll) module.runtime('type FrozenValue');
  const names = classes.map(({ className }) => className).join(' | ');
  return [...texts, ...(isAll ? [] : [`FrozenValue<Exclude<${own}, ${names}>>`])].join(' | ');
}

/** A class that contains itself: a type of its own, that it names. */
function recursiveText(module: GeneratedModule, type: RecursiveType, own: string): string {
  if (type.of.kind !== 'object' || !isPlainClass(module, type.of)) return own;
  const known = module.givenTypes.get(type.name);
  if (known !== undefined) return known;
  const name = module.uniqueName('Given', [type.name]);
  module.givenTypes.set(type.name, name);
  const text = objectText(module, type.of, type.of.className!);
  module.helpers.push(`/** What is taken for ${withArticle(type.name)}. */\ntype ${name} = ${text};`);
  return name;
}

/** Its name says its fields' types: it has no type parameters. */
function isPlainClass(module: GeneratedModule, { className }: ObjectType): boolean {
  return className !== undefined && !module.genericClasses.has(className);
}

function objectText(module: GeneratedModule, { fields }: ObjectType, own: string): string {
  const members = fields.map((field) => {
    const inner = `${own}[${quote(field.name)}]`;
    const given = givenType(module, field.type, inner, field.optional);
    return `readonly ${propertyName(field.name)}${field.optional ? '?' : ''}: ${given}${field.optional ? ' | undefined' : ''}`;
  });
  return members.length === 0 ? 'object' : `{ ${members.join('; ')} }`;
}

/** The value of a document is taken as it was read: without what would change it, at any depth. */
function readOnly(module: GeneratedModule, type: FieldType, own: string): string {
  if (isFlat(type)) return own;
  if (type.kind === 'array' && isFlat(type.element)) return `Readonly<${own}>`;
  module.runtime('type FrozenValue');
  return `FrozenValue<${own}>`;
}

/** A class lies in the type, where a plain object is taken for its instance. */
function hasClass(type: FieldType): boolean {
  switch (type.kind) {
    case 'array':
    case 'set':
      return hasClass(type.element);
    case 'map':
      return hasClass(type.key) || hasClass(type.value);
    case 'nullable':
      return hasClass(type.of);
    case 'object':
      return type.className !== undefined || type.fields.some((field) => hasClass(field.type));
    case 'record':
      return hasClass(type.value);
    case 'tuple':
      return [...type.elements, ...(type.rest ? [type.rest] : [])].some(hasClass);
    case 'union':
      return type.members.some(hasClass);
    case 'variants':
      return type.variants.some((variant) => hasClass(variant.type));
    case 'recursive':
      return hasClass(type.of);
    // Of a class that is being spelled out.
    case 'reference':
      return true;
    default:
      return false;
  }
}
