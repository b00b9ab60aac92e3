/** Pieces of the state of an index in a snapshot, docs/journal-format.md, "State of an index". */
import type { ByteReader } from '../codec/byte-reader.js';
import type { ByteWriter } from '../codec/byte-writer.js';
import { RECORD } from './journal-format.js';

export interface StoredIndexState {
  readonly collection: string;
  readonly index: string;
  /** Names the form of the bytes and the settings of the index. */
  readonly version: string;
  /** From 0. */
  readonly part: number;
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
}

export function writeIndexState(writer: ByteWriter, state: StoredIndexState): void {
  writer.byte(RECORD.indexState);
  const lengthAt = writer.position;
  writer.uint32(0);
  const start = writer.position;
  writer.string(state.collection);
  writer.string(state.index);
  writer.string(state.version);
  writer.varint(state.part);
  writer.byte(state.isLast ? 1 : 0);
  writer.raw(state.bytes);
  writer.uint32At(lengthAt, writer.position - start);
}

/** @param reader stands at the payload and ends behind it. The bytes are a copy. @throws DatabaseError `JOURNAL_DAMAGED`. */
export function readIndexState(reader: ByteReader): StoredIndexState {
  const collection = reader.string();
  const index = reader.string();
  const version = reader.string();
  const part = reader.varint();
  const isLast = reader.byte() === 1;
  const bytes = reader.data.slice(reader.position, reader.end);
  return { collection, index, version, part, isLast, bytes };
}
