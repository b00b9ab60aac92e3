/**
 * How a reader moves on: from one settled transaction to the next, in order, never by half of one.
 *
 *   open ─▶ ended      the database closed, its thread ended, or what came could not be applied; reads go on
 *     └───▶ closed     by the reader
 *
 * Nothing moves inside a turn of the loop unless `advance` is called. By itself the reader moves in turns of its own, a few
 * milliseconds long.
 */
import { DatabaseError } from '@nuthatch/model';
import { requireNoneAsked } from '../../collection/indexing/value-extractor.js';
import type { StoredTransaction } from '../../journal/journal.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { nowMs, turn } from '../../time/real-time.js';
import type { LogFollower } from './log-follower.js';
import type { Place, ToReader } from './messages.js';
import type { LinkListener, OwnerLink } from './owner-link.js';
import type { ReaderJournal } from './reader-journal.js';
import type { LogSegment } from './shared-log.js';
import type { OwnerWords, ReaderWords } from './shared-words.js';

/** Transactions between two looks at the clock. */
const BATCH_COUNT = 32;

export type ReaderState = 'open' | 'ended' | 'closed';

export interface ProgressParts {
  readonly link: OwnerLink;
  readonly journal: ReaderJournal;
  readonly follower: LogFollower;
  readonly ownerWords: OwnerWords;
  readonly readerWords: ReaderWords;
  readonly isAutomatic: boolean;
  /** What leads to a newer image, as one transaction; in slices, while the reader stands still. */
  readonly difference: (image: Place['image']) => Promise<StoredTransaction>;
}

export class ReaderProgress implements LinkListener {
  readonly #parts: ProgressParts;
  #state: ReaderState = 'open';
  #failure: DatabaseError | undefined;
  /** Why there will be no more. */
  #reason: DatabaseError | undefined;
  #isRunning = false;
  /** Another image was asked for. */
  #hasAsked = false;
  /** The newer image that the reader moves to, and the segments behind it as they come. */
  #newer: { readonly place: Place; readonly segments: LogSegment[] } | undefined;
  #waitingCount = 0;
  #isApplying = false;
  /** Whether the last look at the log found a transaction. */
  #hasRead = false;
  /** Resolves when there will be no more. */
  readonly end: Promise<void>;
  #tellEnded: () => void = () => undefined;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.end = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
  }

  get state(): ReaderState {
    return this.#state;
  }

  /** By how many journaled transactions the database is ahead. */
  get lag(): bigint {
    const lag = this.#parts.ownerWords.seq - BigInt(this.#parts.journal.lastSeq);
    return lag > 0n ? lag : 0n;
  }

  /** From now on the reader follows. Resolves when it shows what was settled at the call; the image may be older. In slices. */
  async start(): Promise<void> {
    const { link, follower, readerWords, ownerWords } = this.#parts;
    const { head } = ownerWords;
    link.follow(this);
    while (
      follower.position < head &&
      this.#failure === undefined &&
      !readerWords.isLetGo &&
      this.#reason === undefined
    ) {
      this.#apply(nowMs() + SLICE_MS.reading);
      await turn();
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#run();
  }

  /** Takes in all that is settled now, in this turn. O(what came). @throws DatabaseError what it could not apply. */
  advance(): void {
    requireNoneAsked('the reader');
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'closed') return;
    this.#parts.link.look();
    this.#apply(Number.POSITIVE_INFINITY);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when the reader shows all up to `seq`. Rejects with `READER_ENDED` when it never will. */
  async caughtUp(seq: number): Promise<void> {
    const { journal, link } = this.#parts;
    if (seq <= journal.lastSeq) return;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'closed') throw closed();
    this.#waitingCount++;
    link.keepAlive(true);
    try {
      const reached = journal.caughtUp(seq);
      this.#run();
      await reached;
    } finally {
      this.#waitingCount--;
      if (this.#waitingCount === 0) link.keepAlive(false);
    }
  }

  hear(message: ToReader): void {
    if (message.kind === 'segment') this.#takeSegment(message.segment);
    else if (message.kind === 'image') void this.#move(message);
    else if (message.kind === 'refused') this.#fail(new DatabaseError(message.code, message.what, message.facts));
    this.#run();
  }

  #takeSegment(segment: LogSegment): void {
    if (this.#newer === undefined) this.#parts.follower.add(segment);
    else this.#newer.segments.push(segment);
  }

  /** What is in shared memory can still be read. */
  ended(error: DatabaseError): void {
    this.#reason = error;
    if (this.#state === 'open') this.#state = 'ended';
    this.#tellEnded();
    this.#run();
  }

  close(): void {
    this.#state = 'closed';
    this.#parts.link.close();
    this.#parts.journal.waiters.reject(closed());
    this.#tellEnded();
  }

  get #wantsMore(): boolean {
    return this.#parts.isAutomatic || this.#waitingCount > 0;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#goOn().finally(() => {
      this.#isRunning = false;
    });
  }

  /** Never throws: what goes wrong ends the reader. */
  async #goOn(): Promise<void> {
    const { readerWords } = this.#parts;
    // Never in the turn of whoever called.
    await turn();
    while (this.#wantsMore && this.#state !== 'closed' && this.#failure === undefined && this.#newer === undefined) {
      this.#apply(nowMs() + SLICE_MS.reading);
      if (this.#canGoOn) {
        await turn();
        continue;
      }
      if (this.#reason !== undefined) return this.#parts.journal.waiters.reject(this.#reason);
      readerWords.waitForNews();
      // What came between the last look and the word: the database has not said it, and now need not.
      if (!(this.#canGoOn && readerWords.takeWaiting())) return;
      await turn();
    }
  }

  /** Whether there is more that can be read: the last look found something. */
  get #canGoOn(): boolean {
    const { follower, readerWords } = this.#parts;
    return (follower.hasMore && this.#hasRead) || (readerWords.isLetGo && !this.#hasAsked);
  }

  /** Applies what is there, whole transactions, until it is time. */
  #apply(untilMs: number): void {
    const { follower, journal, readerWords, ownerWords } = this.#parts;
    // An index of the reader's own may ask for it while a write is applied: that is half of a transaction.
    if (this.#newer !== undefined || this.#isApplying) return;
    // What is here of the old log may lie behind the image that comes: a reader never goes back.
    if (this.#hasAsked) return;
    if (readerWords.isLetGo) {
      this.#askAgain();
      return;
    }
    const { head } = ownerWords;
    try {
      for (;;) {
        const batch: StoredTransaction[] = [];
        while (batch.length < BATCH_COUNT) {
          const next = follower.next(head);
          if (next === undefined) break;
          batch.push(next);
        }
        this.#hasRead = batch.length > 0;
        if (batch.length === 0) return;
        this.#isApplying = true;
        journal.advance(batch);
        this.#isApplying = false;
        readerWords.position = follower.position;
        if (nowMs() >= untilMs) return;
      }
    } catch (error) {
      this.#isApplying = false;
      this.#fail(asFailure(error));
    }
  }

  /** The log is kept for this reader no longer. */
  #askAgain(): void {
    this.#hasAsked = true;
    this.#hasRead = false;
    this.#parts.link.askAgain();
  }

  async #move(place: Place): Promise<void> {
    const { difference, journal, follower, readerWords } = this.#parts;
    const newer = { place, segments: [...place.segments] };
    this.#newer = newer;
    try {
      const transaction = await difference(place.image);
      if (this.#state === 'closed') return;
      journal.advance([transaction]);
      follower.moveTo(place.position, newer.segments);
      readerWords.position = place.position;
    } catch (error) {
      this.#fail(asFailure(error));
    } finally {
      this.#newer = undefined;
      this.#hasAsked = false;
      this.#run();
    }
  }

  #fail(error: DatabaseError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#parts.link.close();
    this.#parts.journal.waiters.reject(error);
    if (this.#state === 'open') this.#state = 'ended';
    this.#tellEnded();
  }
}

function asFailure(error: unknown): DatabaseError {
  const what = `the reader could not apply what its database wrote: ${String(error)}`;
  return DatabaseError.is(error) ? error : new DatabaseError('READER_ENDED', what, {}, { cause: error });
}

function closed(): DatabaseError {
  return new DatabaseError('READER_ENDED', 'the reader was closed');
}
