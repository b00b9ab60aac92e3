/**
 * Released bytes and documents. Bytes of today's model are read by the generated codec; those of an older one by that
 * model, whose text stands beside them, and then as any older document: through migrations, field by field. Bytes that
 * no step leads to today's class are shown as they were released: they are never lost, and never written again.
 */
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import { ByteWriter } from '../../codec/byte-writer.js';
import { KeptFields, type PlainFields, withKeptFields } from '../../codec/kept-fields.js';
import { createModelCodec } from '../../codec/model-codec.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { ReleaseRecord } from '../../definition/release-records.js';
import { type DocumentReader, evolvingReader, sameBytesReader, type Upcast } from '../../recovery/document-reader.js';
import { UnreadableDocument } from '../../recovery/unreadable-documents.js';

interface Shown {
  readonly state: string | undefined;
  readonly document: object;
}

export class ReleasedReader {
  readonly #definition: CollectionDefinition;
  readonly #modelText: (fingerprint: string) => string | undefined;
  readonly #upcast: Upcast | undefined;
  readonly #lifetimeField: string | undefined;
  readonly #models = new Map<string, DocumentModel>();
  readonly #readers = new Map<string, DocumentReader>();
  /** So that a release that is read again is the same object. */
  readonly #shown = new WeakMap<ReleaseRecord, Shown>();
  readonly #writer = new ByteWriter();

  /**
   * @param modelText the text of a model that released something.
   * @param upcast leads documents of older models through the user's migrations.
   */
  constructor(
    definition: CollectionDefinition,
    modelText: (fingerprint: string) => string | undefined,
    upcast: Upcast | undefined,
  ) {
    this.#definition = definition;
    this.#modelText = modelText;
    this.#upcast = upcast;
    this.#lifetimeField = definition.model.lifetime?.field;
  }

  /** O(size). */
  bytesOf(document: object): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    this.#definition.codec.encode(document, writer);
    return writer.finish().slice();
  }

  /** Frozen. O(size), once for each state. @param state of its lifetime; undefined: as it was released. */
  documentOf(record: ReleaseRecord, state: string | undefined): object {
    const known = this.#shown.get(record);
    if (known !== undefined && known.state === state) return known.document;
    const read = this.#read(record);
    const document = state === undefined ? read : this.#withState(read, state);
    this.#shown.set(record, { state, document });
    return document;
  }

  /** Every field as it was released, by the model of then; frozen. @throws DatabaseError `JOURNAL_DAMAGED`. */
  fieldsOf({ fingerprint, bytes, kept }: ReleaseRecord): PlainFields {
    const model = this.#modelOf(fingerprint);
    const plain = createModelCodec(model).decode(new ByteReader(Buffer.from(bytes))) as PlainFields;
    return Object.freeze(kept === undefined ? plain : withKeptFields(plain, new KeptFields(kept).fields));
  }

  #read(record: ReleaseRecord): object {
    const { fingerprint, bytes, kept, releasedAtMs } = record;
    const document = this.#readerOf(fingerprint)?.(new ByteReader(Buffer.from(bytes)), kept, releasedAtMs);
    if (document !== undefined && !(document instanceof UnreadableDocument)) return document;
    const { prototype } = this.#definition.documentClass as { readonly prototype: object };
    return Object.freeze(Object.assign(Object.create(prototype) as object, this.fieldsOf(record)));
  }

  #withState(document: object, state: string): object {
    const { seal, merge, given } = this.#definition;
    const changes = { [this.#lifetimeField!]: state };
    return seal(merge(document, changes, given?.(changes)));
  }

  /** Undefined where a migration that sees the whole database lies between, or the id is another one. */
  #readerOf(fingerprint: string): DocumentReader | undefined {
    const known = this.#readers.get(fingerprint);
    if (known !== undefined) return known;
    const definition = this.#definition;
    try {
      const model = fingerprint === definition.fingerprint ? undefined : this.#modelOf(fingerprint);
      const reader =
        model === undefined
          ? sameBytesReader(definition)
          : evolvingReader(model, definition, this.#upcast?.(model, fingerprint));
      this.#readers.set(fingerprint, reader);
      return reader;
    } catch (error) {
      if (DatabaseError.is(error, 'MIGRATION_REQUIRED')) return undefined;
      throw error;
    }
  }

  #modelOf(fingerprint: string): DocumentModel {
    const known = this.#models.get(fingerprint);
    if (known !== undefined) return known;
    if (fingerprint === this.#definition.fingerprint) return this.#definition.model;
    const text = this.#modelText(fingerprint);
    if (text === undefined) {
      const { collection } = this.#definition.model;
      const what = `the model ${fingerprint} of a release of ${collection} is gone`;
      throw new DatabaseError('JOURNAL_DAMAGED', what, { collection, fingerprint });
    }
    const model = JSON.parse(text) as DocumentModel;
    this.#models.set(fingerprint, model);
    return model;
  }
}
