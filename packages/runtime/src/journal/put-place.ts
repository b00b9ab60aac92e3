/** Reads the parts of a put where it lies, for documents that stay bytes. Grammar: docs/journal-format.md, "Transaction and effects". */
import { DatabaseError } from '@nuthatch/model';
import { type ByteReader, textHash } from '../codec/byte-reader.js';
import type { StoreKey } from '../structures/store-key.js';
import { EFFECT, KEY_TAG, PUT_FLAG } from './journal-format.js';
import { readKey } from './transaction-reader.js';

function toKey(reader: ByteReader): void {
  if (reader.byte() !== EFFECT.put)
    throw new DatabaseError('JOURNAL_DAMAGED', `no put at ${reader.position - 1}`, { offset: reader.position - 1 });
  reader.varint();
}

/** The parts of the put that a reader stands at. @throws DatabaseError `JOURNAL_DAMAGED`. */
export const PUT_PLACE = {
  key(reader: ByteReader): StoreKey {
    toKey(reader);
    return readKey(reader);
  },

  hasKey(reader: ByteReader, key: StoreKey): boolean {
    toKey(reader);
    return isKeyNext(reader, key);
  },

  keyAlone: readKey,
  isKey: isKeyNext,

  toDocument(reader: ByteReader): boolean {
    toKey(reader);
    passKey(reader);
    reader.varint();
    const flags = reader.byte();
    if ((flags & PUT_FLAG.hasExpiry) !== 0) reader.number();
    const byteCount = reader.count();
    reader.seek(reader.position, reader.position + byteCount);
    return (flags & PUT_FLAG.hasUnknownFields) !== 0;
  },
};

function isKeyNext(reader: ByteReader, key: StoreKey): boolean {
  if (typeof key !== 'string' || textHash(key) < 0) return readKey(reader) === key;
  // No string is made for a text of ASCII.
  return reader.byte() === KEY_TAG.string && reader.isNextText(key);
}

function passKey(reader: ByteReader): void {
  const tag = reader.byte();
  if (tag === KEY_TAG.string) reader.passString();
  else if (tag === KEY_TAG.number) reader.number();
  else reader.passBigint();
}
