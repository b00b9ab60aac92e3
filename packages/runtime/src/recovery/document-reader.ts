/**
 * Reads a document that another model wrote as one of today's class: fields by name, what fits is taken, what the class
 * does not know is kept (document/kept-fields.ts). Migrations, where there are any, have the first word.
 */
import { DatabaseError, type DocumentModel, furtherValidation, readClassMetadata } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { documentFitter, Misfit } from '../codec/fit-value.js';
import { KeptFields, keepFields, type PlainFields, withKeptFields } from '../codec/kept-fields.js';
import { createModelCodec } from '../codec/model-codec.js';
import { checkedDocument } from '../definition/checked-document.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { isErrorValue } from '../document/brands.js';
import { UnreadableDocument } from './unreadable-documents.js';

/** Leads documents of one stored model to today's through the user's migrations. */
export interface UpcastPath {
  /** The collection as it is called today. */
  readonly collection: string;
  /** The last migration on the way, for errors. */
  readonly migration: string;
  /** The new name of a field that migrations on the way rename → its name in the stored model. */
  readonly renamedFrom?: ReadonlyMap<string, string>;
  /** The newer document. @throws UnreadableDocument when a step fails. */
  up(plain: PlainFields, writtenMs: number): PlainFields;
}

/** Finds the way from a stored model; undefined: none is needed, fields are read by name. */
export type Upcast = (model: DocumentModel, fingerprint: string) => UpcastPath | undefined;

/** Reads one document; its unknown fields are handed in as they stand beside it, with the time it was written. */
export type DocumentReader = (
  reader: ByteReader,
  unknownFields: Uint8Array | undefined,
  writtenMs: number,
) => object | UnreadableDocument;

/** The codec reads the stored bytes; what the class does not know is carried along as bytes. */
export function sameBytesReader({ codec }: CollectionDefinition): DocumentReader {
  return (reader, unknownFields) => {
    const document = codec.decode(reader);
    if (unknownFields !== undefined) keepFields(document, new KeptFields(unknownFields));
    return document;
  };
}

/**
 * Reads by the stored model, then makes a document of today's. Several times slower than a generated codec.
 *
 * @throws DatabaseError `MIGRATION_REQUIRED` when the id changed: that takes a migration that sees the whole database.
 */
export function evolvingReader(
  stored: DocumentModel,
  definition: CollectionDefinition,
  path: UpcastPath | undefined,
): DocumentReader {
  const { model } = definition;
  if (stored.key.fields.join() !== model.key.fields.join()) throw keyChanged(stored, model);
  const codec = createModelCodec(stored);
  const fit = documentFitter(model, 'leave');
  const further = furtherValidation(model, readClassMetadata(definition.documentClass));
  return (reader, unknownFields, writtenMs) => {
    const decoded = codec.decode(reader) as PlainFields;
    const whole = unknownFields === undefined ? decoded : withKeptFields(decoded, new KeptFields(unknownFields).fields);
    let newer = whole;
    if (path !== undefined) {
      try {
        newer = path.up(whole, writtenMs);
      } catch (error) {
        if (error instanceof UnreadableDocument) return error;
        return new UnreadableDocument(isErrorValue(error) ? error.message : String(error), path.migration);
      }
    }
    const fitted = fit(newer, writtenMs);
    if (fitted instanceof Misfit) return new UnreadableDocument(`${fitted.path} ${fitted.problem}`, path?.migration);
    const built = definition.build(fitted.fields);
    const document = path === undefined ? definition.seal(built) : migrated(definition, built, whole, further);
    if (typeof document === 'string') return new UnreadableDocument(document, path!.migration);
    const kept = KeptFields.of(fitted.kept);
    if (kept !== undefined) keepFields(document, kept);
    return document;
  };
}

/** The document that a migration made: checked by the class's rules, and its key is the same. The problem, in words. */
function migrated(
  definition: CollectionDefinition,
  built: object,
  before: PlainFields,
  further: ReturnType<typeof furtherValidation>,
): object | string {
  const checked = checkedDocument(definition, built, further);
  if ('problem' in checked) return checked.problem;
  const moved = definition.model.key.fields.find((name) => (built as PlainFields)[name] !== before[name]);
  return moved === undefined ? checked.document : `the key field ${moved} was changed`;
}

function keyChanged(stored: DocumentModel, model: DocumentModel): DatabaseError {
  const { collection } = model;
  const [before, after] = [stored.key.fields.join('+'), model.key.fields.join('+')];
  const what = `documents of ${collection} were written by another model: the key was ${before} and is now ${after}`;
  return new DatabaseError('MIGRATION_REQUIRED', what, { collection, command: 'npx nuthatch generate' });
}
