/** Rules of a valid model. Answers what is wrong, never throws; the generator adds where it stands in the source. */
import { describeType } from './describe-type.js';
import type { DocumentModel, FieldModel, FieldType, IndexModel } from './document-model.js';
import { finderName } from './finder-name.js';
import { checkIndex, describeIndex } from './index-check.js';
import { checkLifetime, checkReleased } from './lifetime-check.js';
import type { ModelProblem } from './model-problem.js';
import { checkReferences, checkReferenceTargets } from './reference-check.js';
import { checkSearch } from './search-check.js';
import { checkStorage } from './storage-check.js';
import { checkVectors } from './vector-check.js';

/** Deepest nesting of types; codecs and validators recurse as deep as the type. */
export const MAX_TYPE_DEPTH = 32;

/** Members of a database: a collection of one of these names would hide it. */
export const DATABASE_MEMBERS: ReadonlySet<string> = new Set([
  'transaction',
  'commit',
  'close',
  'flush',
  'drained',
  'stats',
  'state',
  'recovery',
  'setStorage',
  'snapshot',
  'changes',
  'subscribe',
  'watch',
  'on',
  'once',
  'off',
  'backup',
  'backupTo',
  'compact',
  'collections',
  'blobs',
  'keyValue',
  'reflect',
  'lagMs',
  'caughtUp',
  'barrier',
  'readerPort',
  'seq',
  'durableSeq',
  'then',
  'constructor',
]);

/** Words of conditions: `find({ or: [...] })` could not say which is meant. */
const CONDITION_WORDS: ReadonlySet<string> = new Set(['or', 'and', 'not']);

/** As of a file in any file system. */
const COLLECTION_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** Device names on Windows; a collection may one day be a file name. */
const RESERVED_FILE_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;
const FIELD_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
/** No quote, bracket or backslash in it: safe wherever generated code writes it. */
const PLAIN_KEY = /^[\w$ .:@#/+-]{1,200}$/;
/** Most names; the test with Unicode classes costs twenty times as much. */
const ASCII_NAME = /^[A-Za-z_$][\w$]*$/;

/** Everything wrong with one model. */
export function checkModel(model: DocumentModel): readonly ModelProblem[] {
  const problems = [
    ...checkNames(model),
    ...checkKey(model),
    ...checkExpires(model),
    ...checkReleased(model),
    ...checkLifetime(model),
    ...checkVectors(model),
    ...checkReferences(model),
    ...checkSearch(model),
    ...checkStorage(model),
  ];
  for (const field of model.fields) problems.push(...checkType(field.type, field.name, 1));
  const finders = new Map<string, IndexModel>();
  const names = new Map<string, IndexModel>();
  for (const index of model.indexes) {
    problems.push(...checkIndex(model, index));
    if (CONDITION_WORDS.has(index.name))
      problems.push({
        code: 'COLLIDING_NAME',
        field: index.fields[0]!,
        message: `the index ${describeIndex(index)} has the name of a word in conditions: or, and, not`,
        hint: 'rename the field, or index a getter of another name that answers it.',
      });
    const finder = finderName(index);
    const other = finders.get(finder);
    if (other) {
      problems.push({
        code: 'COLLIDING_NAME',
        field: index.fields[0]!,
        message: `the indexes ${describeIndex(other)} and ${describeIndex(index)} would both get the method ${finder}`,
        hint: 'keep one of the two: a field has one index.',
      });
    }
    const namesake = names.get(index.name);
    if (namesake && !other) {
      const message = `the indexes ${describeIndex(namesake)} and ${describeIndex(index)} are both named ${index.name}`;
      problems.push({ code: 'COLLIDING_NAME', field: index.fields[0]!, message, hint: 'rename a field.' });
    }
    finders.set(finder, index);
    names.set(index.name, index);
  }
  return problems;
}

/** Problems between models: two classes of one collection, two generated files of one name. */
export function checkModels(
  models: readonly DocumentModel[],
): readonly (ModelProblem & { readonly model: DocumentModel })[] {
  const problems: (ModelProblem & { readonly model: DocumentModel })[] = [];
  const collections = new Map<string, DocumentModel>();
  const names = new Map<string, DocumentModel>();
  for (const model of models) {
    // Folded, since generated files and other databases may not tell case.
    const other = collections.get(model.collection.toLowerCase());
    if (other) {
      const message = `the classes ${other.name} and ${model.name} both have the collection name ${model.collection}`;
      problems.push({
        model,
        code: 'DUPLICATE_COLLECTION',
        message,
        hint: "name one of them with @Document({ collection: '…' }).",
      });
    }
    const namesake = names.get(model.name.toLowerCase());
    if (namesake && !other) {
      const message = `two document classes are called ${model.name}`;
      problems.push({ model, code: 'COLLIDING_NAME', message, hint: 'rename one of the classes.' });
    }
    collections.set(model.collection.toLowerCase(), model);
    names.set(model.name.toLowerCase(), model);
  }
  for (const model of models)
    problems.push(...checkReferenceTargets(model, models).map((problem) => ({ ...problem, model })));
  return problems;
}

/** True for names that break objects or generated code: those every object has, and whatever is not an identifier. */
export function isDangerousName(name: string): boolean {
  return name in Object.prototype || name === 'prototype' || !(ASCII_NAME.test(name) || FIELD_NAME.test(name));
}

function checkNames(model: DocumentModel): ModelProblem[] {
  const problems: ModelProblem[] = [];
  if (isDangerousName(model.name)) {
    const message = `a class cannot be called ${JSON.stringify(model.name)}`;
    problems.push({ code: 'DANGEROUS_NAME', message, hint: 'rename the class.' });
  }
  if (!COLLECTION_NAME.test(model.collection) || RESERVED_FILE_NAME.test(model.collection)) {
    const message = `${JSON.stringify(model.collection)} cannot name a collection`;
    problems.push({
      code: 'BAD_COLLECTION_NAME',
      message,
      hint: 'use a letter, then up to 63 letters, digits or underscores.',
    });
  } else if (DATABASE_MEMBERS.has(model.collection) || model.collection in Object.prototype) {
    const message = `the collection ${model.collection} would hide the database's own member of that name`;
    problems.push({
      code: 'BAD_COLLECTION_NAME',
      message,
      hint: "give another name with @Document({ collection: '…' }).",
    });
  }
  const everyField = [...model.fields, ...model.computed];
  const seen = new Set<string>();
  for (const { name } of everyField) {
    if (isDangerousName(name)) problems.push(dangerous(name));
    if (name === 'then') problems.push(promiseLike(model.name));
    if (seen.has(name)) {
      problems.push({
        code: 'COLLIDING_NAME',
        field: name,
        message: `the field ${name} occurs twice`,
        hint: 'remove one of the two.',
      });
    }
    seen.add(name);
  }
  return problems;
}

/** Problems inside a type: names of nested fields, variants, depth. */
function checkType(type: FieldType, field: string, depth: number): ModelProblem[] {
  if (depth > MAX_TYPE_DEPTH) {
    const message = `the type of ${field} is nested more than ${MAX_TYPE_DEPTH} deep`;
    return [{ code: 'TOO_DEEP', field, message, hint: 'store the inner values as documents of their own.' }];
  }
  const inside = (part: FieldType): ModelProblem[] => checkType(part, field, depth + 1);
  switch (type.kind) {
    case 'object':
      return checkNested(type.fields, field, inside);
    case 'record':
      return [...checkNested(type.fields, field, inside), ...inside(type.value)];
    case 'tuple':
      return [...type.elements.flatMap(inside), ...(type.rest ? inside(type.rest) : [])];
    case 'recursive':
      return inside(type.of);
    case 'array':
    case 'set':
      return inside(type.element);
    case 'map':
      return [...inside(type.key), ...inside(type.value)];
    case 'nullable':
      return inside(type.of);
    case 'variants':
      return [...checkVariants(type, field), ...type.variants.flatMap((variant) => inside(variant.type))];
    case 'union':
      return type.members.flatMap(inside);
    default:
      return [];
  }
}

function checkNested(
  fields: readonly FieldModel[],
  field: string,
  inside: (part: FieldType) => ModelProblem[],
): ModelProblem[] {
  return fields.flatMap((nested) => [
    ...(isDangerousName(nested.name) && !isPlainKey(nested.name) ? [dangerous(nested.name, field)] : []),
    ...inside(nested.type),
  ]);
}

/** Names of nested values may be keys of a record, such as `in-progress` or `0`: they name nothing in generated code. */
function isPlainKey(name: string): boolean {
  return PLAIN_KEY.test(name) && !(name in Object.prototype) && name !== 'prototype';
}

function checkVariants(type: Extract<FieldType, { readonly kind: 'variants' }>, field: string): ModelProblem[] {
  const values = type.variants.map((variant) => variant.value);
  if (new Set(values).size === values.length && values.length > 0) return [];
  const message = `the variants of ${field} do not differ in ${type.discriminator}: ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  return [{ code: 'BAD_VARIANTS', field, message, hint: `give each its own ${type.discriminator}.` }];
}

/** The problem of a class that has a member `then`, field or method. */
export function promiseLike(className: string): ModelProblem {
  const message = `${className} has a member \`then\`: JavaScript would take its documents for promises, and \`await insert(…)\` would never resolve`;
  return { code: 'DANGEROUS_NAME', field: 'then', message, hint: 'rename the member.' };
}

function dangerous(name: string, field = name): ModelProblem {
  const message = `a field cannot be called ${JSON.stringify(name)}: every object has a member of that name, or it is not an identifier`;
  return { code: 'DANGEROUS_NAME', field, message, hint: 'rename the field.' };
}

function checkKey(model: DocumentModel): ModelProblem[] {
  const { fields, generate } = model.key;
  if (fields.length === 0) {
    const message = `${model.name} has no id`;
    return [{ code: 'NO_ID', message, hint: 'decorate the field that identifies a document with @Id().' }];
  }
  const problems: ModelProblem[] = [];
  if (fields.length > 1 && generate) {
    const message = `the id of ${model.name} has the parts ${fields.join(', ')}, but a generated id has one part`;
    problems.push({
      code: 'GENERATED_COMPOSITE_ID',
      field: fields[1]!,
      message,
      hint: 'keep one @Id, or leave out `generate`.',
    });
  }
  for (const name of fields) {
    const found = model.fields.find((candidate) => candidate.name === name);
    if (!found) {
      problems.push({
        code: 'UNKNOWN_FIELD',
        field: name,
        message: `the id ${name} is not a stored field`,
        hint: 'put @Id on a field.',
      });
      continue;
    }
    const wanted =
      generate === 'sequence'
        ? ['number']
        : generate !== undefined
          ? ['string']
          : ['string', 'number', 'bigint', 'date', 'boolean', 'literal'];
    if (!wanted.includes(found.type.kind) || mixesBooleans(found.type) || found.optional) {
      const message = `the id ${name} is ${found.optional ? 'optional' : `of type ${describeType(found.type)}`}`;
      problems.push({
        code: 'BAD_ID_TYPE',
        field: name,
        message,
        hint: `give it the type ${wanted.join(', ')}, and no question mark.`,
      });
    }
  }
  return problems;
}

function checkExpires({ fields, expires }: DocumentModel): ModelProblem[] {
  if (expires === undefined) return [];
  const found = fields.find(({ name }) => name === expires);
  if (!found) {
    const message = `the expiry ${expires} is not a stored field`;
    return [{ code: 'UNKNOWN_FIELD', field: expires, message, hint: 'put @Expires on a field.' }];
  }
  if (found.type.kind === 'date') return [];
  const message = `the expiry ${expires} is of type ${describeType(found.type)}`;
  return [{ code: 'BAD_EXPIRES_TYPE', field: expires, message, hint: 'give it the type Date; it may be optional.' }];
}

/** Booleans have keys of another form than texts and numbers: with one more member, keys of the others would change. */
function mixesBooleans(type: FieldType): boolean {
  return type.kind === 'literal' && new Set(type.values.map((value) => typeof value === 'boolean')).size > 1;
}
