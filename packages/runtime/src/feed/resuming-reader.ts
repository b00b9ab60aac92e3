/**
 * A reader of changes that begins further back than the feed's memory: first the journal, then, without a seam, the
 * history in memory and what is live.
 *
 * The journal is read as the loop asks for more, so however far back it begins nothing gathers in memory and no policy
 * for slow readers applies before it has caught up.
 */
import type { Change } from './change.js';
import { behindTransaction, type ChangePosition, comparePlaces, wholeSeq } from './change-cursor.js';
import type { ChangeGap } from './change-gap.js';
import type { ChangeReader } from './change-reader.js';
import { type ChangeTransaction, ChangeTransactions } from './change-transactions.js';
import { isWanted } from './changes-options.js';
import type { PlacedChange } from './journal-past.js';

type Item = Change | ChangeGap;

/** The parts of its feed that the reader needs. */
export interface ResumingSource {
  /** Changes up to this position are in the journal only. */
  gone(): ChangePosition;
  /** Reads the journal. */
  read(afterSeq: number, uptoSeq: number): AsyncIterator<readonly PlacedChange[]>;
  /** Which changes are wanted; all when undefined. */
  readonly filter: ((change: Change) => boolean) | undefined;
  /** Goes on from a position that is not before `gone`, in the same turn. */
  goOn(since: ChangePosition): ChangeReader;
  /** The reader has ended. */
  ended(reader: ResumingReader): void;
}

export class ResumingReader implements AsyncIterableIterator<Item>, Disposable {
  readonly #source: ResumingSource;
  #position: ChangePosition;
  #stored: AsyncIterator<readonly PlacedChange[]> | undefined;
  #storedUpto: ChangePosition | undefined;
  #held: readonly Change[] = [];
  #head = 0;
  #live: ChangeReader | undefined;
  #isEnded = false;
  #last: Promise<unknown> = Promise.resolve();
  #resolveLive: () => void = () => undefined;
  /** Resolves when the journal is read and what comes next is live, or when the reader has ended. */
  readonly live = new Promise<void>((resolve) => {
    this.#resolveLive = resolve;
  });

  constructor(source: ResumingSource, since: ChangePosition) {
    this.#source = source;
    this.#position = since;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  /** Calls are answered in turn, in their order. */
  next(): Promise<IteratorResult<Item>> {
    const result = this.#last.then(() => this.#next());
    // The caller gets the error; the next call only has to know that this one is over.
    this.#last = result.catch(() => undefined);
    return result;
  }

  return(): Promise<IteratorResult<Item>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The next change, when it is there already and of that transaction. */
  takeOf(transactionId: string): Change | undefined {
    if (this.#live !== undefined) return this.#live.takeOf(transactionId);
    const change = this.#held[this.#head];
    if (change?.transactionId !== transactionId) return undefined;
    this.#head++;
    return change;
  }

  byTransaction(): AsyncIterableIterator<ChangeTransaction | ChangeGap> & Disposable {
    return new ChangeTransactions(this);
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#resolveLive();
    this.#live?.end();
    // Closes the page it is in. A failure to close what was only read harms nothing and has nobody to be told.
    void this.#stored?.return?.().catch(() => undefined);
    this.#source.ended(this);
  }

  async #next(): Promise<IteratorResult<Item>> {
    while (this.#live === undefined) {
      if (this.#isEnded) return { done: true, value: undefined };
      const change = this.#held[this.#head];
      if (change !== undefined) {
        this.#head++;
        return { done: false, value: change };
      }
      await this.#readOn();
    }
    return this.#live.next();
  }

  async #readOn(): Promise<void> {
    if (this.#stored === undefined) {
      const gone = this.#source.gone();
      if (wholeSeq(this.#position) >= gone.seq) {
        this.#live = this.#source.goOn(this.#position);
        this.#resolveLive();
        this.#source.ended(this);
        return;
      }
      this.#storedUpto = gone;
      this.#stored = this.#source.read(wholeSeq(this.#position), gone.seq);
    }
    try {
      const { done, value } = await this.#stored.next();
      if (done !== true) {
        const { filter } = this.#source;
        const start = this.#position;
        const later = value.filter(({ position }) => comparePlaces(position, start) > 0);
        this.#held = filter === undefined ? later : later.filter((change) => isWanted(change, filter));
        this.#head = 0;
        return;
      }
    } catch (error) {
      this.end();
      throw error;
    }
    // All that is journaled up to there; what is not is in no journal.
    this.#position = this.#storedUpto ?? behindTransaction(0);
    this.#stored = undefined;
  }
}
