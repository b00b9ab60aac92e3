/**
 * Whether a value that came from outside (a line of a dump) has the shape of a document model: what reads models takes
 * their types for granted. Whether the model makes sense is asked by model-check.ts.
 */
import { type DocumentModel, isOnDelete } from './document-model.js';

type Values = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isLiteral: Check = (value) => isText(value) || isFlag(value) || typeof value === 'number';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isRules: Check = listOf((rule) => isObject(rule) && isText(rule['name']) && Array.isArray(rule['args']));

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** The members of a type of each kind, beside its kind. */
const TYPES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  string: { pattern: optional(isText) },
  number: {},
  boolean: {},
  bigint: {},
  date: {},
  bytes: { className: optional(isText) },
  floats: {},
  literal: { values: listOf(isLiteral) },
  array: { element: isType },
  set: { element: isType },
  map: { key: isType, value: isType },
  tuple: { elements: listOf(isType), least: isCount, rest: optional(isType) },
  object: { className: optional(isText), isBlob: optional(isFlag), fields: listOf(isField) },
  record: { fields: listOf(isField), key: isType, value: isType },
  json: { isObject: optional(isFlag) },
  any: {},
  recursive: { name: isText, of: isType },
  reference: { name: isText },
  variants: { discriminator: isText, variants: listOf(isVariant) },
  union: { members: listOf(isType) },
  nullable: { of: isType },
};

function isType(value: unknown): boolean {
  if (!isObject(value) || typeof value['kind'] !== 'string' || !Object.hasOwn(TYPES, value['kind'])) return false;
  return has(value, TYPES[value['kind']]!);
}

function isVariant(value: unknown): boolean {
  return (
    isObject(value) && isLiteral(value['value']) && isType(value['type']) && Array.isArray(fieldsOf(value['type']))
  );
}

function fieldsOf(type: unknown): unknown {
  return (type as Values)['fields'];
}

function isField(value: unknown): boolean {
  return isComputed(value) && isRules((value as Values)['rules']) && optional(isObject)((value as Values)['default']);
}

function isComputed(value: unknown): boolean {
  return isObject(value) && isText(value['name']) && isType(value['type']) && isFlag(value['optional']);
}

function isIndex(value: unknown): boolean {
  return isObject(value) && isText(value['name']) && isText(value['kind']) && listOf(isText)(value['fields']);
}

function isLifetime(value: unknown): boolean {
  if (!isObject(value) || !isText(value['field']) || !isText(value['initial'])) return false;
  const { transitions } = value;
  return isObject(transitions) && Object.values(transitions).every(listOf(isText));
}

function isVector(value: unknown): boolean {
  return isObject(value) && isText(value['field']) && isCount(value['dimensions']) && isText(value['metric']);
}

function isReference(value: unknown): boolean {
  if (!isObject(value) || !isText(value['field']) || !isText(value['to'])) return false;
  const { onDelete, pin } = value;
  return pin === undefined ? isOnDelete(onDelete) : pin === true && onDelete === undefined;
}

function isSearched(value: unknown): boolean {
  return isObject(value) && isText(value['field']) && optional(isText)(value['language']);
}

function has(value: Values, checks: Readonly<Record<string, Check>>): boolean {
  return Object.entries(checks).every(([name, check]) => check(value[name]));
}

/** O(model). Types nested deeper than the stack goes must be refused before. */
export function isModelShape(value: unknown): value is DocumentModel {
  if (!isObject(value) || !isObject(value['key'])) return false;
  const isModel = has(value, {
    name: isText,
    collection: isText,
    storage: (storage) => storage === 'disk' || storage === 'memory' || storage === 'cold',
    fields: listOf(isField),
    computed: listOf(isComputed),
    indexes: listOf(isIndex),
    expires: optional(isText),
    minReader: optional(isCount),
    released: optional((released) => released === true),
    lifetime: optional(isLifetime),
    vectors: optional(listOf(isVector)),
    references: optional(listOf(isReference)),
    search: optional(listOf(isSearched)),
  });
  if (!isModel || !has(value['key'], { fields: listOf(isText), generate: optional(isText) })) return false;
  const { fields, key } = value as unknown as DocumentModel;
  return key.fields.length > 0 && key.fields.every((name) => fields.some((field) => field.name === name));
}
