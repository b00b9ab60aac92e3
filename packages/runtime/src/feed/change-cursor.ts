/**
 * Where a reader of changes stands, exact at any change, as a text that a caller keeps and gives back as `since`.
 *
 *   cursor := seq ["+" number] ":" place ["@" opening]
 *   place  := "end" | writes ["+" volatile]
 *
 *   12:end        after the whole transaction 12
 *   12:3          after the change that the third journaled write of transaction 12 began
 *   12:3+1        after the first write to a memory-only collection after that one
 *   12+2:end@ab   after the second transaction after 12 that is in no journal, as this opening counted them
 *
 * Places count writes, not changes, and journaled ones by themselves: memory, the journal and a process without some of
 * the classes then all number alike.
 */
import { DatabaseError } from '@nuthatch/model';

import { showValue } from '../definition/show-value.js';

/** A point in the order of all changes: after a change, or after a whole transaction. */
export interface ChangePosition {
  readonly seq: number;
  /** 0 for a journaled transaction; else which one it is of those that share its seq. */
  readonly unjournaledNumber: number;
  /** Journaled writes of the transaction up to this point; infinite after all of it. */
  readonly writeCount: number;
  /** Writes to memory-only collections since the last of those. */
  readonly volatileCount: number;
}

const FORM = /^(\d{1,16})(?:\+(\d{1,16}))?:(?:end|(\d{1,10})(?:\+(\d{1,10}))?)(?:@([0-9a-f]+))?$/;

/** Behind the whole transaction of a seq; those that share its seq and are not journaled come after it. */
export function behindTransaction(seq: number, unjournaledNumber = 0): ChangePosition {
  return { seq, unjournaledNumber, writeCount: Number.POSITIVE_INFINITY, volatileCount: 0 };
}

/** @param opening tells the openings of a database apart: transactions that are in no journal are numbered again in each. */
export function cursorText(position: ChangePosition, opening: string): string {
  const { seq, unjournaledNumber, writeCount, volatileCount } = position;
  const volatile = volatileCount === 0 ? '' : `+${volatileCount}`;
  const place = writeCount === Number.POSITIVE_INFINITY ? 'end' : `${writeCount}${volatile}`;
  return unjournaledNumber === 0 ? `${seq}:${place}` : `${seq}+${unjournaledNumber}:${place}@${opening}`;
}

/** The position that a cursor or seq means; undefined when it is neither. */
export function positionOf(since: unknown, opening: string): ChangePosition | undefined {
  if (typeof since === 'string') return parseCursor(since, opening);
  if (typeof since !== 'number' && typeof since !== 'bigint') return undefined;
  const seq = Number(since);
  return Number.isSafeInteger(seq) && seq >= 0 ? behindTransaction(seq) : undefined;
}

function parseCursor(text: string, opening: string): ChangePosition | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, seqText, numberText, writes, volatile, from] = found;
  const seq = Number(seqText);
  const unjournaledNumber = Number(numberText ?? 0);
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(unjournaledNumber)) return undefined;
  if (unjournaledNumber > 0 !== (from !== undefined)) return undefined;
  // Those of an earlier opening are gone with it, and the numbers began again.
  if (from !== undefined && from !== opening) return behindTransaction(seq);
  if (writes === undefined) return behindTransaction(seq, unjournaledNumber);
  return { seq, unjournaledNumber, writeCount: Number(writes), volatileCount: Number(volatile ?? 0) };
}

/** Below 0: `a` comes first. */
export function comparePlaces(a: ChangePosition, b: ChangePosition): number {
  if (a.seq !== b.seq) return a.seq - b.seq;
  if (a.unjournaledNumber !== b.unjournaledNumber) return a.unjournaledNumber - b.unjournaledNumber;
  // Two infinities would differ by NaN.
  if (a.writeCount !== b.writeCount) return a.writeCount < b.writeCount ? -1 : 1;
  return a.volatileCount - b.volatileCount;
}

/** The seq up to which nothing more is wanted from a journal: that of the transaction before one that was half read. */
export function wholeSeq({ seq, unjournaledNumber, writeCount }: ChangePosition): number {
  return unjournaledNumber === 0 && writeCount !== Number.POSITIVE_INFINITY ? seq - 1 : seq;
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requirePosition(since: unknown, opening: string): ChangePosition {
  const position = positionOf(since, opening);
  if (position !== undefined) return position;

  const what = `\`since\` of changes must be the seq of a transaction (a bigint or a whole number of 0 or more) or the \`cursor\` of a change, found ${showValue(since)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'since' });
}
