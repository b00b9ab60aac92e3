/**
 * The tables of every collection of a database, derived from the document models alone.
 *
 * Every target makes its schema of this. Names of tables and indexes come from one set over all collections of a
 * database, whichever of them are copied: else the tag table of one could be the table of another.
 */
import { type DocumentModel, type FieldType, type IndexModel, mayBeNull, type ValidationRule } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import { reading, requireOptions } from './argument-check.js';
import type {
  CollectionShape,
  ColumnKind,
  ColumnShape,
  IndexShape,
  KeyPartShape,
  TagTableShape,
} from './collection-shape.js';
import { POSITION_TABLE } from './copy-position.js';
import { foreignKeysOf } from './foreign-keys.js';
import { type NameRules, NameSet } from './target-names.js';

export interface ShapeOptions {
  /** Put before every table's name. Default none. */
  readonly tablePrefix?: string | undefined;
  /** Fields of `@Ref` become foreign keys; their columns have the type of the key. Default false. */
  readonly foreignKeys?: boolean | undefined;
  /** The target's rules for names. */
  readonly names?: NameRules | undefined;
}

type ShapedDefinition = Pick<CollectionDefinition, 'model' | 'fingerprint'>;

/**
 * The shapes of all collections of a database, in the order of the definitions. Names depend on all of them: give all,
 * then pick those that are copied. O(models).
 */
export function shapesOf(
  definitions: readonly ShapedDefinition[],
  options: ShapeOptions = {},
): readonly CollectionShape[] {
  requireOptions(options, { tablePrefix: 'prefix', names: 'object', foreignKeys: 'boolean' });
  return reading('definitions', 'definitions of generated code', () => shapesOfAll(definitions, options));
}

function shapesOfAll(definitions: readonly ShapedDefinition[], options: ShapeOptions): readonly CollectionShape[] {
  const { tablePrefix: prefix = '', names = {}, foreignKeys = false } = options;
  const isReserved = (name: string): boolean => isOfCopy(name, prefix) || names.isReservedTable?.(name) === true;
  const tables = new NameSet({ fit: names.fitTable ?? names.fit }, isReserved);
  // The order of the definitions has no say. Collections in memory come last: a directory does not know of them.
  const ordered = [...definitions].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  // Main tables take their names first, then tag tables, so that neither depends on another class's indexes.
  const named = ordered.map((definition) => ({ definition, table: tables.take(definition.model.collection, prefix) }));
  const kinds = foreignKeys ? referenceKinds(definitions) : undefined;
  const drafts = named.map(({ definition, table }) => draftOf(definition, table, tables, names, kinds));
  const indexed = drafts.map((draft) => ({ ...draft, indexes: indexesOf(draft, tables) }));
  const shapes = new Map(
    indexed.map((shape): [string, CollectionShape] => [
      shape.collection,
      Object.freeze({
        ...shape,
        keyName: tables.take(`${shape.table}_pkey`),
        tagTables: shape.tagTables.map((tag) => ({
          ...tag,
          keyIndex: tables.take(`${tag.table}_key`),
          tagIndex: tables.take(`${tag.table}_tag`),
        })),
      }),
    ]),
  );
  const all = definitions.map(({ model }) => shapes.get(model.collection)!);
  if (!foreignKeys) return all;
  return all.map((shape) => Object.freeze({ ...shape, foreignKeys: foreignKeysOf(shape, shapes, tables) }));
}

function orderOf({ model }: ShapedDefinition): string {
  return `${model.storage === 'memory' ? 1 : 0} ${model.collection}`;
}

/** Part of a key, whose column is not named yet. */
type KeyPart = Omit<KeyPartShape, 'column'>;

/** The kind of the keys that a field refers to, or the parts of each. */
type ReferenceKind = ColumnKind | readonly KeyPart[];

/** By collection and field. */
type ReferenceKinds = ReadonlyMap<string, ReferenceKind>;

/** A foreign key has the type of the key: a number that refers to a sequence is an integer. */
function referenceKinds(definitions: readonly ShapedDefinition[]): ReferenceKinds {
  const kinds = new Map<string, ReferenceKind>();
  for (const { model } of definitions)
    for (const { field, to, pin } of model.references ?? []) {
      const target = definitions.find((definition) => definition.model.collection === to)?.model;
      if (pin || target === undefined) continue;
      const isSequence = target.key.generate === 'sequence';
      const parts = target.key.fields.map((part) => {
        const { type, rules } = target.fields.find(({ name }) => name === part)!;
        return { part, type, kind: isSequence ? 'integer' : columnKind(type, rules) };
      });
      kinds.set(`${model.collection} ${field}`, parts.length === 1 ? parts[0]!.kind : parts);
    }
  return kinds;
}

/** Of a field that holds one key: lists of them are JSON, and their tag table has the kind. */
function kindOfReference(
  { collection }: DocumentModel,
  field: string,
  type: FieldType,
  kinds: ReferenceKinds | undefined,
): ColumnKind | undefined {
  const { kind } = withoutNull(type);
  const found = kinds?.get(`${collection} ${field}`);
  return kind === 'array' || kind === 'set' || typeof found !== 'string' ? undefined : found;
}

/** Names that a copy gives to tables of its own, and to tables inside its statements. */
function isOfCopy(name: string, prefix: string): boolean {
  return (
    /^nuthatch_(staging|main|tags)/i.test(name) ||
    name.toLowerCase().startsWith((prefix + POSITION_TABLE).toLowerCase())
  );
}

type Draft = Omit<CollectionShape, 'indexes' | 'keyName' | 'tagTables'> & {
  readonly tagTables: readonly Omit<TagTableShape, 'keyIndex' | 'tagIndex'>[];
};

function draftOf(
  { model, fingerprint }: ShapedDefinition,
  table: string,
  tables: NameSet,
  rules: NameRules,
  kinds?: ReferenceKinds,
): Draft {
  const names = new NameSet(rules, rules.isReservedColumn);
  const widestIndex = (name: string): number => {
    const widths = model.indexes
      .filter(({ kind, fields }) => kind !== 'tag' && fields.includes(name))
      .map(({ fields }) => fields.length);
    // The key is in tag tables, too, beside the tag.
    return Math.max(0, ...widths, model.key.fields.includes(name) ? model.key.fields.length + 1 : 0);
  };
  const stored = model.fields.map(({ name, type, optional, rules }): ColumnShape => {
    const isKey = model.key.fields.includes(name);
    const isSequence = isKey && model.key.generate === 'sequence';
    return {
      name: names.take(name),
      field: name,
      kind: isSequence ? 'integer' : (kindOfReference(model, name, type, kinds) ?? columnKind(type, rules)),
      type,
      isNullable: !isKey && (optional || mayBeNull(type)),
      isKey,
      widestIndex: widestIndex(name),
      isComputed: false,
      isNullOrAbsent: optional && mayBeNull(type),
    };
  });
  const computed = model.computed.map(
    ({ name, type }): ColumnShape => ({
      name: names.take(name),
      field: name,
      kind: columnKind(type, []),
      type,
      isNullable: true,
      isKey: false,
      widestIndex: widestIndex(name),
      isComputed: true,
      isNullOrAbsent: false,
    }),
  );
  const columns = [...stored, ...computed];
  const ofField = (field: string): ColumnShape => columns.find((column) => column.field === field)!;
  const keyColumns = model.key.fields.map(ofField);
  return {
    collection: model.collection,
    model,
    fingerprint,
    table,
    columns,
    keyColumns,
    tagTables: [
      ...model.indexes
        .filter(({ kind, fields }) => kind === 'tag' && fields.length === 1)
        .map(({ fields }) => {
          const source = ofField(fields[0]!);
          const tag = tagTable(table, source, keyColumns, tables, rules);
          const kind = tag.isList ? kinds?.get(`${model.collection} ${source.field}`) : undefined;
          return typeof kind === 'string' ? { ...tag, kind } : tag;
        }),
      ...(model.references ?? []).flatMap(({ field }) => {
        const parts = kinds?.get(`${model.collection} ${field}`);
        return typeof parts === 'object' ? [keyTable(table, ofField(field), keyColumns, parts, tables, rules)] : [];
      }),
    ],
    nullsColumn: stored.some(({ isNullOrAbsent }) => isNullOrAbsent) ? names.take('nuthatch_nulls') : undefined,
  };
}

function indexesOf({ model, table, columns }: Draft, tables: NameSet): readonly IndexShape[] {
  const ofField = (field: string): ColumnShape => columns.find((column) => column.field === field)!;
  return model.indexes
    .filter(({ kind }) => kind !== 'tag')
    .map((index) => indexShape(tables.take(`${table}_${index.name}_${index.kind}`), index, index.fields.map(ofField)));
}

function tagTable(
  table: string,
  source: ColumnShape,
  keyColumns: readonly ColumnShape[],
  tables: NameSet,
  rules: NameRules,
): Draft['tagTables'][0] {
  const names = new NameSet(rules);
  for (const { name } of keyColumns) names.take(name);
  const type = withoutNull(source.type);
  const isList = type.kind === 'array' || type.kind === 'set';
  return {
    table: tables.take(`${table}_${source.field}`),
    field: source.field,
    source,
    column: names.take('tag'),
    kind: isList ? columnKind(type.element, []) : source.kind,
    isList,
  };
}

/** The table of the keys of several parts that a field refers to. */
function keyTable(
  table: string,
  source: ColumnShape,
  keyColumns: readonly ColumnShape[],
  parts: readonly KeyPart[],
  tables: NameSet,
  rules: NameRules,
): Draft['tagTables'][0] {
  const names = new NameSet(rules);
  for (const { name } of keyColumns) names.take(name);
  const columns = parts.map((part) => ({ ...part, column: names.take(`${source.field}_${part.part}`) }));
  const { column, kind } = columns[0]!;
  return {
    table: tables.take(`${table}_${source.field}`),
    field: source.field,
    source,
    column,
    kind,
    isList: true,
    parts: columns,
  };
}

function indexShape(name: string, index: IndexModel, columns: readonly ColumnShape[]): IndexShape {
  const { kind, where, caseInsensitive, fields } = index;
  const isPlain = caseInsensitive !== true && (where === undefined || isPresence(where, fields));
  const isUnique = kind === 'unique' && isPlain && !columns.some(({ kind: of }) => of === 'json');
  return { name, columns, isUnique, kind: kind as 'unique' | 'range' };
}

/** `(p) => p.nick !== undefined` over an index of `nick` says what NULLs in a unique index say anyway. */
function isPresence(where: string, fields: readonly string[]): boolean {
  const match = /^\(?\s*(\w+)\s*(?::[^)]*)?\)?\s*=>\s*(\w+)\.(\w+)\s*!==\s*undefined$/.exec(where);
  return match !== null && match[1] === match[2] && fields.length === 1 && fields[0] === match[3];
}

/** The type that a nullable one stands for. */
export function withoutNull(type: FieldType): FieldType {
  return type.kind === 'nullable' ? withoutNull(type.of) : type;
}

function columnKind(fieldType: FieldType, rules: readonly ValidationRule[]): ColumnKind {
  const type = withoutNull(fieldType);
  switch (type.kind) {
    case 'string':
      return 'text';
    case 'number':
      return isBoundedInteger(rules) ? 'integer' : 'number';
    case 'bigint':
    case 'boolean':
    case 'date':
    case 'bytes':
      return type.kind;
    case 'literal': {
      const kinds = new Set(type.values.map((value) => typeof value));
      if (kinds.size !== 1) return 'json';
      return kinds.has('string') ? 'text' : kinds.has('number') ? 'number' : 'boolean';
    }
    default:
      return 'json';
  }
}

/** Whole numbers between bounds that a double holds exactly. */
function isBoundedInteger(rules: readonly ValidationRule[]): boolean {
  const bound = (name: string): boolean =>
    rules.some((rule) => rule.name === name && rule.each !== true && Number.isSafeInteger(rule.args[0]));
  return rules.some(({ name, each }) => name === 'isInt' && each !== true) && bound('min') && bound('max');
}
