/**
 * Conditions and keys as they are typed at a shell: JSON5 (`{ clubs: "fcb" }`), read and never run. Dates and bigints,
 * which it has no form for, are taken from texts where the model says that the field holds one.
 */
import type { DocumentModel, FieldType, IndexModel } from '@nuthatch/model';
import { UsageError } from '../exit-code.js';
import { model, tools } from '../packages.js';

/** @param name of the argument, for the refusal. @throws UsageError. */
export function readLiteral(name: string, text: string): unknown {
  const json5 = require('json5') as { parse(text: string): unknown };
  try {
    return json5.parse(text);
  } catch (error) {
    const why = (error as Error).message.replace(/^JSON5: /, '');
    throw new UsageError(
      name,
      `${name} are read as JSON5, such as '{ clubs: "fcb" }', found ${shortened(text)}: ${why}`,
    );
  }
}

const MAX_SHOWN = 200;

/** What a person typed is repeated whole, what a program put there is not. */
function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** The models of the collections that were read, by name. */
export type Models = ReadonlyMap<string, DocumentModel>;

/** Whether conditions ask for what a field refers to, so that other collections have to be read, too. */
export function asksForOthers(where: unknown, level: number = 0): boolean {
  if (!isPlain(where) || level > MOST_LEVELS) return false;
  return Object.entries(where).some(([name, value]) => {
    if (name === 'or' || name === 'and')
      return Array.isArray(value) && value.some((each) => asksForOthers(each, level + 1));
    return name === 'not' ? asksForOthers(value, level + 1) : isOfOthers(value, level);
  });
}

function isOfOthers(asked: unknown, level: number): boolean {
  if (!isPlain(asked) || level > MOST_LEVELS) return false;
  return tools().isAskedByWords(asked) ? isOfOthers(asked['not'], level + 1) : true;
}

/**
 * The conditions with dates and bigints in their places. What does not fit is left for the engine to refuse.
 *
 * @param models of the collections that references may lead to.
 */
export function typedConditions(
  model: DocumentModel,
  where: unknown,
  models: Models = new Map(),
  level: number = 0,
): object {
  if (!isPlain(where) || level > MOST_LEVELS) return where as object;
  return mapValues(where, (value, name) => {
    const index = model.indexes.find((each) => isNamed(each, name)) ?? keyIndex(model, name);
    const joined = typedJoin(model, index?.fields[0] ?? name, value, models, level);
    if (joined !== undefined) return joined;
    // Keys that the field refers to, which no index of the class holds.
    const keyed =
      index === undefined ? models.get(model.references?.find(({ field }) => field === name)?.to ?? '') : undefined;
    if (keyed !== undefined) return typedKeys(keyed, value);
    if (index === undefined && model.key.fields.includes(name)) return typedLeaf(typeOf(model, name), value);
    if (index !== undefined) return typedValue(model, index, index.fields[0]!, value);
    if (name === 'not') return typedConditions(model, value, models, level + 1);
    const isList = (name === 'or' || name === 'and') && Array.isArray(value);
    return isList ? value.map((branch) => typedConditions(model, branch, models, level + 1)) : value;
  });
}

/** Conditions on what a field refers to, by the model of that; undefined: the field itself is asked. */
function typedJoin(
  model: DocumentModel,
  field: string,
  value: unknown,
  models: Models,
  level: number,
): object | undefined {
  const target = models.get(model.references?.find((each) => each.field === field)?.to ?? '');
  if (target === undefined || !isPlain(value)) return undefined;
  if (!tools().isAskedByWords(value)) return typedConditions(target, value, models, level + 1);
  const { not, ...others } = value;
  const inner = Object.keys(others).length === 0 ? typedJoin(model, field, not, models, level + 1) : undefined;
  return inner && { not: inner };
}

/** Keys of a class that a field of another one is asked for. */
function typedKeys(target: DocumentModel, value: unknown): unknown {
  const { fields } = target.key;
  return typedValue(target, { name: '', kind: 'tag', fields }, fields[0]!, value);
}

/** The key is asked for as if it were indexed. */
function keyIndex(document: DocumentModel, name: string): IndexModel | undefined {
  return model().keyName(document) === name ? { name, kind: 'unique', fields: document.key.fields } : undefined;
}

/** A key of one field is typed as it is, without quotes; one of several is an object or a list. */
export function typedKey(model: DocumentModel, text: string): unknown {
  const { fields } = model.key;
  const [only] = fields as readonly [string];
  if (fields.length === 1) return typedLeaf(typeOf(model, only), keyOfText(typeOf(model, only), text));
  const key = readLiteral('--key', text);
  if (Array.isArray(key)) return key.map((part, index) => typedLeaf(typeOf(model, fields[index] ?? ''), part));
  return isPlain(key) ? mapValues(key, (part, name) => typedLeaf(typeOf(model, name), part)) : key;
}

function keyOfText(type: FieldType | undefined, text: string): unknown {
  if (type?.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (type?.kind === 'literal') return type.values.find((value) => String(value) === text) ?? text;
  return type?.kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** No condition is nested deeper: what is, is left for the engine to refuse. */
const MOST_LEVELS = 20;

function typedValue(
  model: DocumentModel,
  index: IndexModel,
  field: string,
  value: unknown,
  level: number = 0,
): unknown {
  if (level > MOST_LEVELS) return value;
  if (Array.isArray(value)) return value.map((item) => typedValue(model, index, field, item, level + 1));
  if (!isPlain(value)) return typedLeaf(typeOf(model, field), value);
  const isComposite = index.fields.length > 1;
  return mapValues(value, (part, name) => {
    if (name === 'prefix') return part;
    return typedValue(model, index, isComposite && index.fields.includes(name) ? name : field, part, level + 1);
  });
}

const DIGITS = /^-?\d+$/;

function typedLeaf(type: FieldType | undefined, value: unknown): unknown {
  if (type?.kind === 'bigint' && typeof value === 'string' && DIGITS.test(value)) return BigInt(value);
  // A number that was rounded when it was read names another value than the one that was typed.
  if (type?.kind === 'bigint' && Number.isSafeInteger(value)) return BigInt(value as number);
  return type?.kind === 'date' && typeof value === 'string' ? (model().dateOfIsoText(value) ?? value) : value;
}

/** The type that an index holds of a field: the element of a list, the value behind `| null`. */
function typeOf({ fields, computed }: DocumentModel, name: string): FieldType | undefined {
  const field = [...fields, ...computed].find((each) => each.name === name);
  return field && heldType(field.type);
}

function heldType(type: FieldType): FieldType {
  if (type.kind === 'nullable') return heldType(type.of);
  return type.kind === 'array' || type.kind === 'set' ? heldType(type.element) : type;
}

function isNamed({ name, fields }: IndexModel, asked: string): boolean {
  return name === asked || (fields.length === 1 && fields[0] === asked);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own names only, `__proto__` among them: it is a field like any other that no model has. */
function mapValues(
  object: Readonly<Record<string, unknown>>,
  map: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));
}
