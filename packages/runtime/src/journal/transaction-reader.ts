/**
 * Bytes → records and effects, docs/journal-format.md, "Frame" and "Transaction and effects". The mirror of
 * transaction-writer.ts. Allocates nothing per effect but its key and what the visitor makes of the document.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import type { ChangeOrigin } from './effect.js';
import {
  EFFECT,
  FIRST_SKIPPABLE_RECORD,
  KEY_TAG,
  LAST_MODEL_ID,
  ORIGINS,
  PUT_FLAG,
  RECORD,
  TRANSACTION_FLAG,
} from './journal-format.js';
import type { StoredModel } from './model-table.js';

const KNOWN_PUT_FLAGS = PUT_FLAG.hasExpiry | PUT_FLAG.hasUnknownFields;

/** Gets the effects of a transaction in order. */
export interface EffectVisitor {
  /**
   * `reader` stands on the document's bytes and ends after them; the visitor need not read them. `unknownFields`: a
   * copy of their bytes, where the document has any.
   */
  put(
    modelId: number,
    key: StoreKey,
    revision: number,
    expiresAt: number | undefined,
    reader: ByteReader,
    unknownFields: Uint8Array | undefined,
  ): void;
  /** May move the reader. */
  delete(modelId: number, key: StoreKey): void;
  sequence(modelId: number, value: number): void;
}

/** The part of a transaction before its effects. */
export interface TransactionHeader {
  readonly timeMs: number;
  readonly origin: ChangeOrigin;
  readonly command?: { readonly name: string; readonly argumentsJson: string };
  readonly effectCount: number;
}

/** Reads a transaction up to its effects. */
export function readTransactionHeader(reader: ByteReader): TransactionHeader {
  const flags = reader.byte();
  const { hasCommand, originMask, originShift } = TRANSACTION_FLAG;
  if ((flags & ~(hasCommand | originMask)) !== 0) refuseUnknown('transaction flags', flags);
  const origin = ORIGINS[(flags & originMask) >> originShift] as ChangeOrigin;
  const timeMs = reader.number();
  if ((flags & hasCommand) === 0) return { timeMs, origin, effectCount: reader.count() };
  const command = { name: reader.string(), argumentsJson: reader.string() };
  return { timeMs, origin, command, effectCount: reader.count() };
}

/**
 * Reads one effect and hands it over. `end` is where the transaction ends.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`.
 */
export function readEffect(reader: ByteReader, end: number, visitor: EffectVisitor): void {
  const kind = reader.byte();
  const modelId = reader.varint();
  switch (kind) {
    case EFFECT.put: {
      const key = readKey(reader);
      if (typeof key === 'string') reader.noteKey(key);
      const revision = reader.varint();
      const flags = reader.byte();
      if ((flags & ~KNOWN_PUT_FLAGS) !== 0) refuseUnknown('flags of a document', flags);
      const expiresAt = (flags & PUT_FLAG.hasExpiry) === 0 ? undefined : reader.number();
      const byteCount = reader.count();
      const documentStart = reader.position;
      const documentEnd = documentStart + byteCount;
      let unknownFields: Uint8Array | undefined;
      let putEnd = documentEnd;
      if ((flags & PUT_FLAG.hasUnknownFields) !== 0) {
        reader.seek(documentEnd, end);
        unknownFields = reader.bytes();
        putEnd = reader.position;
      }
      reader.seek(documentStart, documentEnd);
      visitor.put(modelId, key, revision, expiresAt, reader, unknownFields);
      reader.seek(putEnd, end);
      break;
    }
    case EFFECT.delete: {
      const key = readKey(reader);
      const { position } = reader;
      visitor.delete(modelId, key);
      // Documents that are bytes are read by the same reader: to find one moves it.
      reader.seek(position, end);
      break;
    }
    case EFFECT.sequence:
      visitor.sequence(modelId, reader.number());
      break;
    default:
      refuseUnknown('kind of effect', kind);
  }
}

/** Reads a model of a page header or model record. @throws DatabaseError `JOURNAL_DAMAGED`. */
export function readModel(reader: ByteReader): StoredModel {
  const offset = reader.position;
  const modelId = reader.varint();
  if (modelId > LAST_MODEL_ID) {
    const what = `a model at ${offset} has number ${modelId}, expected at most ${LAST_MODEL_ID}`;
    throw new DatabaseError('JOURNAL_DAMAGED', what, { offset, modelId });
  }
  return { modelId, fingerprint: reader.string(), json: reader.string() };
}

/** A record's kind and where its payload ends; the reader then stands at the payload. */
export function readRecordHeader(reader: ByteReader): { readonly kind: number; readonly end: number } {
  const kind = reader.byte();
  const byteCount = reader.uint32();
  if (byteCount > reader.remaining) {
    const what = `record at ${reader.position} has a length of ${byteCount} bytes, found ${reader.remaining}`;
    throw new DatabaseError('JOURNAL_DAMAGED', what, { offset: reader.position, needBytes: byteCount });
  }
  if (kind !== RECORD.transaction && kind !== RECORD.model && kind < FIRST_SKIPPABLE_RECORD) {
    refuseUnknown('kind of record', kind);
  }
  return { kind, end: reader.position + byteCount };
}

/** A document's key. @throws DatabaseError `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`. */
export function readKey(reader: ByteReader): StoreKey {
  const tag = reader.byte();
  if (tag === KEY_TAG.string) return reader.string();
  if (tag === KEY_TAG.number) return reader.number();
  if (tag === KEY_TAG.bigint) return reader.bigint();
  return refuseUnknown('kind of key', tag);
}

function refuseUnknown(what: string, value: number): never {
  throw new DatabaseError('FORMAT_UNSUPPORTED', `unknown ${what}: ${value}`, { what, value });
}
