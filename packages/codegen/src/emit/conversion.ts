/**
 * Expressions that make a newer value from an older one, for migration stubs. The generator writes everything that
 * follows from the types; what would lose something, or needs to be known, becomes a call that its user has to replace.
 */
import { type FieldDefault, type FieldModel, type FieldType, isWider, type ScalarKind } from '@nuthatch/model';
import { type MovedEnum, movedNumbers } from '../evolve/moved-enums.js';
import { literalExpression } from './model-literal.js';
import { SCALAR_TYPES } from './shape.js';
import { propertyName, quote } from './source-text.js';
import { typeText } from './type-text.js';

/** Fields of one object before and after, and how absent values are asked for. */
export interface Conversion {
  readonly from: readonly FieldModel[];
  readonly to: readonly FieldModel[];
  /** The new name of a renamed field → its old one. */
  readonly renamedFrom: ReadonlyMap<string, string>;
  /** Enums whose members got other numbers. */
  readonly moved?: readonly MovedEnum[];
  /** Going back: a required field that is absent may be among what the document kept. */
  readonly isBack: boolean;
}

/** `document.age`, or `document['a b']`. */
export function access(object: string, name: string): string {
  const property = propertyName(name);
  return property === name ? `${object}.${name}` : `${object}[${property}]`;
}

/** The properties that differ from a spread of the older object, `age: requiredValue('age')` each. */
export function convertedProperties(object: string, conversion: Conversion, path = ''): readonly string[] {
  const { from, to, renamedFrom } = conversion;
  return to.flatMap((field) => {
    const oldName = renamedFrom.get(field.name) ?? field.name;
    const was = from.find(({ name }) => name === oldName);
    if (!was) return absentProperty(object, field, conversion, path);
    const value = access(object, oldName);
    const isRenamed = oldName !== field.name;
    const mayBeAbsent = was.optional && !field.optional;
    const moved = movedValue(value, was.type, conversion.moved ?? [], path + field.name);
    if (moved === undefined && !isRenamed && !mayBeAbsent && isWider(was.type, field.type)) return [];
    const converted = moved ?? convert(value, was.type, field.type, path + field.name);
    if (was.optional && field.optional)
      return [`...(${value} === undefined ? {} : { ${propertyName(field.name)}: ${converted} })`];
    if (!mayBeAbsent) return [`${propertyName(field.name)}: ${converted}`];
    const absent = absentValue(object, field, conversion, path);
    if (converted === value) return [`${propertyName(field.name)}: ${value} ?? ${absent}`];
    return [`${propertyName(field.name)}: ${value} === undefined ? ${absent} : ${converted}`];
  });
}

/** Properties that a document of the fields `from` lacks among `to`; undefined when one has no default to be written. */
export function absentDefaults(from: readonly FieldModel[], to: readonly FieldModel[]): readonly string[] | undefined {
  const absent = to.filter(({ name, optional }) => !optional && !from.some((was) => was.name === name));
  const defaults = absent.map((field) => defaultText(field.default));
  if (defaults.includes(undefined)) return undefined;
  return absent.map(({ name }, index) => `${propertyName(name)}: ${defaults[index]}`);
}

function absentProperty(object: string, field: FieldModel, conversion: Conversion, path: string): readonly string[] {
  if (field.optional) return [];
  return [`${propertyName(field.name)}: ${absentValue(object, field, conversion, path)}`];
}

function absentValue(object: string, field: FieldModel, { isBack }: Conversion, path: string): string {
  if (isBack) return `keptValue<${typeText(field.type)}>(${object}, ${quote(field.name)})`;
  return defaultText(field.default) ?? required(path + field.name);
}

function defaultText(value: FieldDefault | undefined): string | undefined {
  switch (value?.kind) {
    case 'literal':
      return literalExpression(JSON.parse(value.json) as unknown);
    case 'now':
      return 'new Date()';
    case 'empty':
      return { array: '[]', map: 'new Map()', set: 'new Set()', bytes: 'new Uint8Array()', object: '{}' }[value.of];
    default:
      return undefined;
  }
}

function required(path: string): string {
  return `requiredValue(${quote(path)})`;
}

/** The expression of type `to` for one of type `from`. */
function convert(value: string, from: FieldType, to: FieldType, path: string): string {
  if (isWider(from, to)) return value;
  if (from.kind === 'literal' && to.kind === 'literal') {
    // Values that are still there stay; only those that are gone have to be given another.
    const gone = from.values.filter((one) => !to.values.includes(one));
    if (gone.length === from.values.length) return required(path);
    const isGone = gone.map((one) => `${value} === ${typeof one === 'string' ? quote(one) : JSON.stringify(one)}`);
    return `${isGone.join(' || ')} ? ${required(path)} : ${value}`;
  }
  if (from.kind === 'nullable' && to.kind !== 'nullable')
    return `${value} === null ? ${required(path)} : ${convert(value, from.of, to, path)}`;
  if (from.kind === 'nullable' && to.kind === 'nullable')
    return `${value} === null ? null : ${convert(value, from.of, to.of, path)}`;
  if (to.kind === 'nullable') return convert(value, from, to.of, path);
  if (to.kind === 'array' && from.kind === 'set')
    return convert(`[...${value}]`, { ...to, element: from.element }, to, path);
  if (to.kind === 'array' && from.kind === 'array') {
    const item = convert('item', from.element, to.element, path);
    return item.startsWith('requiredValue(') ? item : `${value}.map((item) => ${inArrow(item)})`;
  }
  if (to.kind === 'array' && isWider(from, to.element)) return `[${value}]`;
  if (to.kind === 'set' && isWider(from, to.element)) return `new Set([${value}])`;
  if (to.kind === 'object' && from.kind === 'object') return convertObject(value, from.fields, to.fields, path);
  if (to.kind === 'string' && to.pattern !== undefined) return required(path);
  const template = SCALARS[`${scalarOf(from)} ${to.kind}`];
  return template === undefined ? required(path) : template.replace('?', value);
}

/** The value with the numbers that the members of its enum have now; undefined when it is of none whose members moved. */
function movedValue(value: string, type: FieldType, moved: readonly MovedEnum[], path: string): string | undefined {
  if (moved.length === 0) return undefined;
  if (type.kind === 'nullable') {
    const inner = movedValue(value, type.of, moved, path);
    return inner === undefined ? undefined : `${value} === null ? null : ${inner}`;
  }
  if (type.kind === 'array') {
    const inner = movedValue('item', type.element, moved, path);
    return inner === undefined ? undefined : `${value}.map((item) => ${inner})`;
  }
  const numbers = movedNumbers(type, moved);
  if (numbers === undefined) return undefined;
  const cases = [...numbers].filter(([was, is]) => was !== is);
  return cases.reduceRight(
    (rest, [was, is]) => `${value} === ${was} ? ${is === undefined ? required(path) : is} : ${rest}`,
    value,
  );
}

function inArrow(expression: string): string {
  return expression.startsWith('{') ? `(${expression})` : expression;
}

function convertObject(value: string, from: readonly FieldModel[], to: readonly FieldModel[], path: string): string {
  const properties = convertedProperties(value, { from, to, renamedFrom: new Map(), isBack: false }, `${path}.`);
  return properties.length === 0 ? value : `{ ...${value}, ${properties.join(', ')} }`;
}

/** Conversions that lose nothing. A number with a fraction is refused by BigInt, not rounded. */
const SCALARS: Readonly<Record<string, string>> = {
  'number string': 'String(?)',
  'boolean string': 'String(?)',
  'bigint string': 'String(?)',
  'date string': '?.toISOString()',
  'boolean number': 'Number(?)',
  'date number': '?.getTime()',
  'number date': 'new Date(?)',
  'number bigint': 'BigInt(?)',
};

/** The scalar that all values of the type are. */
function scalarOf(type: FieldType): ScalarKind | undefined {
  if (type.kind === 'literal') {
    const kinds = new Set(type.values.map((value) => typeof value));
    return kinds.size === 1 ? ([...kinds][0] as ScalarKind) : undefined;
  }
  return type.kind in SCALAR_TYPES ? (type.kind as ScalarKind) : undefined;
}
