/**
 * A collection of keys with values of any shape, `{ key, value }`: as any other collection to journal, recovery and
 * tools. On disk the value is a field of type `bytes` that holds a value of any shape (codec/any-value-codec.ts), so a
 * reader without this code reads bytes.
 */
import { type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { decodeAnyValue, encodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import type { DocumentCodec } from '../codec/document-codec.js';
import type { CollectionDefinition } from './collection-definition.js';

/** One key with its value, which is deeply frozen. */
export interface KeyedValue {
  readonly key: string;
  readonly value: unknown;
}

/** A scratch buffer that has grown beyond this is let go of. */
const SCRATCH_BYTES = 2 ** 20;

class KeyedValueCodec implements DocumentCodec<KeyedValue> {
  readonly #scratch = new ByteWriter();

  encode({ key, value }: KeyedValue, writer: ByteWriter): void {
    const scratch = this.#scratch;
    scratch.reset();
    encodeAnyValue(value, scratch);
    writer.string(key);
    writer.bytes(scratch.finish());
    scratch.reset();
    scratch.shrink(SCRATCH_BYTES);
  }

  decode(reader: ByteReader): KeyedValue {
    const key = reader.string();
    const byteCount = reader.varint();
    return Object.freeze({ key, value: decodeAnyValue(new ByteReader(reader.skipped(byteCount))) });
  }
}

/**
 * The definition of such a collection. Its values are checked and frozen before they come to it: see `frozenAnyValue`.
 *
 * @param name of the model; with `collection` it makes the fingerprint, so never change either: files hold them.
 */
export function keyedValuesDefinition(name: string, collection: string): CollectionDefinition<KeyedValue> {
  const model: DocumentModel = {
    name,
    collection,
    storage: 'disk',
    key: { fields: ['key'] },
    fields: [
      { name: 'key', type: { kind: 'string' }, optional: false, rules: [] },
      { name: 'value', type: { kind: 'bytes' }, optional: false, rules: [] },
    ],
    computed: [],
    indexes: [],
  };
  const fingerprint = modelFingerprint(model);
  return {
    model,
    fingerprint,
    declarationFingerprint: fingerprint,
    documentClass: class {} as unknown as CollectionDefinition<KeyedValue>['documentClass'],
    codec: new KeyedValueCodec(),
    isReadWhole: true,
    unknownFields: () => undefined,
    build: (input) => ({ ...(input as KeyedValue) }),
    merge: (document, patch) => ({ ...document, ...patch }),
    validate: () => undefined,
    seal: (document) => Object.freeze(document),
  };
}
