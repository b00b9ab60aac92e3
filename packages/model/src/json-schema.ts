/**
 * JSON Schema of a document model: what documents of a class are as JSON, draft 2020-12 (which OpenAPI 3.1 takes as it is)
 * or draft-07.
 *
 *   bigint   decimal digits as text           bytes   base64 as text           date     ISO 8601 as text
 *   set      array of different elements      map     array of [key, value]
 *
 * Rules of class-validator that JSON Schema has a keyword for become that keyword; others are left to the validation of
 * the write itself, which has the last word. Getters are not in a document's JSON.
 */
import type { DocumentModel, FieldModel, FieldType, RecordType, TupleType } from './document-model.js';
import { DatabaseError } from './errors/database-error.js';
import { isToldApart, type JsonSchema, withRuleKeywords } from './json-schema-rules.js';

export type JsonSchemaTarget = 'draft-2020-12' | 'draft-07';

/** `document`: as reads give it. `input`: as an insert takes it. `patch`: as an update takes it. */
export type JsonSchemaUse = 'document' | 'input' | 'patch';

const DIALECTS: Readonly<Record<JsonSchemaTarget, string>> = {
  'draft-2020-12': 'https://json-schema.org/draft/2020-12/schema',
  'draft-07': 'http://json-schema.org/draft-07/schema#',
};

/** The schema of one class by itself. O(model). @throws DatabaseError `INVALID_OPTION` for another target. */
export function jsonSchemaOf(
  model: DocumentModel,
  use: JsonSchemaUse = 'document',
  target: JsonSchemaTarget = 'draft-2020-12',
): JsonSchema {
  if (!Object.hasOwn(DIALECTS, target))
    throw new DatabaseError(
      'INVALID_OPTION',
      `JSON Schema is written for ${Object.keys(DIALECTS).join(' and ')}, not for ${String(target)}`,
      { option: 'target' },
    );
  const place = target === 'draft-07' ? 'definitions' : '$defs';
  const writer = new SchemaWriter(target, `#/${place}/`);
  const schema = writer.ofModel(model, use);
  const shared = writer.shared.size === 0 ? {} : { [place]: Object.fromEntries(writer.shared) };
  return { $schema: DIALECTS[target], ...schema, ...shared };
}

/**
 * Schemas of many classes that go into one document: `Player`, `PlayerInput` and `PlayerPatch` of each.
 *
 * @param base of references to one of them: `#/$defs/`, `#/components/schemas/`.
 */
export function jsonSchemasOf(models: readonly DocumentModel[], base: string): Readonly<Record<string, JsonSchema>> {
  const schemas: Record<string, JsonSchema> = {};
  for (const model of models) {
    const writer = new SchemaWriter('draft-2020-12', base, `${model.name}.`);
    schemas[model.name] = writer.ofModel(model, 'document');
    schemas[`${model.name}Input`] = writer.ofModel(model, 'input');
    schemas[`${model.name}Patch`] = writer.ofModel(model, 'patch');
    for (const [name, schema] of writer.shared) schemas[name] = schema;
  }
  return schemas;
}

const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
/** As JavaScript writes a number: no `-0`, `01`, `1e5`. Of those with many digits, more than are numbers. */
const NUMBER_NAME =
  '^(?:NaN|-?Infinity|0|-?(?:0\\.[0-9]*[1-9]|[1-9][0-9]*(?:\\.[0-9]*[1-9])?|[1-9](?:\\.[0-9]*[1-9])?e[+-][1-9][0-9]*))$';

class SchemaWriter {
  /** Types that contain themselves, by the name that references use. */
  readonly shared = new Map<string, JsonSchema>();
  readonly #target: JsonSchemaTarget;
  readonly #base: string;
  readonly #prefix: string;

  constructor(target: JsonSchemaTarget, base: string, prefix = '') {
    this.#target = target;
    this.#base = base;
    this.#prefix = prefix;
  }

  ofModel({ name, key, fields, vectors = [] }: DocumentModel, use: JsonSchemaUse): JsonSchema {
    const isKey = (field: FieldModel): boolean => key.fields.includes(field.name);
    const shown = use === 'patch' ? fields.filter((field) => !isKey(field)) : fields;
    const required = shown.filter((field) => {
      if (field.optional || use === 'patch') return false;
      return use === 'document' || (field.default === undefined && !(key.generate !== undefined && isKey(field)));
    });
    const schema = this.#object(shown, required);
    const properties = { ...(schema['properties'] as Record<string, JsonSchema>) };
    for (const { field, dimensions } of vectors)
      if (properties[field]?.['type'] === 'array')
        properties[field] = { ...properties[field], minItems: dimensions, maxItems: dimensions };
    return { title: name, ...schema, properties };
  }

  #object(fields: readonly FieldModel[], required: readonly FieldModel[]): JsonSchema {
    return {
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field.name, this.#field(field)])),
      ...(required.length > 0 && { required: required.map(({ name }) => name) }),
      additionalProperties: false,
    };
  }

  #field({ type, rules, default: of }: FieldModel): JsonSchema {
    const schema = withRuleKeywords(this.#type(type), type, rules);
    return of?.kind === 'literal' ? { ...schema, default: JSON.parse(of.json) as unknown } : schema;
  }

  #type(type: FieldType): JsonSchema {
    switch (type.kind) {
      case 'string':
        return { type: 'string', ...(type.pattern !== undefined && { pattern: type.pattern }) };
      case 'number':
        return { type: 'number' };
      case 'boolean':
        return { type: 'boolean' };
      case 'bigint':
        return { type: 'string', pattern: '^-?[0-9]+$' };
      case 'date':
        return { type: 'string', format: 'date-time' };
      case 'bytes':
        return { type: 'string', contentEncoding: 'base64', pattern: BASE64 };
      case 'floats':
        return { type: 'array', items: { type: 'number' } };
      case 'literal':
        return type.values.length === 1 ? { const: type.values[0] } : { enum: type.values };
      case 'array':
        return { type: 'array', items: this.#type(type.element) };
      case 'set':
        return {
          ...{ type: 'array', items: this.#type(type.element) },
          ...(isToldApart(type.element) && { uniqueItems: true }),
        };
      case 'map':
        return { type: 'array', items: this.#list([this.#type(type.key), this.#type(type.value)], 2, undefined) };
      case 'tuple':
        return this.#tuple(type);
      case 'object':
        return this.#object(type.fields, requiredOf(type.fields));
      case 'record':
        return this.#record(type);
      case 'variants':
        return {
          oneOf: type.variants.map(({ value, type: { fields } }) => {
            const others = fields.filter(({ name }) => name !== type.discriminator);
            const {
              properties,
              required = [],
              ...rest
            } = this.#object(others, requiredOf(others)) as {
              readonly properties: object;
              readonly required?: readonly string[];
            };
            return {
              ...rest,
              properties: { [type.discriminator]: { const: value }, ...properties },
              required: [type.discriminator, ...required],
            };
          }),
        };
      case 'union':
        return { anyOf: type.members.map((member) => this.#type(member)) };
      case 'nullable':
        return { anyOf: [this.#type(type.of), { type: 'null' }] };
      case 'json':
        return type.isObject === true ? { type: ['object', 'array'] } : {};
      case 'any':
        return {};
      case 'recursive': {
        const name = `${this.#prefix}${type.name}`;
        if (!this.shared.has(name)) {
          // Noted first: what is inside refers to it.
          this.shared.set(name, {});
          this.shared.set(name, this.#type(type.of));
        }
        return this.#reference(name);
      }
      case 'reference':
        return this.#reference(`${this.#prefix}${type.name}`);
    }
  }

  #reference(name: string): JsonSchema {
    return { $ref: `${this.#base}${encodeURIComponent(name)}` };
  }

  #tuple({ elements, least, rest }: TupleType): JsonSchema {
    const parts = elements.map((element) => this.#type(element));
    return this.#list(parts, least, rest && this.#type(rest));
  }

  /** An array with a schema for each position. @param others of all behind them; undefined: there are none. */
  #list(parts: readonly JsonSchema[], minItems: number, others: JsonSchema | undefined): JsonSchema {
    const bounds = { minItems, ...(others === undefined && { maxItems: parts.length }) };
    if (this.#target === 'draft-07')
      return { type: 'array', items: parts, additionalItems: others ?? false, ...bounds };
    return { type: 'array', prefixItems: parts, items: others ?? false, ...bounds };
  }

  #record({ fields, key, value }: RecordType): JsonSchema {
    const pattern = key.kind === 'number' ? NUMBER_NAME : key.pattern;
    const named = this.#object(fields, requiredOf(fields));
    return {
      ...named,
      // Properties with a type of their own need not be named as the others are.
      ...(pattern !== undefined && fields.length === 0 && { propertyNames: { pattern } }),
      additionalProperties: this.#type(value),
    };
  }
}

/** Nested objects have their defaults only where a class makes them: what is not optional has to be there. */
function requiredOf(fields: readonly FieldModel[]): readonly FieldModel[] {
  return fields.filter((field) => !field.optional && field.default === undefined);
}
