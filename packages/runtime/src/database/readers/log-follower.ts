/** Reads the log of a database in another thread, in order, as far as it has come. The mirror of shared-log.ts. */
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import type { StoredTransaction } from '../../journal/journal.js';
import { readEffect, readRecordHeader, readTransactionHeader } from '../../journal/transaction-reader.js';
import { EffectList } from '../../recovery/effect-list.js';
import type { StoredDocuments } from '../../recovery/stored-documents.js';
import { LENGTH_BYTES, type LogSegment } from './shared-log.js';
import type { OwnerWords } from './shared-words.js';

interface ReadSegment {
  readonly start: number;
  readonly reader: ByteReader;
}

export class LogFollower {
  readonly #words: OwnerWords;
  readonly #documents: StoredDocuments;
  #segments: ReadSegment[] = [];
  #position: number;

  /** @param documents knows the models of the database. */
  constructor(words: OwnerWords, documents: StoredDocuments, position: number, segments: readonly LogSegment[]) {
    this.#words = words;
    this.#documents = documents;
    this.#position = position;
    for (const segment of segments) this.add(segment);
  }

  /** All before it was read. */
  get position(): number {
    return this.#position;
  }

  /** The next segment. */
  add({ start, memory }: LogSegment): void {
    this.#segments.push({ start, reader: new ByteReader(new Uint8Array(memory)) });
  }

  /** Whether the log goes on behind what was read. */
  get hasMore(): boolean {
    return this.#words.head > this.#position;
  }

  /** Goes on elsewhere: what lies between is not read. */
  moveTo(position: number, segments: readonly LogSegment[]): void {
    this.#position = position;
    this.#segments = [];
    for (const segment of segments) this.add(segment);
  }

  /**
   * The next transaction, or undefined: there is none yet, or its segment has not come. O(transaction).
   *
   * @throws DatabaseError `JOURNAL_DAMAGED` for bytes that no database wrote.
   */
  next(head: number = this.#words.head): StoredTransaction | undefined {
    if (this.#position >= head) return undefined;
    if (this.#segments[1]?.start === this.#position) this.#segments.shift();
    const segment = this.#segments[0];
    if (segment === undefined) return undefined;
    const { reader, start } = segment;
    const at = this.#position - start;
    if (at + LENGTH_BYTES > reader.byteCount) return undefined;
    reader.seek(at, reader.byteCount);
    const byteCount = reader.uint32();
    // Zeros: the record is in the next segment.
    if (byteCount === 0) return undefined;
    const end = at + LENGTH_BYTES + byteCount;
    if (end > reader.byteCount) throw damaged(`a record of ${byteCount} bytes at ${this.#position} of the log`);
    reader.seek(at + LENGTH_BYTES, end);
    const transaction = this.#read(reader);
    this.#position = start + end;
    return transaction;
  }

  #read(reader: ByteReader): StoredTransaction {
    const seq = reader.float64();
    const { end } = readRecordHeader(reader);
    const { effectCount, ...header } = readTransactionHeader(reader);
    const list = new EffectList(this.#documents, header.timeMs, 'leave');
    for (let index = 0; index < effectCount; index++) readEffect(reader, end, list);
    if (!Number.isSafeInteger(seq) || reader.position !== end) throw damaged(`a transaction numbered ${seq}`);
    return { seq, ...header, effects: list.effects, writeCounts: list.writeCounts };
  }
}

function damaged(what: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `the shared memory of a reader holds ${what}`);
}
