/** Emits the types of a class's repository: key, input, patch, where, finders. Types refer to the user's own class. */
import { type DocumentModel, type FieldModel, type FieldType, finderName, keyName } from '@nuthatch/model';
import type { DocumentSource } from '../document-source.js';
import type { GeneratedModule } from './generated-module.js';
import { givenType } from './given-type.js';
import { conditionType, elementType, fieldType, presentType, questionType, typeOf } from './question-type.js';
import {
  joinedSource,
  keyTypeIn,
  NO_RELATIONS,
  type Relations,
  referenceFinders,
  referenceQuery,
  relatedMembers,
  typeOfOther,
} from './relation-emitter.js';
import { isFlat, SCALAR_TYPES } from './shape.js';
import { capitalise, propertyName, quote, uncapitalise, withArticle } from './source-text.js';
import { typeNames } from './type-names.js';

/** Type declarations in the order a reader wants them. */
export function emitRepositoryTypes(
  module: GeneratedModule,
  source: DocumentSource,
  relations: Relations = NO_RELATIONS,
): string {
  const names = typeNames(source);
  const { model } = source;
  const name = model.name;
  // The repository type of a class called Transaction has the name of the runtime's own.
  const inTransaction = name === 'Transaction' ? 'TransactionRepositoryOf' : 'TransactionRepository';
  module.runtime(
    'type Repository',
    name === 'Transaction' ? `type TransactionRepository as ${inTransaction}` : 'type TransactionRepository',
  );
  const ofReferences = referenceFinders(module, source, relations);
  const hasFinders = model.indexes.length > 0 || ofReferences.length > 0;
  const finders = hasFinders ? ` & ${names.Finders}` : '';
  const [more, moreInTransaction] = ['Repository', 'Transaction'].map((kind) => releasedTypes(module, source, kind));
  const related = relatedMembers(module, source, relations);
  const reads = related.length > 0 ? ` & RelatedReads<${names.Types}>` : '';
  if (related.length > 0) module.runtime('type RelatedReads');
  return [
    emitKey(module, source),
    emitInput(module, source, relations),
    emitPatch(module, source, relations),
    emitWhere(module, source, relations),
    emitTypes(module, source, related),
    ...(hasFinders ? [emitFinders(module, source, ofReferences, relations)] : []),
    `/** Reads are synchronous, writes answer promises that resolve when they are as durable as asked. */\nexport type ${names.Repository} = Repository<${names.Types}>${finders}${reads}${more};`,
    `/** The same inside \`db.transaction\`: everything is synchronous. */\nexport type ${names.Transaction} = ${inTransaction}<${names.Types}>${finders}${reads}${moreInTransaction};`,
  ].join('\n\n');
}

/** The members of classes with `@Released()`, `@Search` or `@Lifetime`; nothing for others. */
function releasedTypes(module: GeneratedModule, source: DocumentSource, kind: string): string {
  const { released, lifetime, search } = source.model;
  const { Types } = typeNames(source);
  let text = '';
  if (released) {
    module.runtime(`type Released${kind}`);
    text += ` & Released${kind}<${Types}>`;
  }
  if (search) {
    module.runtime('type SearchReads');
    text += ` & SearchReads<${Types}, ${nameUnion(search.map(({ field }) => field))}>`;
    if (kind === 'Repository') {
      module.runtime('type SearchLoading');
      text += ' & SearchLoading';
    }
  }
  if (lifetime) {
    module.runtime(`type Lifetime${kind}`);
    const followers = Object.entries(lifetime.transitions).map(
      ([state, targets]) => `readonly ${propertyName(state)}: ${nameUnion(targets)}`,
    );
    text += ` & Lifetime${kind}<${Types}, { ${followers.join('; ')} }>`;
  }
  return text;
}

export function emitKey(module: GeneratedModule, source: DocumentSource): string {
  const { model } = source;
  const names = typeNames(source);
  const { name, key } = model;
  const maker = `${uncapitalise(name)}Key`;
  if (key.fields.length > 1) {
    const parts = key.fields.map((field) => `readonly ${propertyName(field)}: ${fieldType(name, field)}`);
    const parameters = key.fields.map((field, index) => `part${index}: ${fieldType(name, field)}`);
    const assigned = key.fields.map((field, index) => `${propertyName(field)}: part${index}`);
    return [
      `/** Key of ${withArticle(name)}: all parts of its id. */`,
      `export interface ${names.Key} ${interfaceBody(parts)}`,
      '',
      `/** The key with these parts. */`,
      `export const ${maker} = (${parameters.join(', ')}): ${names.Key} => ({ ${assigned.join(', ')} });`,
    ].join('\n');
  }
  const field = key.fields[0]!;
  const type = model.fields.find((candidate) => candidate.name === field)!.type;
  const isPlain = type.kind in SCALAR_TYPES && !(type.kind === 'string' && type.pattern !== undefined);
  const plain = isPlain ? SCALAR_TYPES[type.kind as keyof typeof SCALAR_TYPES] : fieldType(name, field);
  module.runtime('type Key', 'type KeyLike');
  return [
    `/** Key of ${withArticle(name)}; the key of another class is refused. */`,
    `export type ${names.Key} = KeyLike<${quote(name)}, ${fieldType(name, field)}>;`,
    '',
    `/** Marks an id as the key of ${withArticle(name)}. */`,
    `export const ${maker} = (id: ${plain}): Key<${quote(name)}, ${plain}> => id as Key<${quote(name)}, ${plain}>;`,
  ].join('\n');
}

function emitInput(module: GeneratedModule, source: DocumentSource, relations: Relations): string {
  const { model } = source;
  const names = typeNames(source);
  const fields = model.fields.map((field) => {
    const isGenerated = model.key.generate !== undefined && model.key.fields.includes(field.name);
    const mayBeAbsent = field.optional || field.default !== undefined || isGenerated;
    const type = acceptedType(module, source, field, relations);
    return `readonly ${propertyName(field.name)}${mayBeAbsent ? '?' : ''}: ${type}${mayBeAbsent ? ' | undefined' : ''}`;
  });
  return `/** What an insert takes; generated ids, defaults and optional fields may be left out. */\nexport interface ${names.Input} ${interfaceBody(fields)}`;
}

function emitPatch(module: GeneratedModule, source: DocumentSource, relations: Relations): string {
  const names = typeNames(source);
  const fields = changeable(source).map((field) => {
    const mayBeAbsent = field.optional || field.default !== undefined;
    const type = acceptedType(module, source, field, relations);
    return `readonly ${propertyName(field.name)}?: ${type}${mayBeAbsent ? ' | undefined' : ''}`;
  });
  return `/** What an update takes: any fields but the id and \`readonly\` ones; \`undefined\` takes an optional field away. */\nexport interface ${names.Patch} ${interfaceBody(fields)}`;
}

export function emitWhere(module: GeneratedModule, source: DocumentSource, relations: Relations): string {
  const names = typeNames(source);
  const { indexes } = source.model;
  const parts = indexes.map((index) => {
    const target = index.fields.length === 1 ? joinedSource(source, index.fields[0]!, relations) : undefined;
    const join = target === undefined ? '' : ` | ${typeOfOther(module, source, target, 'Where', relations)}`;
    return `readonly ${propertyName(index.name)}?: ${conditionType(module, source, index, relations)}${join}`;
  });
  for (const { field } of source.model.references ?? []) {
    if (indexes.some((index) => index.fields.length === 1 && index.fields[0] === field)) continue;
    const query = referenceQuery(module, source, field, elementType(source.model, field), relations);
    if (query !== undefined) parts.push(`readonly ${propertyName(field)}?: ${query}`);
  }
  const keyed = keyName(source.model);
  if (!indexes.some(({ name }) => name === keyed)) {
    module.runtime('type KeyQuery');
    parts.unshift(`readonly ${propertyName(keyed)}?: KeyQuery<${names.Key}>`);
  }
  module.runtime('type CombinedConditions');
  return `/** What \`find\` takes: the key and indexed fields, all of which must hold, and \`or\`, \`and\`, \`not\`. */\nexport interface ${names.Where} extends CombinedConditions<${names.Where}> ${interfaceBody(parts)}`;
}

/** @param isRead rows of a view: nothing of them can be written. */
export function emitTypes(
  module: GeneratedModule,
  source: DocumentSource,
  related: readonly string[],
  isRead = false,
): string {
  const names = typeNames(source);
  const { model } = source;
  const { indexes } = model;
  const ranges = indexes.filter((index) => index.kind === 'range');
  const tags = indexes.filter((index) => index.kind === 'tag');
  const orders = ranges.map((index) => index.name);
  const keyed = keyName(model);
  if (!orders.includes(keyed)) orders.push(keyed);
  const single = ranges.filter((index) => index.fields.length === 1);
  const rangeTypes = single.map(
    (index) => `readonly ${propertyName(index.name)}: ${presentType(source.model, index.fields[0]!)}`,
  );
  const tagTypes = tags.map((index) => `readonly ${propertyName(index.name)}: ${elementType(model, index.fields[0]!)}`);
  return `/** Everything the repository is typed by. */\nexport interface ${names.Types} ${interfaceBody([
    `readonly document: ${documentType(module, model)}`,
    `readonly key: ${names.Key}`,
    `readonly input: ${isRead ? 'never' : names.Input}`,
    `readonly patch: ${isRead ? 'never' : names.Patch}`,
    `readonly where: ${names.Where}`,
    `readonly order: ${nameUnion(orders)}`,
    `readonly tags: ${inlineObject(tagTypes)}`,
    `readonly ranges: ${inlineObject(rangeTypes)}`,
    `readonly sums: ${nameUnion(single.map((index) => index.fields[0]!).filter((field) => isNumeric(typeOf(model, field))))}`,
    `readonly fixed: ${nameUnion([...source.readonlyFields])}`,
    `readonly unique: ${nameUnion(indexes.filter(({ kind }) => kind === 'unique').map((index) => index.name))}`,
    `readonly numbers: ${nameUnion(
      (isRead ? [] : changeable(source)).filter(({ type }) => isNumeric(type)).map((field) => field.name),
    )}`,
    ...(model.vectors === undefined ? [] : [`readonly vectors: ${nameUnion(model.vectors.map(({ field }) => field))}`]),
    ...(related.length > 0 ? [`readonly related: ${inlineObject(related)}`] : []),
  ])}`;
}

export function emitFinders(
  module: GeneratedModule,
  source: DocumentSource,
  ofReferences: readonly string[],
  relations: Relations = NO_RELATIONS,
): string {
  const names = typeNames(source);
  const { name, indexes } = source.model;
  const methods = indexes.map((index) => {
    const parameter =
      index.fields.length === 1 && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(index.name) ? 'value' : 'values';
    const question = questionType(module, source, index, relations);
    if (index.kind === 'unique')
      return `/** The ${commentName(name)} with this value. One look-up. */\n  ${finderName(index)}(${parameter}: ${question}): ${documentType(module, source.model)} | undefined`;
    module.runtime('type Query');
    const doc =
      index.kind === 'tag'
        ? `Those with the tag, or any, all or none of several.`
        : `Those within the bounds, in order.`;
    return `/** ${doc} */\n  ${finderName(index)}(${parameter}: ${question}): Query<${names.Types}>`;
  });
  const about =
    ofReferences.length > 0
      ? 'One method per index, and per field that refers to this class.'
      : 'One method per index.';
  return `/** ${about} */\nexport interface ${names.Finders} ${interfaceBody([...methods, ...ofReferences])}`;
}

function commentName(name: string): string {
  return uncapitalise(name);
}

/** A document as it is read. Where no field holds anything that could be changed, it is the class without writing. */
function documentType(module: GeneratedModule, { name, fields }: DocumentModel): string {
  if (fields.every(({ type }) => isFlat(type))) return `Readonly<${name}>`;
  module.runtime('type Frozen');
  return `Frozen<${name}>`;
}

/** Fields that an update may name: neither the key's nor those that the class calls `readonly`. */
function changeable({ model, readonlyFields }: DocumentSource): readonly FieldModel[] {
  return model.fields.filter(({ name }) => !model.key.fields.includes(name) && !readonlyFields.has(name));
}

/** Whether values of the type are numbers, or bigints, or absent. */
function isNumeric(type: FieldType | undefined): boolean {
  if (type?.kind === 'nullable') return isNumeric(type.of);
  if (type?.kind === 'union') return type.members.every(isNumeric);
  if (type?.kind === 'literal') return type.values.every((value) => typeof value === 'number');
  return type?.kind === 'number' || type?.kind === 'bigint';
}

function nameUnion(names: readonly string[]): string {
  return names.length === 0 ? 'never' : names.map(quote).join(' | ');
}

/** What may be given: arrays read-only too, and of a nested class only the fields: no method, no getter. */
function acceptedType(
  module: GeneratedModule,
  source: DocumentSource,
  { name, type, optional }: FieldModel,
  relations: Relations,
): string {
  const { model } = source;
  const own = elementType(model, name);
  const key = keyTypeIn(module, source, name, own, relations);
  if (key === own) return givenType(module, type, fieldType(model.name, name), optional);
  const inner = type.kind === 'nullable' ? type.of : type;
  const given = inner.kind === 'array' ? `readonly ${key}[]` : inner.kind === 'set' ? `ReadonlySet<${key}>` : key;
  return type.kind === 'nullable' ? `${given} | null` : given;
}

function inlineObject(members: readonly string[]): string {
  const line = members.length === 0 ? '{}' : `{ ${members.join('; ')} }`;
  return line.length < 95 ? line : `{\n${members.map((member) => `    ${member};\n`).join('')}  }`;
}

function interfaceBody(members: readonly string[]): string {
  if (members.length === 0) return '{}';
  return `{\n${members.map((member) => `  ${member};\n`).join('')}}`;
}

/** `Player` → `playerDefinition`; of a further collection of the class `playerDefinitionOfLegends`. */
export function definitionName(className: string, collection?: string): string {
  const name = `${uncapitalise(className)}Definition`;
  return collection === undefined ? name : `${name}Of${capitalise(collection)}`;
}

/** `Player` → `PlayerDocument`, the constructor that assigns every field. */
export function documentConstructorName(className: string): string {
  return `${capitalise(className)}Document`;
}
