/**
 * What a caller asks for, as conditions, all of which hold. The one place that reads it: queries, bulk writes, watched
 * queries, shapes and the command take it alike.
 *
 *   where   := { field: asked, ..., or?: where[], and?: where[], not?: where }
 *   asked   := value | null | { in?: value[], not?: asked, absent?: boolean, ...of the index }
 *            | where of the class that the field refers to
 *   of the index, see range-query.ts and tag-collection-index.ts
 *
 * Nothing absent means all: `undefined`, an empty object below the top and an empty list of branches are refused. An empty
 * `in` is a list that is there: no document has one of its values.
 */
import type { KeyCodec } from '../../definition/key-codec.js';
import { unreadable } from '../../definition/unreadable.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { CollectionIndex, Condition } from './collection-index.js';
import { allOf, NotOf, OneOf } from './compound-condition.js';
import { CONDITION_WORDS } from './condition-words.js';
import { FieldCondition } from './field-condition.js';
import { KeyCondition } from './key-condition.js';
import { found, isEmptyObject, isPlain, refuse, refuseInherited, refuseWhere } from './refused-conditions.js';
import { ValueListCondition } from './value-list-condition.js';

/** Deeper conditions are refused: they may come from outside. */
const MAX_DEPTH = 32;

/** The parts of a collection that conditions are read by. */
export interface AskedCollection {
  readonly name: string;
  readonly store: ShardedStore;
  readonly keys: KeyCodec;
  /** By which the key is asked for. */
  readonly keyName: string;
  readonly keyFields: readonly string[];
  /** Whether an index has this name, or is of this field alone. */
  hasIndex(field: string): boolean;
  /** The index that answers a question to a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  indexFor(field: string, query: unknown): CollectionIndex;
  /** Whether the field refers to documents, which may be asked for by what they are. */
  isJoined(field: string): boolean;
  /** Whether an object is a key of several parts that the field may hold. */
  isKeyIn(field: string, query: object): boolean;
  /** Documents whose field refers to one that meets the conditions. @throws DatabaseError as `whereConditions`. */
  join(field: string, where: object, depth: number): Condition;
  /** Whether each document with the field stands in the index. */
  holdsAll(index: CollectionIndex): boolean;
  /** Whether the field may hold null. */
  holdsNull(index: CollectionIndex): boolean;
}

/** The condition of one index alone. @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
export function conditionOnIndex(asked: AskedCollection, index: CollectionIndex, query: unknown): Condition {
  try {
    if (typeof query === 'object' && query !== null && !isPlain(query))
      refuseInheritedWords(asked, query, index.model.fields);
    if (!isOfWords(query))
      return query === null && asked.holdsNull(index) ? fieldCondition(asked, index, null) : index.condition(query);
    const conditions: Condition[] = [];
    addField({ ...asked, hasIndex: () => true, indexFor: () => index }, index.model.name, query, 0, conditions);
    return allOf(conditions);
  } catch (error) {
    throw unreadableWhere(asked, error);
  }
}

/** @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`. */
export function whereConditions(asked: AskedCollection, where: object, depth = 0): Condition[] {
  try {
    if (typeof where !== 'object' || where === null || Array.isArray(where)) refuseWhere(asked, where);
    if (depth > MAX_DEPTH) refuse(asked, `conditions lie more than ${MAX_DEPTH} deep`);
    const conditions: Condition[] = [];
    // No list of pairs: `find` is asked for each query.
    for (const field in where) {
      if (!Object.hasOwn(where, field)) continue;
      const query = (where as Readonly<Record<string, unknown>>)[field];
      if (isOperator(field) && !asked.hasIndex(field)) addOperator(asked, field, query, depth, conditions);
      else addField(asked, field, query, depth, conditions);
    }
    if (conditions.length === 0 && !isEmptyObject(where)) refuseWhere(asked, where);
    if (!isPlain(where)) refuseInheritedFields(asked, where);
    return conditions;
  } catch (error) {
    throw unreadableWhere(asked, error);
  }
}

function unreadableWhere({ name }: AskedCollection, error: unknown): Error {
  return unreadable(error, 'INVALID_QUERY', `the conditions of a query of ${name}`);
}

function refuseInheritedFields(asked: AskedCollection, where: object): void {
  refuseInherited(asked, where, (name) => isOperator(name) || name === asked.keyName || asked.hasIndex(name));
}

function isOperator(field: string): field is 'or' | 'and' | 'not' {
  return field === 'or' || field === 'and' || field === 'not';
}

function addOperator(
  asked: AskedCollection,
  operator: 'or' | 'and' | 'not',
  query: unknown,
  depth: number,
  conditions: Condition[],
): void {
  const branch = (where: unknown): Condition[] => {
    const of = whereConditions(asked, where as object, depth + 1);
    if (of.length === 0) refuse(asked, `an empty object in \`${operator}\` would mean every document: leave it out`);
    return of;
  };
  if (operator === 'not') {
    if (query === undefined) refuse(asked, '`not` is undefined: leave it out to mean every document');
    conditions.push(new NotOf(allOf(branch(query)), asked.store));
    return;
  }
  if (!Array.isArray(query) || query.length === 0)
    refuse(asked, `\`${operator}\` must be a list of one condition or more, found ${found(query)}`);
  if (operator === 'and') for (const where of query as unknown[]) conditions.push(...branch(where));
  else {
    const list = valuesOfOneField(query);
    if (list !== undefined) {
      addField(asked, list.field, { in: list.values }, depth + 1, conditions);
      return;
    }
    const parts = withoutHoles(query).map((where) => allOf(branch(where)));
    conditions.push(parts.length === 1 ? parts[0]! : new OneOf(parts, asked.store));
  }
}

function addField(asked: AskedCollection, field: string, query: unknown, depth: number, conditions: Condition[]): void {
  if (field === asked.keyName && !asked.hasIndex(field)) {
    addKey(asked, field, query, depth, conditions);
    return;
  }
  if (asked.isJoined(field) && typeof query === 'object' && query !== null && !Array.isArray(query) && !isDate(query)) {
    if (asked.isKeyIn(field, query)) {
      conditions.push(asked.indexFor(field, query).condition(query));
      return;
    }
    if (addJoin(asked, field, query, depth, conditions)) return;
  }
  const index = asked.indexFor(field, query);
  if (typeof query !== 'object' || isDate(query) || Array.isArray(query)) {
    conditions.push(index.condition(query));
    return;
  }
  if (query !== null && !isPlain(query)) refuseInheritedWords(asked, query, index.model.fields);
  if (index.model.fields.length > 1) {
    addComposite(asked, index, query, depth, conditions);
    return;
  }
  if (query === null) {
    conditions.push(asked.holdsNull(index) ? fieldCondition(asked, index, null) : index.condition(query));
    return;
  }
  if (!isOfWords(query)) {
    conditions.push(index.condition(query));
    return;
  }
  if (depth > MAX_DEPTH) refuse(asked, `conditions lie more than ${MAX_DEPTH} deep`);
  const { in: values, not, absent, ...rest } = query as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(query, 'in')) conditions.push(oneOfValues(asked, field, values));
  if (Object.hasOwn(query, 'not')) conditions.push(notOf(asked, field, not, depth));
  if (Object.hasOwn(query, 'absent')) conditions.push(absentOf(asked, index, absent));
  if (Object.keys(rest).length > 0) conditions.push(asked.indexFor(field, rest).condition(rest));
}

/** Of branches that each ask one field for one value, the same field: they are an `in`. */
function valuesOfOneField(branches: readonly unknown[]): { field: string; values: readonly unknown[] } | undefined {
  let field: string | undefined;
  const values: unknown[] = [];
  for (const branch of branches) {
    if (typeof branch !== 'object' || branch === null || !isPlain(branch)) return undefined;
    const [name, other] = Object.keys(branch);
    if (name === undefined || other !== undefined || isOperator(name) || (field !== undefined && name !== field))
      return undefined;
    const value = (branch as Readonly<Record<string, unknown>>)[name];
    // What is refused is refused as a branch.
    if (value === undefined || value === null || (typeof value === 'object' && !isDate(value))) return undefined;
    field = name;
    values.push(value);
  }
  return field === undefined || values.length < 2 ? undefined : { field, values };
}

/** @param fields of the index, or of the key: a question to several of them has their names. */
function refuseInheritedWords(asked: AskedCollection, query: object, fields: readonly string[]): void {
  refuseInherited(asked, query, (name) => CONDITION_WORDS.has(name) || (fields.length > 1 && fields.includes(name)));
}

/** @returns false for a question to the field itself. */
function addJoin(
  asked: AskedCollection,
  field: string,
  query: object,
  depth: number,
  conditions: Condition[],
): boolean {
  const names = Object.keys(query);
  const words = names.filter((name) => CONDITION_WORDS.has(name));
  if (words.length === names.length) return false;
  if (words.length > 0) {
    const others = names.filter((name) => !CONDITION_WORDS.has(name)).join(', ');
    refuse(
      asked,
      `the condition on ${field} asks for values (${words.join(', ')}) and for what it refers to (${others}): put them into \`and\``,
    );
  }
  conditions.push(asked.join(field, query, depth + 1));
  return true;
}

/** `in` and `not` of a composite index, each beside nothing else: its own fields may have these names. */
function addComposite(
  asked: AskedCollection,
  index: CollectionIndex,
  query: object | null,
  depth: number,
  conditions: Condition[],
): void {
  const [word, other] = Object.keys(query ?? {});
  const isWord = (word === 'in' || word === 'not') && other === undefined && !index.model.fields.includes(word);
  if (!isWord) {
    conditions.push(index.condition(query));
    return;
  }
  if (depth > MAX_DEPTH) refuse(asked, `conditions lie more than ${MAX_DEPTH} deep`);
  const value = (query as Readonly<Record<string, unknown>>)[word];
  if (word === 'not') {
    const parts: Condition[] = [];
    addComposite(asked, index, value as object | null, depth + 1, parts);
    conditions.push(new NotOf(allOf(parts), asked.store));
    return;
  }
  const { name } = index.model;
  if (!Array.isArray(value)) refuse(asked, `\`in\` on ${name} must be a list of values, found ${found(value)}`);
  const parts = withoutHoles(value).map((each) => index.condition(each));
  conditions.push(parts.length === 0 ? new ValueListCondition(index, [], asked.store) : new OneOf(parts, asked.store));
}

/** Whether a question has words that every indexed field is asked by. */
function isOfWords(query: unknown): boolean {
  if (typeof query !== 'object' || query === null) return false;
  return Object.hasOwn(query, 'in') || Object.hasOwn(query, 'not') || Object.hasOwn(query, 'absent');
}

function notOf(asked: AskedCollection, field: string, query: unknown, depth: number): Condition {
  const parts: Condition[] = [];
  addField(asked, field, query, depth + 1, parts);
  return new NotOf(allOf(parts), asked.store);
}

function oneOfValues(asked: AskedCollection, field: string, values: unknown): Condition {
  if (!Array.isArray(values)) refuse(asked, `\`in\` on ${field} must be a list of values, found ${found(values)}`);
  const list = withoutHoles(values);
  const index = asked.indexFor(field, list[0]);
  const present = list.filter((value) => value !== null);
  for (const value of present)
    if (typeof value === 'object' && !isDate(value) && index.isOfObjects !== true)
      refuse(asked, `\`in\` on ${field} holds ${found(value)}: give values`);
  const isNullAsked = present.length < list.length;
  if (isNullAsked && !asked.holdsNull(index)) index.condition(null);
  const isTag = index.model.kind === 'tag' && present.length > 0;
  const valued = isTag
    ? index.condition({ any: present })
    : new ValueListCondition(
        index,
        present.map((value) => index.condition(value)),
        asked.store,
      );
  return isNullAsked ? new OneOf([valued, fieldCondition(asked, index, null)], asked.store) : valued;
}

/** `map` and `filter` leave out holes, the places of `new Array(3)`: as `undefined` they are refused. */
function withoutHoles(list: readonly unknown[]): readonly unknown[] {
  return Array.from(list);
}

function absentOf(asked: AskedCollection, index: CollectionIndex, absent: unknown): Condition {
  if (typeof absent !== 'boolean')
    refuse(asked, `\`absent\` on ${index.model.name} must be true or false, found ${found(absent)}`);
  const condition = fieldCondition(asked, index, undefined);
  return absent ? condition : new NotOf(condition, asked.store);
}

function fieldCondition(asked: AskedCollection, index: CollectionIndex, wanted: undefined | null): Condition {
  const isExact = wanted === undefined && asked.holdsAll(index);
  return new FieldCondition(index, wanted, isExact, asked.store);
}

function addKey(asked: AskedCollection, field: string, query: unknown, depth: number, conditions: Condition[]): void {
  if (depth > MAX_DEPTH) refuse(asked, `conditions lie more than ${MAX_DEPTH} deep`);
  const keysOf = (values: readonly unknown[]): Condition => {
    const keys = new Set<StoreKey>();
    for (const value of values) {
      if (value === undefined || value === null)
        refuse(asked, `the condition on ${field} is ${String(value)}: leave the condition out to mean every document`);
      keys.add(asked.keys.toStoreKey(value));
    }
    return new KeyCondition(keys, asked.keys, asked.store);
  };
  // An object that has all fields of a composite key is one, whatever they are called.
  const isComposite = asked.keyFields.length > 1 && !Array.isArray(query);
  const isOne = isComposite && asked.keyFields.every((name) => Object.hasOwn(query ?? {}, name));
  if (typeof query !== 'object' || query === null || isDate(query) || isOne) {
    conditions.push(keysOf([query]));
    return;
  }
  if (!isPlain(query)) refuseInheritedWords(asked, query, asked.keyFields);
  const { in: values, not, ...others } = query as Readonly<Record<string, unknown>>;
  const names = Object.keys(query);
  if (names.length === 0 || Object.keys(others).length > 0 || Array.isArray(query))
    refuse(
      asked,
      `a condition on the key ${field} must be a key, or an object with \`in\` or \`not\`, found ${found(query)}`,
    );
  if (Object.hasOwn(query, 'in')) {
    if (!Array.isArray(values)) refuse(asked, `\`in\` on ${field} must be a list of keys, found ${found(values)}`);
    conditions.push(keysOf(values as readonly unknown[]));
  }
  if (Object.hasOwn(query, 'not')) {
    const parts: Condition[] = [];
    addKey(asked, field, not, depth + 1, parts);
    conditions.push(new NotOf(allOf(parts), asked.store));
  }
}
