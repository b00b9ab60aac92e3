/**
 * A collection as tables: columns, key, tag tables and indexes, derived from its document model alone.
 *
 * Every target makes its schema of this, so all agree on names and kinds. Names are unique without regard to case and
 * fit the narrowest target (60 bytes); a name that does not fit is cut and gets a few digits of its hash.
 */
import { createHash } from 'node:crypto';
import {
  DatabaseError,
  type DocumentModel,
  type FieldType,
  type IndexModel,
  mayBeNull,
  type ValidationRule,
} from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';

/**
 * What a column holds. `integer`: a number or bigint that its model bounds to 64 bits; `bigint`: one without bounds;
 * `json`: anything nested, as the text of `json-value.ts`.
 */
export type ColumnKind = 'text' | 'number' | 'integer' | 'bigint' | 'boolean' | 'date' | 'bytes' | 'json';

export interface ColumnShape {
  /** Name in the target. */
  readonly name: string;
  /** Name of the field or getter in the document. */
  readonly field: string;
  readonly kind: ColumnKind;
  readonly type: FieldType;
  /** False: every document has a value. Getters always may have none. */
  readonly isNullable: boolean;
  readonly isKey: boolean;
  /** Columns of the widest index that it is part of, 0 in none: targets bound its length by it where they must. */
  readonly widestIndex: number;
  /** A getter that an index uses: written for the index, left alone by a load. */
  readonly isComputed: boolean;
  /** The field may be absent as well as null, which one NULL cannot tell: see `nullsColumn`. */
  readonly isNullOrAbsent: boolean;
}

/** Rows (key, tag), one for each tag of each document. */
export interface TagTableShape {
  readonly table: string;
  readonly field: string;
  /** The column of the main table that the tags are in. */
  readonly source: ColumnShape;
  /** Name of the tag's column, beside the key's columns. */
  readonly column: string;
  readonly kind: ColumnKind;
  /** The field holds a list or set of tags, not one. */
  readonly isList: boolean;
}

export interface IndexShape {
  readonly name: string;
  readonly columns: readonly ColumnShape[];
  /**
   * False for ranges, and for unique indexes whose condition or disregard of case the target would see otherwise than
   * the engine: it must never refuse what the engine took.
   */
  readonly isUnique: boolean;
  readonly kind: 'unique' | 'range';
}

export interface CollectionShape {
  readonly collection: string;
  readonly model: DocumentModel;
  readonly fingerprint: string;
  readonly table: string;
  /** Key columns are among them. In order of the model, getters last. */
  readonly columns: readonly ColumnShape[];
  readonly keyColumns: readonly ColumnShape[];
  readonly tagTables: readonly TagTableShape[];
  readonly indexes: readonly IndexShape[];
  /** A text column with the JSON list of fields that are null, not absent; undefined when no field may be both. */
  readonly nullsColumn: string | undefined;
}

export interface ShapeOptions {
  /** Put before every table's name. Default none. */
  readonly tablePrefix?: string | undefined;
}

/** The shapes of collections that share a target. O(models). */
export function shapesOf(
  definitions: readonly Pick<CollectionDefinition, 'model' | 'fingerprint'>[],
  options: ShapeOptions = {},
): readonly CollectionShape[] {
  const tables = new NameSet();
  const prefix = options.tablePrefix ?? '';
  // Main tables take their names first, so that none of them depends on another class's tags.
  const named = definitions.map((definition) => ({
    definition,
    table: tables.take(prefix + definition.model.collection),
  }));
  return named.map(({ definition, table }) => shapeOf(definition, table, tables));
}

function shapeOf(
  { model, fingerprint }: Pick<CollectionDefinition, 'model' | 'fingerprint'>,
  table: string,
  tables: NameSet,
): CollectionShape {
  const names = new NameSet();
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
      kind: isSequence ? 'integer' : columnKind(type, rules),
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
  const ofField = (field: string): ColumnShape => columns.find((column) => column.field === field) as ColumnShape;
  const keyColumns = model.key.fields.map(ofField);
  return Object.freeze({
    collection: model.collection,
    model,
    fingerprint,
    table,
    columns,
    keyColumns,
    tagTables: model.indexes
      .filter(({ kind, fields }) => kind === 'tag' && fields.length === 1)
      .map(({ fields }) => tagTable(table, ofField(fields[0] as string), keyColumns, tables)),
    indexes: model.indexes
      .filter(({ kind }) => kind !== 'tag')
      .map((index) => indexShape(table, index, index.fields.map(ofField))),
    nullsColumn: stored.some(({ isNullOrAbsent }) => isNullOrAbsent) ? names.take('nuthatch_nulls') : undefined,
  });
}

function tagTable(
  table: string,
  source: ColumnShape,
  keyColumns: readonly ColumnShape[],
  tables: NameSet,
): TagTableShape {
  const names = new NameSet();
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

function indexShape(table: string, index: IndexModel, columns: readonly ColumnShape[]): IndexShape {
  const { kind, name, where, caseInsensitive, fields } = index;
  const isPlain = caseInsensitive !== true && (where === undefined || isPresence(where, fields));
  const isUnique = kind === 'unique' && isPlain && !columns.some(({ kind: of }) => of === 'json');
  return { name: fit(`${table}_${name}_${kind}`), columns, isUnique, kind: kind as 'unique' | 'range' };
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

const MAX_NAME_BYTES = 60;

/** Cuts a name that is too long for the narrowest target, and tells it from others that are cut alike. */
export function fit(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 8);
  let head = name.slice(0, MAX_NAME_BYTES);
  while (Buffer.byteLength(head) > MAX_NAME_BYTES - 9) head = [...head].slice(0, -1).join('');
  return `${head}_${digits}`;
}

/** Names that differ in more than case. */
class NameSet {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    const base = fit(wanted);
    if (base.includes('\0') || base === '')
      throw new DatabaseError('INVALID_OPTION', `${JSON.stringify(wanted)} cannot be a table's or column's name`, {
        option: 'tablePrefix',
      });
    let name = base;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) name = fit(`${base}_${number}`);
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
