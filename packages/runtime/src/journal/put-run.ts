/**
 * Reads puts of one model, one behind the other, as a snapshot is made of: nothing is made for any of them.
 *
 * The same grammar as transaction-reader.ts, and the same refusals; what is out of the ordinary is left to it.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { StoreKey } from '../commit/effect.js';
import type { DocumentPacker } from '../recovery/recovery-target.js';
import { EFFECT, KEY_TAG, PUT_FLAG } from './journal-format.js';
import { readKey } from './transaction-reader.js';

/**
 * Reads effects until one is no plain put of the model, or is not taken: the reader then stands before it.
 *
 * @param end where the transaction ends.
 * @returns how many were taken.
 * @throws DatabaseError `JOURNAL_DAMAGED`.
 */
export function readPutRun(
  reader: ByteReader,
  end: number,
  mostCount: number,
  modelId: number,
  packer: DocumentPacker,
): number {
  const { needsKeys } = packer;
  for (let count = 0; count < mostCount; count++) {
    const start = reader.position;
    if (!isPutOf(modelId, reader) || !readPut(reader, needsKeys, packer)) {
      reader.seek(start, end);
      return count;
    }
    reader.seek(reader.position, end);
  }
  return mostCount;
}

function isPutOf(modelId: number, reader: ByteReader): boolean {
  return reader.byte() === EFFECT.put && reader.varint() === modelId;
}

function readPut(reader: ByteReader, needsKeys: boolean, packer: DocumentPacker): boolean {
  let key: StoreKey | undefined;
  if (needsKeys) key = readKey(reader);
  else if (reader.byte() !== KEY_TAG.string) return false;
  else reader.passString();
  const revision = reader.varint();
  const flags = reader.byte();
  if ((flags & ~PUT_FLAG.hasExpiry) !== 0) return false;
  const expiresAt = flags === 0 ? undefined : reader.number();
  const byteCount = reader.count();
  reader.seek(reader.position, reader.position + byteCount);
  return packer.recoverPacked(key, reader, revision, expiresAt);
}
