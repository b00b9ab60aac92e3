/** Changes transaction by transaction. */
import type { ChangeOrigin } from '../journal/effect.js';
import type { Change } from './change.js';
import type { ChangeGap } from './change-gap.js';

/** The changes of one transaction that a reader asked for; after a `since` in its midst, the rest of them. */
export interface ChangeTransaction<C = Change> {
  readonly kind: 'transaction';
  readonly seq: bigint;
  readonly transactionId: string;
  /** Behind all of them: `changes({ since: cursor })` goes on with the next transaction. */
  readonly cursor: string;
  readonly origin: ChangeOrigin;
  /** Wall clock of the commit, epoch milliseconds. */
  readonly timeMs: number;
  /** At least one. */
  readonly changes: readonly C[];
}

/** Durable changes one by one, in a `for await` loop that `using`, `break` or closing the database ends. */
export interface ChangeStream<Item, C = Change> extends AsyncIterableIterator<Item>, Disposable {
  /** The same, by whole transactions: changes that came together are handed out together. Reads from this very stream. */
  byTransaction(): AsyncIterableIterator<ChangeTransaction<C> | Exclude<Item, C>> & Disposable;
}

/** A stream that can be read by transaction. */
export interface TransactionSource extends AsyncIterator<Change | ChangeGap>, Disposable {
  /** The next change, when it is there already and of that transaction. The changes of one come together. */
  takeOf(transactionId: string): Change | undefined;
}

export class ChangeTransactions implements AsyncIterableIterator<ChangeTransaction | ChangeGap>, Disposable {
  readonly #source: TransactionSource;

  constructor(source: TransactionSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }

  async next(): Promise<IteratorResult<ChangeTransaction | ChangeGap>> {
    const { done, value: first } = await this.#source.next();
    if (done === true) return { done: true, value: undefined };
    if (first.kind === 'gap') return { done: false, value: first };
    const { seq, transactionId, origin, timeMs } = first;
    const changes: Change[] = [first];
    let last: Change = first;
    for (let next = this.#source.takeOf(transactionId); next !== undefined; next = this.#source.takeOf(transactionId)) {
      changes.push(next);
      last = next;
    }
    const { cursor } = last;
    return { done: false, value: { kind: 'transaction', seq, transactionId, cursor, origin, timeMs, changes } };
  }

  async return(): Promise<IteratorResult<ChangeTransaction | ChangeGap>> {
    this[Symbol.dispose]();
    return { done: true, value: undefined };
  }
}
