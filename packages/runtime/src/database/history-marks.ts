/**
 * Marks in the history of a served database, by which a replica tells it from another history of the same database: a
 * copy of its directory that was put back and grew on, a backup that was restored twice.
 *
 * Each opening that writes leaves one mark, a number drawn at random, in the frame of its first transaction. Who has been
 * told a mark knows that everything up to it is the same here, and everything after it up to the next mark. A seq alone
 * says nothing of that: the other history has the same seqs. Marks are kept where the journal is compacted, too.
 *
 *   history        { id, seq }         the newest mark
 *   history/<id>   { seq, endSeq }     an earlier one: the next began at `endSeq`
 *
 * Only databases that have been served have marks. Cost: two records, about 100 bytes, per opening that writes.
 */
import { randomBytes } from 'node:crypto';
import type { KeyedRecords } from '../collection/keyed-records.js';

/** Never change: files hold them. */
const NEWEST = 'history';
const ID_BYTES = 16;

interface NewestMark {
  readonly id: string;
  readonly seq: number;
}

interface EarlierMark {
  readonly seq: number;
  /** The first seq that it says nothing of. */
  readonly endSeq: number;
}

export class HistoryMarks {
  readonly #records: KeyedRecords;
  /** 32 hexadecimal digits: what this opening leaves behind. */
  readonly id = randomBytes(ID_BYTES).toString('hex');

  constructor(records: KeyedRecords) {
    this.#records = records;
  }

  /** Whether the database has marks. */
  get isKept(): boolean {
    return this.#newest !== undefined;
  }

  /** Whether this opening has left its own. */
  get isSet(): boolean {
    return this.#newest?.id === this.id;
  }

  /** Leaves the mark of this opening. @param seq of the transaction that it is written in. */
  set(setRecord: (name: string, value: unknown) => void, seq: number): void {
    const newest = this.#newest;
    if (newest !== undefined)
      setRecord(`${NEWEST}/${newest.id}`, { seq: newest.seq, endSeq: seq } satisfies EarlierMark);
    setRecord(NEWEST, { id: this.id, seq } satisfies NewestMark);
  }

  /** Whether what was told of with this mark, up to this seq, is part of this history. O(1). */
  holds(id: string, seq: number): boolean {
    const newest = this.#newest;
    if (newest?.id === id) return true;
    const earlier = this.#records.get(`${NEWEST}/${id}`) as EarlierMark | undefined;
    return earlier !== undefined && seq < earlier.endSeq;
  }

  get #newest(): NewestMark | undefined {
    return this.#records.get(NEWEST) as NewestMark | undefined;
  }
}
