/** How the documents of one class can stay bytes: the scan over them, and which fields are projected. */
import type { DocumentModel, IndexModel } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import type { ByteWriter } from '../codec/byte-writer.js';
import type { DocumentCodec } from '../codec/document-codec.js';
import { DocumentScan } from './document-scan.js';
import { type FieldSteps, fieldStepsOf } from './field-steps.js';
import { PartialDocument } from './partial-document.js';

/** The facts about a class's documents that are needed to keep them as bytes. */
export interface UndecodedForm {
  /** Tells the places of the projected fields on the way. */
  readonly scan: DocumentScan;
  /** Those of them that are texts of one document each: they stay bytes, and are found by a hash. */
  readonly textFields: readonly string[];
  decode(reader: ByteReader): object;
  /** Appends what `decode` reads. */
  encode(document: object, writer: ByteWriter): void;
  /** Reads some fields alone; undefined where only `decode` can. O(model). */
  partial(fields: readonly string[]): PartialDocument | undefined;
  /** The way from field to field; undefined where only `decode` reads any. O(1), O(model) at the first call. */
  steps(): FieldSteps | undefined;
}

/** The facts about a class that has a codec. */
interface Encoded {
  readonly model: DocumentModel;
  readonly codec: DocumentCodec;
  /** See CollectionDefinition. */
  readonly isReadWhole?: boolean;
}

/** How the documents of a class stay bytes after an opening; undefined for models no scan is made of. */
export function undecodedFormOf({ model, codec, isReadWhole }: Encoded): UndecodedForm | undefined {
  const uniques = model.indexes.filter((index) => index.kind === 'unique' && isPlain(index));
  const single = [model.key, ...uniques].filter(({ fields }) => fields.length === 1).map(({ fields }) => fields[0]);
  const texts = model.fields.filter(({ name, type }) => type.kind === 'string' && single.includes(name));
  const textFields = texts.map(({ name }) => name);
  const projected = new Set([...textFields, ...model.indexes.flatMap(({ fields }) => fields)]);
  if (model.expires !== undefined) projected.add(model.expires);
  const scan = DocumentScan.of(model, projected);
  if (scan === undefined) return undefined;
  let steps: FieldSteps | undefined;
  return {
    scan,
    textFields,
    decode: (reader) => codec.decode(reader),
    encode: (document, writer) => codec.encode(document, writer),
    partial: (fields) => (isReadWhole ? undefined : PartialDocument.of(model, fields)),
    steps: () => (isReadWhole ? undefined : (steps ??= fieldStepsOf(model))),
  };
}

/** Its value is its field's, of every document. */
function isPlain({ where, caseInsensitive }: IndexModel): boolean {
  return where === undefined && caseInsensitive !== true;
}
