/**
 * Transactions → bytes, docs/journal-format.md, "Transaction and effects". Read back by transaction-reader.ts.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ByteWriter } from '../codec/byte-writer.js';
import { keptFieldsOf } from '../codec/kept-fields.js';
import { isStorableCount, isStorableTime } from '../codec/storable.js';
import type { StoreKey } from '../structures/store-key.js';
import { type Effect, effectAt, effectCount, type JournaledTransaction } from './effect.js';
import { EFFECT, KEY_TAG, ORIGINS, PUT_FLAG, RECORD, TRANSACTION_FLAG } from './journal-format.js';
import type { ModelTable, StoredModel } from './model-table.js';
import { ReplayTally } from './replay-tally.js';

const TALLY = new ReplayTally();

/**
 * Appends the transaction's record. O(bytes).
 *
 * @param limitBytes the record may be no longer.
 * @param tally counts the transaction unless it is refused.
 * @param starts is filled with where each effect begins.
 * @throws DatabaseError `TRANSACTION_TOO_LARGE`; the caller rewinds the writer.
 */
export function writeTransaction(
  writer: ByteWriter,
  transaction: JournaledTransaction,
  models: ModelTable,
  limitBytes: number,
  tally?: ReplayTally,
  starts?: number[],
): void {
  const start = writer.position;
  const lengthAt = beginRecord(writer, RECORD.transaction);
  const command = transaction.command;
  const origin = transaction.origin === undefined ? 0 : ORIGINS.indexOf(transaction.origin);
  writer.byte((command ? TRANSACTION_FLAG.hasCommand : 0) | (origin << TRANSACTION_FLAG.originShift));
  writer.number(transaction.timeMs);
  if (command) {
    writer.string(command.name);
    writer.string(command.argumentsJson);
  }
  const { effects } = transaction;
  const count = effectCount(effects);
  writer.varint(count);
  TALLY.clear();
  // By index: iterators make two objects per transaction.
  for (let index = 0; index < count; index++) {
    const effect = effectAt(effects, index);
    const startOfEffect = writer.position;
    if (starts !== undefined) starts[index] = startOfEffect;
    writeEffect(writer, effect, models);
    if (effect.kind === 'put') TALLY.put(effect.revision, writer.position - startOfEffect);
    else if (effect.kind === 'delete') TALLY.deleteCount++;
    checkSize(writer.position - start, limitBytes);
  }
  endRecord(writer, lengthAt);
  tally?.add(TALLY);
}

/** Appends a model record. */
export function writeModelRecord(writer: ByteWriter, model: StoredModel): void {
  const lengthAt = beginRecord(writer, RECORD.model);
  writeModel(writer, model);
  endRecord(writer, lengthAt);
}

/** For how long other nodes are asked to wait, in whole milliseconds. */
export function writeClaimRecord(writer: ByteWriter, claimMs: number): void {
  const lengthAt = beginRecord(writer, RECORD.claim);
  writer.varint(claimMs);
  endRecord(writer, lengthAt);
}

/** Appends a model as page headers and model records hold it. */
export function writeModel(writer: ByteWriter, model: StoredModel): void {
  writer.varint(model.modelId);
  writer.string(model.fingerprint);
  writer.string(model.json);
}

function writeEffect(writer: ByteWriter, effect: Effect, models: ModelTable): void {
  const { modelId } = models.entryOf(effect.definition);
  switch (effect.kind) {
    case 'put': {
      const { revision, expiresAt } = effect;
      requireStorable(isStorableCount(revision), 'revision', revision);
      requireStorable(expiresAt === undefined || isStorableTime(expiresAt), 'expiry', expiresAt);
      writer.byte(EFFECT.put);
      writer.varint(modelId);
      writeKey(writer, effect.key);
      writer.varint(revision);
      const kept = keptFieldsOf(effect.document);
      writer.byte((expiresAt === undefined ? 0 : PUT_FLAG.hasExpiry) | (kept ? PUT_FLAG.hasUnknownFields : 0));
      if (expiresAt !== undefined) writer.number(expiresAt);
      const documentAt = writer.beginSized();
      if (effect.encoded === undefined) effect.definition.codec.encode(effect.document, writer);
      else writer.rawPart(effect.encoded.data, effect.encoded.start, effect.encoded.end);
      writer.endSized(documentAt);
      if (kept) writer.bytes(kept.bytes);
      break;
    }
    case 'delete':
      writer.byte(EFFECT.delete);
      writer.varint(modelId);
      writeKey(writer, effect.key);
      break;
    case 'sequence':
      writer.byte(EFFECT.sequence);
      writer.varint(modelId);
      requireStorable(isStorableCount(effect.value), 'sequence', effect.value);
      writer.number(effect.value);
      break;
  }
}

/** Appends a key as a put has it. Read back by `readKey`. */
export function writeKey(writer: ByteWriter, key: StoreKey): void {
  switch (typeof key) {
    case 'string':
      writer.byte(KEY_TAG.string);
      writer.string(key);
      break;
    case 'number':
      writer.byte(KEY_TAG.number);
      writer.number(key);
      break;
    case 'bigint':
      writer.byte(KEY_TAG.bigint);
      writer.bigint(key);
      break;
  }
}

function beginRecord(writer: ByteWriter, kind: number): number {
  writer.byte(kind);
  return writer.skip(4);
}

function endRecord(writer: ByteWriter, lengthAt: number): void {
  writer.uint32At(lengthAt, writer.position - lengthAt - 4);
}

/** Values that are refused here would be refused when they are read. @throws DatabaseError `RANGE_EXHAUSTED`. */
function requireStorable(isStorable: boolean, what: string, value: number | undefined): void {
  if (isStorable) return;
  throw new DatabaseError('RANGE_EXHAUSTED', `the ${what} ${value} cannot be stored`, { what, value });
}

function checkSize(byteCount: number, limitBytes: number): void {
  if (byteCount <= limitBytes) return;
  const what = `the transaction is larger than ${limitBytes} bytes; a frame holds at most that`;
  throw new DatabaseError('TRANSACTION_TOO_LARGE', what, { byteCount, maxFrameBytes: limitBytes });
}
