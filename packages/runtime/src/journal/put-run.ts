/**
 * Reads a run of puts of one model, as in a snapshot or a bulk load: nothing is made for any of them.
 *
 * The same grammar as transaction-reader.ts, and the same refusals; what is out of the ordinary is left to it.
 */
import type { ByteReader } from '../codec/byte-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import { EFFECT, KEY_TAG, PUT_FLAG } from './journal-format.js';
import type { ReplayTally } from './replay-tally.js';
import { readKey } from './transaction-reader.js';

/** Takes puts in order, and keeps their documents as the bytes they are. */
export interface UndecodedTarget {
  /** Whether keys are to be read; texts are else passed over. */
  readonly needsKeys: boolean;
  /**
   * Takes the put whose document the reader stands at and ends behind; its bytes will never change, and are kept instead
   * of the document.
   *
   * @param key may be left out unless `needsKeys`.
   * @param isNew no document of the key is there, as far as the journal says.
   * @returns false, with nothing changed, when the document has to be read and put.
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that no document has.
   */
  recoverUndecoded(
    key: StoreKey | undefined,
    reader: ByteReader,
    revision: number,
    expiresAt: number | undefined,
    isNew: boolean,
  ): boolean;
}

/**
 * Reads effects until one is no plain put of the model, or is not taken: the reader then stands before it.
 *
 * @param end where the transaction ends.
 * @param tally counts them; undefined for a snapshot, where each is a document of its own.
 * @returns how many were taken.
 * @throws DatabaseError `JOURNAL_DAMAGED`.
 */
export function readPutRun(
  reader: ByteReader,
  end: number,
  mostCount: number,
  modelId: number,
  target: UndecodedTarget,
  tally: ReplayTally | undefined,
): number {
  const { needsKeys } = target;
  for (let count = 0; count < mostCount; count++) {
    const start = reader.position;
    const revision = isPutOf(modelId, reader) ? readPut(reader, needsKeys, target, tally === undefined) : 0;
    if (revision === 0) {
      reader.seek(start, end);
      return count;
    }
    tally?.put(revision, reader.position - start);
    reader.seek(reader.position, end);
  }
  return mostCount;
}

function isPutOf(modelId: number, reader: ByteReader): boolean {
  return reader.byte() === EFFECT.put && reader.varint() === modelId;
}

/** @returns the revision of what was taken; 0: nothing was. */
function readPut(reader: ByteReader, needsKeys: boolean, target: UndecodedTarget, isSnapshot: boolean): number {
  let key: StoreKey | undefined;
  if (needsKeys) key = readKey(reader);
  else if (reader.byte() !== KEY_TAG.string) return 0;
  else reader.passString();
  const revision = reader.varint();
  const flags = reader.byte();
  if (revision === 0 || (flags & ~PUT_FLAG.hasExpiry) !== 0) return 0;
  const expiresAt = flags === 0 ? undefined : reader.number();
  const byteCount = reader.count();
  reader.seek(reader.position, reader.position + byteCount);
  const isNew = isSnapshot || revision === 1;
  return target.recoverUndecoded(key, reader, revision, expiresAt, isNew) ? revision : 0;
}
