import { DatabaseError } from '@nuthatch/model';
import { ByteReader, ByteWriter, decodeAnyValue, encodeAnyValue } from '@nuthatch/runtime/sync';
import { protocolViolation } from '../protocol/protocol-violation.js';

/** The bytes of a value of any shape, as the journal writes it. */
export function anyValueBytes(value: unknown): Uint8Array {
  const writer = new ByteWriter();
  encodeAnyValue(value, writer);
  return writer.finish().slice();
}

/** @throws DatabaseError `PROTOCOL_VIOLATION` for bytes that are no value. */
export function anyValueOf(bytes: Uint8Array): unknown {
  try {
    const reader = new ByteReader(Buffer.from(bytes));
    const value = decodeAnyValue(reader);
    if (reader.remaining > 0) throw protocolViolation(`${reader.remaining} bytes follow a value`);
    return value;
  } catch (error) {
    if (DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw protocolViolation(`a value cannot be read: ${error.message}`);
    throw error;
  }
}
