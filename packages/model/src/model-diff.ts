/** The changes between two models of one collection, in words, and whether stored documents need a migration. */
import { compact } from './canonical-text.js';
import { describeType } from './describe-type.js';
import type {
  DocumentModel,
  FieldModel,
  FieldType,
  IndexKind,
  RecordType,
  TupleType,
  VectorModel,
} from './document-model.js';

export interface ModelChange {
  /** `adds range index age`, `removes field nick`. */
  readonly description: string;
  /** Old documents cannot be read by the new model without the user's say. */
  readonly needsMigration: boolean;
  /** The kind of the index that is built again from all documents, when one is. */
  readonly rebuilds?: IndexKind;
}

/**
 * The changes from `before` to `after`: key, storage, fields, computed fields, indexes. Equal models give none.
 *
 * @param renamedFrom new name → old name of fields that are known to be the same; others go and come.
 */
export function diffModels(
  before: DocumentModel,
  after: DocumentModel,
  renamedFrom: ReadonlyMap<string, string> = new Map(),
): readonly ModelChange[] {
  const changes: ModelChange[] = [];
  const say = (description: string, needsMigration = false): void => void changes.push({ description, needsMigration });
  if (compact(before.key.fields) !== compact(after.key.fields)) {
    say(`changes the id from ${before.key.fields.join(', ')} to ${after.key.fields.join(', ')}`, true);
  }
  if (before.collection !== after.collection)
    say(`renames the collection ${before.collection} to ${after.collection}`, true);
  if (before.name !== after.name) say(`renames the class ${before.name} to ${after.name}`);
  if (compact(before.key.fields) === compact(after.key.fields) && before.key.generate !== after.key.generate) {
    say(after.key.generate ? `generates ids by ${after.key.generate}` : 'generates no ids any more');
  }
  if (before.storage !== after.storage) say(`changes the storage from ${before.storage} to ${after.storage}`);
  const old = new Map(before.fields.map((field) => [field.name, field]));
  for (const field of after.fields) {
    const oldName = renamedFrom.get(field.name) ?? field.name;
    const was = old.get(oldName);
    if (was && oldName !== field.name) say(`renames ${oldName} to ${field.name}`, true);
    if (!was) say(`adds field ${field.name}: ${describeType(field.type)}`, !field.optional && !field.default);
    else diffField(was, field, say);
    old.delete(oldName);
  }
  for (const name of old.keys()) say(`removes field ${name}`);
  if (compact(before.computed) !== compact(after.computed)) say('changes the computed fields');
  diffIndexes(before, after, (description, rebuilds) =>
    changes.push({ description, needsMigration: false, ...(rebuilds && { rebuilds }) }),
  );
  if (before.expires !== after.expires)
    say(
      after.expires === undefined
        ? 'deletes no documents by a field any more'
        : `deletes documents at their ${after.expires}`,
    );
  if ((before.minReader ?? 0) !== (after.minReader ?? 0))
    say(`changes minReader from ${before.minReader ?? 0} to ${after.minReader ?? 0}`);
  if (before.sync !== after.sync) say(`changes sync from ${before.sync ?? 'revision'} to ${after.sync ?? 'revision'}`);
  if (before.released !== after.released)
    say(
      after.released ? 'keeps released documents' : 'releases no documents any more; those that are released stay so',
    );
  diffVectors(before.vectors ?? [], after.vectors ?? [], say);
  if (compact(before.lifetime ?? null) !== compact(after.lifetime ?? null)) say(describeLifetime(before, after));
  diffReferences(before, after, say);
  if (compact(before.search ?? null) !== compact(after.search ?? null)) say(describeSearch(after));
  return changes;
}

function describeSearch({ search }: DocumentModel): string {
  if (search === undefined) return 'searches no fields any more';
  return `searches the texts of ${search.map(({ field }) => field).join(', ')}`;
}

/** What is stored does not change; an opening refuses documents whose vectors are of another length. */
function diffVectors(
  before: readonly VectorModel[],
  after: readonly VectorModel[],
  say: (description: string) => void,
): void {
  const old = new Map(before.map((vector) => [vector.field, vector]));
  for (const vector of after) {
    const was = old.get(vector.field);
    old.delete(vector.field);
    const is = `${vector.dimensions} dimensions, ${vector.metric}`;
    if (was === undefined) say(`adds vector ${vector.field}: ${is}`);
    else if (compact(was) !== compact(vector)) say(`changes vector ${vector.field}: ${is}`);
  }
  for (const field of old.keys()) say(`removes vector ${field}`);
}

function describeLifetime({ lifetime: before }: DocumentModel, { lifetime: after }: DocumentModel): string {
  if (after === undefined) return `has no states in ${before!.field} any more`;
  return `${before === undefined ? 'makes states of' : 'changes the transitions of'} ${after.field}`;
}

/** Documents stay as they are: whether each key has its document is asked when the database is opened. */
function diffReferences(before: DocumentModel, after: DocumentModel, say: (description: string) => void): void {
  const old = new Map((before.references ?? []).map((reference) => [reference.field, reference]));
  for (const reference of after.references ?? []) {
    const was = old.get(reference.field);
    old.delete(reference.field);
    if (was !== undefined && compact(was) === compact(reference)) continue;
    const how = reference.pin ? 'pinned' : `on delete ${reference.onDelete}`;
    const verb = was === undefined ? 'makes references of' : 'changes the references of';
    say(`${verb} ${reference.field}: to ${reference.to}, ${how}`);
  }
  for (const field of old.keys()) say(`checks the references of ${field} no more`);
}

function diffField(
  was: FieldModel,
  is: FieldModel,
  say: (description: string, needsMigration?: boolean) => void,
): void {
  if (compact(was.type) !== compact(is.type)) {
    say(`changes ${is.name} from ${describeType(was.type)} to ${describeType(is.type)}`, !isWider(was.type, is.type));
  }
  if (was.optional !== is.optional)
    say(`makes ${is.name} ${is.optional ? 'optional' : 'required'}`, !is.optional && !is.default);
  if (compact(was.rules) !== compact(is.rules)) say(`changes the rules of ${is.name}`);
  if (compact(was.default ?? null) !== compact(is.default ?? null)) say(`changes the default of ${is.name}`);
}

function diffIndexes(
  before: DocumentModel,
  after: DocumentModel,
  say: (description: string, rebuilds?: IndexKind) => void,
): void {
  const old = new Map(before.indexes.map((index) => [`${index.kind} index ${index.name}`, compact(index)]));
  for (const index of after.indexes) {
    const name = `${index.kind} index ${index.name}`;
    const was = old.get(name);
    if (was === undefined) say(`adds ${name}`, index.kind);
    else if (was !== compact(index)) say(`changes ${name}`, index.kind);
    old.delete(name);
  }
  for (const name of old.keys()) say(`removes ${name}`);
}

/**
 * Every value of `narrow` can be read as a value of `wide`: it is one, but for fields of objects that are gone, which
 * readers keep beside the document, and optional ones that are new. O(types).
 */
export function isWider(narrow: FieldType, wide: FieldType): boolean {
  if (compact(narrow) === compact(wide)) return true;
  if (wide.kind === 'nullable') return isWider(narrow.kind === 'nullable' ? narrow.of : narrow, wide.of);
  if (wide.kind === 'union') {
    const members = narrow.kind === 'union' ? narrow.members : [narrow];
    return members.every((member) => wide.members.some((candidate) => isWider(member, candidate)));
  }
  if (wide.kind === 'json') return isJson(narrow, wide.isObject === true);
  if (wide.kind === 'string' && wide.pattern !== undefined) {
    const pattern = new RegExp(wide.pattern, 'u');
    return (
      narrow.kind === 'literal' && narrow.values.every((value) => typeof value === 'string' && pattern.test(value))
    );
  }
  if (narrow.kind === 'string' && wide.kind === 'string') return true;
  if (narrow.kind === 'bytes') return wide.kind === 'bytes';
  if (narrow.kind === 'literal') {
    if (wide.kind === 'literal') return narrow.values.every((value) => wide.values.includes(value));
    return narrow.values.every((value) => typeof value === wide.kind);
  }
  if ((narrow.kind === 'array' && wide.kind === 'array') || (narrow.kind === 'set' && wide.kind === 'set')) {
    return isWider(narrow.element, wide.element);
  }
  if (narrow.kind === 'map' && wide.kind === 'map')
    return isWider(narrow.key, wide.key) && isWider(narrow.value, wide.value);
  if (narrow.kind === 'object' && wide.kind === 'object') return hasWiderFields(narrow.fields, wide.fields);
  if (wide.kind === 'record') return isWiderRecord(narrow, wide);
  if (narrow.kind === 'tuple' && wide.kind === 'array')
    return [...narrow.elements, ...(narrow.rest ? [narrow.rest] : [])].every((part) => isWider(part, wide.element));
  if (narrow.kind === 'tuple' && wide.kind === 'tuple') return isWiderTuple(narrow, wide);
  // Where each is the other's equal inside, so are they themselves.
  if (narrow.kind === 'recursive' && wide.kind === 'recursive')
    return narrow.name === wide.name && isWider(narrow.of, wide.of);
  if (narrow.kind === 'variants' && wide.kind === 'variants' && narrow.discriminator === wide.discriminator)
    return narrow.variants.every(({ value, type }) => {
      const same = wide.variants.find((variant) => variant.value === value);
      return same !== undefined && isWider(type, same.type);
    });
  return false;
}

/** Every value of the type is one of JSON, as it is written there: no date, no bigint, no bytes. */
function isJson(type: FieldType, mustBeObject: boolean): boolean {
  switch (type.kind) {
    case 'string':
    case 'boolean':
    case 'literal':
      return !mustBeObject;
    case 'json':
      return !mustBeObject || type.isObject === true;
    case 'array':
      return isJson(type.element, false);
    case 'tuple':
      return type.elements.every((part) => isJson(part, false)) && (!type.rest || isJson(type.rest, false));
    case 'object':
      return type.className === undefined && type.fields.every((field) => isJson(field.type, false));
    case 'record':
      return type.fields.every((field) => isJson(field.type, false)) && isJson(type.value, false);
    case 'nullable':
      return !mustBeObject && isJson(type.of, false);
    default:
      // Numbers may be NaN or infinite, which JSON has not.
      return false;
  }
}

function isWiderRecord(narrow: FieldType, wide: RecordType): boolean {
  if (narrow.kind !== 'record' && narrow.kind !== 'object') return false;
  if (narrow.kind === 'object' && (narrow.className !== undefined || wide.key.kind === 'number')) return false;
  const named = new Set(wide.fields.map(({ name }) => name));
  const others = narrow.fields.filter(({ name }) => !named.has(name));
  return (
    hasWiderFields(narrow.fields, wide.fields) &&
    (narrow.kind === 'object'
      ? wide.key.kind === 'string' && wide.key.pattern === undefined
      : compact(narrow.key) === compact(wide.key)) &&
    others.every((field) => isWider(field.type, wide.value)) &&
    (narrow.kind === 'object' || isWider(narrow.value, wide.value))
  );
}

function isWiderTuple(narrow: TupleType, wide: TupleType): boolean {
  const at = (type: TupleType, index: number): FieldType | undefined => type.elements[index] ?? type.rest;
  if (narrow.least < wide.least || (narrow.rest && !wide.rest)) return false;
  const count = Math.max(narrow.elements.length, wide.elements.length) + 1;
  return Array.from({ length: count }, (_, index) => [at(narrow, index), at(wide, index)] as const).every(
    ([was, is]) => was === undefined || (is !== undefined && isWider(was, is)),
  );
}

function hasWiderFields(narrow: readonly FieldModel[], wide: readonly FieldModel[]): boolean {
  return wide.every((field) => {
    const was = narrow.find(({ name }) => name === field.name);
    if (was === undefined) return field.optional;
    return (field.optional || !was.optional) && isWider(was.type, field.type);
  });
}
