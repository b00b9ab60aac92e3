import type { ReleaseStep } from '../definition/release-records.js';
import type { ChangeOrigin } from '../journal/effect.js';

/** One document's change by one durable transaction. Several writes of one document in a transaction are one change. */
export interface Change<D = object, K = unknown> {
  /**
   * Number of the transaction in the database's total order; changes of one transaction share it. A transaction that
   * wrote to memory-only collections alone has the seq of the last journaled one before it.
   */
  readonly seq: bigint;
  /**
   * Where this change stands, as a text to keep: `changes({ since: change.cursor })` goes on with the very next one, also
   * in the midst of a transaction, also after a restart.
   */
  readonly cursor: string;
  /** Which transaction: its seq, and for one that is not journaled a count after it, such as `12+3`. */
  readonly transactionId: string;
  readonly collection: string;
  readonly kind: 'insert' | 'update' | 'delete';
  readonly key: K;
  /** The document before; undefined for an insert, and for every change that `isFromJournal`. */
  readonly before: D | undefined;
  /** The document after; undefined for a delete. */
  readonly after: D | undefined;
  /** Stored fields whose value differs, in model order; all that are set for an insert or a delete. */
  readonly changedFields: readonly string[];
  /** Revision after the change; for a delete, the last one (0 when it `isFromJournal`). */
  readonly revision: number;
  /**
   * Set when the document was released (`release`), its next draft begun (`revise`) or given up (`discard`), or the state
   * of an earlier release changed (`lifetime`): the last of these in the transaction. Undefined for every other change.
   */
  readonly step: ReleaseStep | undefined;
  readonly origin: ChangeOrigin;
  /** Wall clock of the commit, epoch milliseconds. */
  readonly timeMs: number;
  /**
   * Read back from the journal, which keeps no former documents: `before` is unknown and `changedFields` names every
   * field that is set.
   */
  readonly isFromJournal: boolean;
  /** What `JSON.stringify` takes: `seq`, and a key that is a bigint, as text. */
  toJSON(): ChangeJson;
}

/** What `JSON.stringify` makes of a change: JSON has no bigint. */
export interface ChangeJson {
  readonly seq: string;
  readonly cursor: string;
  readonly transactionId: string;
  readonly collection: string;
  readonly kind: Change['kind'];
  readonly key: unknown;
  readonly before: object | undefined;
  readonly after: object | undefined;
  readonly changedFields: readonly string[];
  readonly revision: number;
  readonly step?: Change['step'];
  readonly origin: Change['origin'];
  readonly timeMs: number;
  readonly isFromJournal: boolean;
}
