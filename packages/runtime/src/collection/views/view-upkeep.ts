/**
 * How one view follows the writes to its documents.
 *
 *   read     before anything changes: what the documents before and after are to the view; may run code of the class, and throw
 *   move     with the indexes of the documents: what is counted follows; never throws
 *   write    behind the write: rows that differ are put, with an undo of their own
 *   revert   `read` and `move` of the opposite write; the rows have been taken back by then
 */
import type { Transaction } from '../../commit/transaction.js';
import type { Steps } from '../../scheduling/steps.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';

export interface ViewUpkeep {
  /** Which documents count: all that meet these. */
  readonly conditions: readonly Condition[];
  /** Fields of the documents that it looks at, as bits. */
  readonly fields: number;
  /** Code of the class is asked: a getter, or a function. */
  readonly asksCode: boolean;
  /** O(1) for each field. @returns whether the write is anything to it. @throws what code of the class throws. */
  read(before: object | undefined, after: object | undefined): boolean;
  /** Never throws. O(log documents) for each field that is ordered. */
  move(slot: Slot): void;
  /** Never throws. O(fields), and O(rows shown) for those that list documents. */
  write(transaction: Transaction, key: StoreKey): void;
  /** Forgets everything and begins with all documents. @throws what code of the class throws. O(documents · log documents). */
  building(): Steps;
  /** Takes over what another database of a test holds, until one of the two is written to. O(1). */
  share(other: this): void;
  /** Ends the sharing. O(documents), at the speed of memory. */
  part(): void;
}

/** A row as it is to be. */
export interface BuiltRow {
  readonly key: StoreKey;
  readonly row: object;
}

/** The collection of a view's rows, as its upkeep needs it. */
export interface ViewRows {
  readonly definition: { readonly model: { readonly fields: readonly { readonly name: string }[] } };
  rowOf(key: StoreKey): object | undefined;
  putRow(transaction: Transaction, key: StoreKey, row: object): void;
  removeRow(transaction: Transaction, key: StoreKey): void;
  /** Replaces all rows, and tells nobody. */
  replaceRows(rows: Iterable<BuiltRow>): Steps;
}
