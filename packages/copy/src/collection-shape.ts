/** A collection as tables, as plain data: columns, key, tag tables and indexes. Made by `collection-shapes.ts`. */
import type { DocumentModel, FieldType } from '@nuthatch/model';

/**
 * The contents of a column. `integer`: a number or bigint that its model bounds to 64 bits; `bigint`: one without
 * bounds; `json`: anything nested, as the text of `json-value.ts`.
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

/** One part of a key that a field refers to, where a key has several: a column of its own in the table of those keys. */
export interface KeyPartShape {
  readonly column: string;
  /** Name of the part in the key. */
  readonly part: string;
  readonly kind: ColumnKind;
  readonly type: FieldType;
}

/** Rows (key, tag), one for each tag of each document; or (key, parts of another key), one for each that it refers to. */
export interface TagTableShape {
  readonly table: string;
  readonly field: string;
  /** The column of the main table that the tags are in. */
  readonly source: ColumnShape;
  /** Name of the tag's column, beside the key's columns. */
  readonly column: string;
  readonly kind: ColumnKind;
  /** Its rows are made of documents: of a list or set of tags, or of keys of several parts. Else SQL takes them from the main table. */
  readonly isList: boolean;
  /** In the place of the tag: the parts of the keys that the field refers to. Only with foreign keys. */
  readonly parts?: readonly KeyPartShape[] | undefined;
  /** Name of the index over key and tag. */
  readonly keyIndex: string;
  /** Name of the index over the tag. */
  readonly tagIndex: string;
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

/** A field that refers to documents, as a foreign key of the main table, or of the tag table that its keys stand in. */
export interface ForeignKeyShape {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** The collection that is referred to. */
  readonly to: string;
  readonly targetTable: string;
  readonly targetColumns: readonly string[];
}

export interface CollectionShape {
  readonly collection: string;
  readonly model: DocumentModel;
  readonly fingerprint: string;
  readonly table: string;
  /** Name of the primary key's constraint, where the target names it. */
  readonly keyName: string;
  /** Key columns are among them. In order of the model, getters last. */
  readonly columns: readonly ColumnShape[];
  readonly keyColumns: readonly ColumnShape[];
  readonly tagTables: readonly TagTableShape[];
  readonly indexes: readonly IndexShape[];
  /** A text column with the JSON list of fields that are null, not absent; undefined when no field may be both. */
  readonly nullsColumn: string | undefined;
  /** Only where they are asked for. */
  readonly foreignKeys?: readonly ForeignKeyShape[] | undefined;
}

/** Names of the columns beside the key: of the tag, or of the parts. */
export function tagColumns({ column, parts }: TagTableShape): readonly string[] {
  return parts === undefined ? [column] : parts.map((part) => part.column);
}
