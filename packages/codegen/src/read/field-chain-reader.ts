/** `{ email: field.string().unique().rule('isEmail'), … }` of `defineDocument` → fields, and what they say of the document. */
import {
  BLOB_REF_TYPE,
  type FieldDefault,
  type FieldModel,
  type FieldType,
  type IndexModel,
  isKeyGeneration,
  type KeyGeneration,
  KNOWN_RULES,
  type LifetimeModel,
  type LiteralValue,
  type ObjectType,
  type RuleArgument,
  type SearchModel,
  type ValidationRule,
  type VectorModel,
} from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { SourcePosition } from '../document-source.js';
import { readConstant, UNKNOWN, unwrapped } from './constant-reader.js';
import { collapse, originOf } from './decorator-reader.js';
import { readDefault } from './default-reader.js';
import { hintOfMethod, hintOfType } from './field-chain-hints.js';
import type { FoundReference } from './found-reference.js';
import { readLifetimeOptions } from './lifetime-reader.js';
import { type ReadContext, refuse } from './read-context.js';
import { readReference } from './reference-reader.js';
import { readSearchOptions } from './search-reader.js';
import { positionOf } from './source-position.js';
import { propertyNameText } from './type-scope.js';
import { readVectorOptions } from './vector-reader.js';

/** A field with what its chain says of key, expiry and indexes. */
export interface BuiltField extends FieldModel {
  readonly isId: boolean;
  readonly generate?: KeyGeneration;
  readonly isExpiry?: true;
  readonly lifetime?: Omit<LifetimeModel, 'field'>;
  readonly vector?: Omit<VectorModel, 'field'>;
  readonly reference?: FoundReference;
  readonly search?: Omit<SearchModel, 'field'>;
  readonly indexes: readonly IndexModel[];
}

/** Without what says something about the document rather than the field. */
export function toFieldModel({ name, type, optional, default: given, rules }: BuiltField): FieldModel {
  return { name, type, optional, ...(given && { default: given }), rules };
}

/** `{ name: field.…, … }`, positions noted; `undefined` after diagnostics. */
export function readFields(
  node: ts.ObjectLiteralExpression,
  context: ReadContext,
  positions: Map<string, SourcePosition>,
): readonly BuiltField[] | undefined {
  const fields: BuiltField[] = [];
  for (const property of node.properties) {
    const name = ts.isPropertyAssignment(property) ? propertyNameText(property.name) : undefined;
    if (name === undefined || !ts.isPropertyAssignment(property))
      return refuse(
        context,
        property,
        'BAD_DECORATOR',
        'a field is not written as `name: field.…`',
        'write each field in place.',
      );
    positions.set(name, positionOf(property.name));
    const field = readBuilder(name, property.initializer, context);
    if (!field) return undefined;
    fields.push(field);
  }
  return fields;
}

/** `field.string().unique().rule('isEmail')`: the chain from its end to its beginning. */
function readBuilder(name: string, node: ts.Expression, context: ReadContext): BuiltField | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) {
    return refuse(
      context,
      node,
      'BAD_DECORATOR',
      `the field ${name} is not written with \`field.\``,
      'write for example field.string().',
    );
  }
  const method = node.expression.name.text;
  const before = unwrapped(node.expression.expression);
  const origin = originOf(before, context.graph);
  if (origin?.module === '@nuthatch/decorators' && origin.name === 'field') {
    const type = readType(method, node.arguments, node, context);
    return type && { name, type, optional: false, rules: [], isId: false, indexes: [] };
  }
  const field = readBuilder(name, before, context);
  return field && applyMethod(field, method, node, context);
}

function readType(
  method: string,
  args: readonly ts.Expression[],
  node: ts.Node,
  context: ReadContext,
): FieldType | undefined {
  const inner = (index: number): FieldType | undefined => readElement(args[index], node, context);
  switch (method) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
    case 'bytes':
    case 'floats':
      return { kind: method };
    case 'literal': {
      const values = args.flatMap((argument) => {
        if (!ts.isSpreadElement(argument)) return [readConstant(argument, context.graph)];
        const list = readConstant(argument.expression, context.graph);
        return Array.isArray(list) ? (list as readonly unknown[]) : [UNKNOWN];
      });
      return values.includes(UNKNOWN)
        ? refuse(context, node, 'UNSUPPORTED_TYPE', 'a literal is not plain data', 'write the values in place.')
        : { kind: 'literal', values: values as LiteralValue[] };
    }
    case 'array':
    case 'set': {
      const element = inner(0);
      return element && { kind: method, element };
    }
    case 'map': {
      const key = inner(0);
      const value = inner(1);
      return key && value && { kind: 'map', key, value };
    }
    case 'object': {
      const fields =
        args[0] && ts.isObjectLiteralExpression(args[0]) ? readFields(args[0], context, new Map()) : undefined;
      return fields && nestedFields(fields, node, context) && { kind: 'object', fields: fields.map(toFieldModel) };
    }
    case 'blob':
      return BLOB_REF_TYPE;
    case 'json':
      return { kind: 'json' };
    case 'record': {
      const value = inner(0);
      return value && { kind: 'record', fields: [], key: { kind: 'string' }, value };
    }
    case 'tuple': {
      const elements = args.map((_, index) => inner(index));
      return elements.every((element) => element !== undefined)
        ? { kind: 'tuple', elements: elements as FieldType[], least: elements.length }
        : undefined;
    }
    case 'union': {
      const members = args.map((_, index) => inner(index));
      return members.every((member) => member !== undefined) ? { kind: 'union', members: members } : undefined;
    }
    case 'variants':
      return readVariants(args, node, context);
    default:
      return refuse(context, node, 'UNKNOWN_TYPE', `there is no field.${method}()`, hintOfType(method));
  }
}

/** The type of an element, of which nothing but its type can be said. */
function readElement(node: ts.Expression | undefined, at: ts.Node, context: ReadContext): FieldType | undefined {
  if (!node)
    return refuse(context, at, 'BAD_DECORATOR', 'a type of elements is missing', 'write field.array(field.string()).');
  const element = readBuilder('element', node, context);
  if (!element || !nestedFields([element], node, context)) return undefined;
  const isMore = element.optional || element.rules.length > 0 || element.default !== undefined;
  if (!isMore) return element.type;
  const message = 'an element is optional, or has rules or a default, which only fields have';
  return refuse(
    context,
    node,
    'BAD_DECORATOR',
    message,
    'say it of the field; `.nullable()` is said of elements, too.',
  );
}

/** Indexes, ids and expiry are of a document's own fields. */
function nestedFields(
  fields: readonly BuiltField[],
  node: ts.Node,
  context: ReadContext,
): readonly BuiltField[] | undefined {
  const misplaced = fields.find(
    ({ isId, isExpiry, lifetime, vector, reference, search, indexes }) =>
      isId ||
      isExpiry ||
      lifetime !== undefined ||
      vector !== undefined ||
      reference !== undefined ||
      search !== undefined ||
      indexes.length > 0,
  );
  if (!misplaced) return fields;
  const message = `${misplaced.name} is not a field of the document itself, and has an id, an index, a reference or an expiry`;
  return refuse(context, node, 'BAD_DECORATOR', message, 'say it of a field of the document.');
}

/** `field.variants('kind', { sponsor: { … }, none: {} })`: each variant begins with its discriminator. */
function readVariants(
  [tagNode, variantsNode]: readonly ts.Expression[],
  node: ts.Node,
  context: ReadContext,
): FieldType | undefined {
  const discriminator = tagNode && readConstant(tagNode, context.graph);
  if (typeof discriminator !== 'string' || !variantsNode || !ts.isObjectLiteralExpression(variantsNode)) {
    return refuse(
      context,
      node,
      'BAD_DECORATOR',
      'the variants are not written as a name and an object',
      "write field.variants('kind', { … }) in place.",
    );
  }
  const variants: { value: string; type: ObjectType }[] = [];
  for (const property of variantsNode.properties) {
    const value = ts.isPropertyAssignment(property) ? propertyNameText(property.name) : undefined;
    if (
      value === undefined ||
      !ts.isPropertyAssignment(property) ||
      !ts.isObjectLiteralExpression(property.initializer)
    ) {
      return refuse(
        context,
        property,
        'BAD_DECORATOR',
        'a variant is not written as `name: { … }`',
        'write each variant in place.',
      );
    }
    const fields = readFields(property.initializer, context, new Map());
    if (!fields || !nestedFields(fields, property, context)) return undefined;
    const tag: FieldModel = {
      name: discriminator,
      type: { kind: 'literal', values: [value] },
      optional: false,
      rules: [],
    };
    variants.push({ value, type: { kind: 'object', fields: [tag, ...fields.map(toFieldModel)] } });
  }
  return { kind: 'variants', discriminator, variants };
}

function applyMethod(
  field: BuiltField,
  method: string,
  call: ts.CallExpression,
  context: ReadContext,
): BuiltField | undefined {
  const [first] = call.arguments;
  const kind = { unique: 'unique', tag: 'tag', range: 'range' }[method] as IndexModel['kind'] | undefined;
  if (kind) {
    const options = readIndexOptions(first, context);
    const index = options && { name: field.name, kind, fields: [field.name], ...options };
    return index && { ...field, indexes: [...field.indexes, index] };
  }
  switch (method) {
    case 'id': {
      const options = first ? readConstant(first, context.graph) : {};
      const { generate } = (typeof options === 'object' ? options : {}) as { readonly generate?: unknown };
      const isKnown = generate === undefined || isKeyGeneration(generate);
      if (typeof options !== 'object' || !isKnown) {
        const message =
          typeof generate === 'string'
            ? `.id() of ${field.name} cannot generate ${JSON.stringify(generate)}`
            : `the options of .id() of ${field.name} are not plain data`;
        const hint = "write .id({ generate: 'uuidv7' }), or 'ulid' or 'sequence'.";
        return refuse(context, call, 'BAD_DECORATOR', message, hint);
      }
      return { ...field, isId: true, ...(generate !== undefined && { generate }) };
    }
    case 'expires':
      return { ...field, isExpiry: true };
    case 'lifetime': {
      const lifetime = readLifetimeOptions(first, context.graph);
      if (typeof lifetime === 'string')
        return refuse(
          context,
          call,
          'BAD_DECORATOR',
          `.lifetime() of ${field.name} ${lifetime}`,
          "write for example .lifetime({ transitions: { draft: ['active'], active: [] } }).",
        );
      const initial: FieldDefault = { kind: 'literal', json: JSON.stringify(lifetime.initial) };
      return { ...field, lifetime, default: field.default ?? initial };
    }
    case 'vector': {
      const vector = readVectorOptions(first, context.graph);
      if (typeof vector !== 'string') return { ...field, vector };
      const hint = "write for example .vector({ dimensions: 384, metric: 'cosine' }).";
      return refuse(context, call, 'BAD_DECORATOR', `.vector() of ${field.name} ${vector}`, hint);
    }
    case 'ref': {
      const reference = readReference(field.name, call.arguments, call, context.graph);
      if (typeof reference !== 'string') return { ...field, reference };
      const hint = "write for example .ref(() => Club, { onDelete: 'cascade' }).";
      return refuse(context, call, 'BAD_DECORATOR', `.ref() of ${field.name} ${reference}`, hint);
    }
    case 'search': {
      const read = readSearchOptions(first, context.graph);
      const what = typeof read === 'string' ? read : read.fields === undefined ? undefined : 'has `fields`';
      if (typeof read === 'string' || what !== undefined)
        return refuse(
          context,
          call,
          'BAD_DECORATOR',
          `.search() of ${field.name} ${what}`,
          "write for example .search({ weight: 2, language: 'en' }).",
        );
      return { ...field, search: read.settings };
    }
    case 'optional':
      return { ...field, optional: true };
    case 'nullable':
      return { ...field, type: { kind: 'nullable', of: field.type } };
    case 'defaultNow':
      return { ...field, default: { kind: 'now' } };
    case 'default': {
      const given: FieldDefault | undefined = first && readDefault(first, context.graph);
      // `.default(new Date())` is one moment for all documents; the time of the insert is `.defaultNow()`.
      return { ...field, default: given && given.kind !== 'now' ? given : { kind: 'initializer' } };
    }
    case 'rule': {
      const [name, ...args] = call.arguments.map((argument) => readConstant(argument, context.graph));
      if (typeof name !== 'string' || !KNOWN_RULES.has(name) || args.includes(UNKNOWN)) {
        return refuse(
          context,
          call,
          'BAD_DECORATOR',
          `.rule() of ${field.name} names no known rule, or its arguments are not plain data`,
          "write for example .rule('min', 0).",
        );
      }
      const rule: ValidationRule = { name, args: args as RuleArgument[] };
      return { ...field, rules: [...field.rules, rule] };
    }
    default:
      return refuse(context, call, 'BAD_DECORATOR', `there is no .${method}() of a field`, hintOfMethod(method));
  }
}

/** `where` and `caseInsensitive` of an index, beside the names of fields in `indexes`; `undefined` after diagnostics. */
export function readIndexOptions(
  node: ts.Expression | undefined,
  context: ReadContext,
): Pick<IndexModel, 'where' | 'caseInsensitive'> | undefined {
  if (!node) return {};
  const refuseAt = (at: ts.Node): undefined =>
    refuse(
      context,
      at,
      'BAD_DECORATOR',
      'the options of an index are not written in place',
      'write { where: (document) => …, caseInsensitive: true }.',
    );
  if (!ts.isObjectLiteralExpression(node)) return refuseAt(node);
  let where: string | undefined;
  let caseInsensitive: unknown = false;
  for (const property of node.properties) {
    const name = property.name && propertyNameText(property.name);
    const value = ts.isPropertyAssignment(property) ? property.initializer : property;
    if (name === 'where') where = collapse(value.getText());
    else if (name === 'caseInsensitive' && ts.isPropertyAssignment(property))
      caseInsensitive = readConstant(property.initializer, context.graph);
    else if (name !== 'unique' && name !== 'range') return refuseAt(property);
  }
  if (typeof caseInsensitive !== 'boolean') return refuseAt(node);
  return { ...(where !== undefined && { where }), ...(caseInsensitive && { caseInsensitive: true as const }) };
}
