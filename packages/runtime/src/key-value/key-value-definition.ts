/**
 * The one collection behind a key-value store: `{ key, value }`, as any other collection to journal, recovery and
 * tools. On disk the value is a field of type `bytes` that holds a value of any shape (codec/any-value-codec.ts), so
 * that whoever reads the directory without this code reads bytes.
 */
import { type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { decodeAnyValue, encodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import type { DocumentCodec } from '../codec/document-codec.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { CollectionTypes } from '../repository/repository-types.js';

/** One key with its value, which is deeply frozen. */
export interface KeyValueEntry {
  readonly key: string;
  readonly value: unknown;
}

export interface KeyValueTypes extends CollectionTypes {
  readonly document: KeyValueEntry;
  readonly key: string;
  readonly input: KeyValueEntry;
}

const MODEL: DocumentModel = {
  name: 'KeyValueEntry',
  collection: 'keyValueEntry',
  storage: 'disk',
  key: { fields: ['key'] },
  fields: [
    { name: 'key', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'value', type: { kind: 'bytes' }, optional: false, rules: [] },
  ],
  computed: [],
  indexes: [],
};
const FINGERPRINT = modelFingerprint(MODEL);
/** A scratch buffer that has grown beyond this is let go of. */
const SCRATCH_BYTES = 2 ** 20;

class KeyValueCodec implements DocumentCodec<KeyValueEntry> {
  readonly #scratch = new ByteWriter();

  encode({ key, value }: KeyValueEntry, writer: ByteWriter): void {
    const scratch = this.#scratch;
    scratch.reset();
    encodeAnyValue(value, scratch);
    writer.string(key);
    writer.bytes(scratch.finish());
    scratch.reset();
    scratch.shrink(SCRATCH_BYTES);
  }

  decode(reader: ByteReader): KeyValueEntry {
    const key = reader.string();
    const byteCount = reader.varint();
    return Object.freeze({ key, value: decodeAnyValue(new ByteReader(reader.skipped(byteCount))) });
  }
}

/** Its values are checked and frozen before they come here: see `frozenAnyValue`. */
export const KEY_VALUE_DEFINITION: CollectionDefinition<KeyValueEntry> = {
  model: MODEL,
  fingerprint: FINGERPRINT,
  declarationFingerprint: FINGERPRINT,
  documentClass: class {} as unknown as CollectionDefinition<KeyValueEntry>['documentClass'],
  codec: new KeyValueCodec(),
  unknownFields: () => undefined,
  build: (input) => ({ ...(input as KeyValueEntry) }),
  merge: (document, patch) => ({ ...document, ...patch }),
  validate: () => undefined,
  seal: (document) => Object.freeze(document),
};
