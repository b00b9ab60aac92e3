/**
 * Starts compaction by itself when its rule asks for it: after opening, whenever a batch has been written, and before
 * closing, so that short-lived processes come to it too; when many bytes of cold documents are in memory; and in quiet moments and at closing when an image would make the next
 * opening quick. Never stops a write: a compaction that fails is reported and
 * tried again only when as much again has been written.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CompactionReport } from '../checkpoint/compaction.js';
import { type CompactionRule, dueInMs, isCompactionDue, isDueByAge, isLookDue } from '../checkpoint/compaction-rule.js';
import { GivenUp } from '../checkpoint/given-up.js';
import { expectedImageMs, type ImageRule, isColdDue, isImageWorthIt } from '../checkpoint/image-rule.js';
import type { FileJournal } from '../journal/file-journal.js';
import { later, laterByDate, nowMs, type Timer } from '../time/real-time.js';

/** Longest time a timer can wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
/** A moment is quiet when nothing was written for so long. */
const QUIET_MS = 1_000;

/** An image that would have made the next opening quick, and was not written at closing. */
export interface ImageLeft {
  /** `budget`: `closeBudgetMs` is over, or would have been; `signal`: a second signal came. */
  readonly reason: 'budget' | 'signal';
  /** How long writing it is expected to take. */
  readonly expectedMs: number;
  /** How long it was tried; 0: it was not begun. */
  readonly durationMs: number;
}

/**
 * What may be written: a whole snapshot, or what changed since the last one. `either`: the changes where they are few; `saving`: where
 * they are besides half as long as what an opening reads now, else all; `look`: as `saving`, else nothing.
 */
export type CompactionForm = 'whole' | 'either' | 'saving' | 'look';

export interface AutomaticCompactionInput {
  readonly journal: FileJournal;
  readonly rule: CompactionRule;
  readonly imageRule: ImageRule;
  /** Bytes of cold documents that are in memory. O(collections). */
  coldBytes(): number;
  /**
   * @param isGivenUp whether it is no longer wanted.
   * @returns undefined when a look found nothing worth its while.
   */
  compact(form: CompactionForm, isGivenUp?: () => boolean): Promise<CompactionReport | undefined>;
  onCompacted(report: CompactionReport): void;
  onImageLeft(left: ImageLeft): void;
  onFailed(error: DatabaseError): void;
}

export class AutomaticCompaction {
  readonly #input: AutomaticCompactionInput;
  #running: Promise<void> | undefined;
  #isStopped = false;
  /** After a failure: not before this many bytes are to be replayed. */
  #notBeforeBytes = 0;
  /** At the last look that found nothing; 0 after a compaction. */
  #lookedBytes = 0;
  #timer: Timer | undefined;
  /** Comes when nothing may have been written for a while. */
  #quietTimer: Timer | undefined;
  #lastBatchMs = 0;
  /** The image of closing is being written. */
  #isAtClosing = false;
  #isGivenUp = false;
  #wasGivenUp = false;

  constructor(input: AutomaticCompactionInput) {
    this.#input = input;
  }

  /** Looks once now and then after every batch. */
  start(): void {
    this.#input.journal.onBatch(() => this.check());
    this.check();
  }

  /** Starts one when the rule asks for it and none is running. O(1); what it starts runs in the background. */
  check(): void {
    if (this.#isStopped || this.#running !== undefined) return;
    const { journal, rule } = this.#input;
    if (this.#replayBytes() < this.#notBeforeBytes) return;
    if (isColdDue(journal, this.#input.coldBytes()) || isDueByAge(journal, rule)) this.#start('whole');
    else if (isCompactionDue(journal, rule)) this.#start('either');
    else if (isLookDue(journal, rule, this.#lookedBytes)) this.#start('look');
    else {
      this.#wait();
      this.#waitForQuiet();
    }
  }

  #start(form: CompactionForm, isGivenUp?: () => boolean): void {
    this.#running = this.#run(form, isGivenUp).finally(() => {
      this.#running = undefined;
      this.#wait();
    });
  }

  /** Asked after each batch: one timer at a time, which looks when it comes how long it has been quiet. */
  #waitForQuiet(): void {
    this.#lastBatchMs = nowMs();
    if (this.#quietTimer === undefined && isImageWorthIt(this.#input.journal, this.#input.imageRule, 'quiet'))
      this.#lookForQuietIn(QUIET_MS);
  }

  #lookForQuietIn(waitMs: number): void {
    this.#quietTimer = later(() => {
      this.#quietTimer = undefined;
      const { journal, imageRule } = this.#input;
      if (this.#isStopped || this.#running !== undefined || !isImageWorthIt(journal, imageRule, 'quiet')) return;
      const quietMs = nowMs() - this.#lastBatchMs;
      if (quietMs < QUIET_MS || journal.isBusy) this.#lookForQuietIn(Math.max(1, QUIET_MS - quietMs));
      else this.#start('saving');
    }, waitMs);
  }

  /**
   * Compacts once more if the rule asks for it, and then no more: for closing, once nothing is written any more. Never
   * rejects.
   */
  async finish(): Promise<void> {
    // One that is running may have begun before the last writes.
    await this.#running;
    const { journal, rule, imageRule } = this.#input;
    const isDue = this.#replayBytes() >= this.#notBeforeBytes && isCompactionDue(journal, rule);
    if (!this.#isStopped && (isDue || isImageWorthIt(journal, imageRule, 'closing')))
      await this.#compactInBudget(isDueByAge(journal, rule) ? 'whole' : 'saving');
    this.stop();
  }

  /** The last one, as long as closing may take. */
  async #compactInBudget(form: CompactionForm): Promise<void> {
    const { journal, imageRule, onImageLeft } = this.#input;
    const { closeBudgetMs } = imageRule;
    const expectedMs = expectedImageMs(journal);
    if (expectedMs > closeBudgetMs) {
      onImageLeft({ reason: 'budget', expectedMs, durationMs: 0 });
      return;
    }
    const startMs = nowMs();
    const isOver = (): boolean => nowMs() - startMs > closeBudgetMs;
    this.#isAtClosing = true;
    this.#start(form, () => this.#isGivenUp || isOver());
    await this.#running;
    this.#isAtClosing = false;
    if (this.#wasGivenUp)
      onImageLeft({ reason: this.#isGivenUp ? 'signal' : 'budget', expectedMs, durationMs: nowMs() - startMs });
  }

  /** Closing is to be quick now. @returns whether that makes a difference: an image is being written for it. */
  giveUp(): boolean {
    if (!this.#isAtClosing || this.#isGivenUp) return false;
    this.#isGivenUp = true;
    return true;
  }

  /** Starts none any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#quietTimer?.cancel();
  }

  async #run(form: CompactionForm, isGivenUp: (() => boolean) | undefined): Promise<void> {
    const { compact, onCompacted, onFailed } = this.#input;
    try {
      const report = await compact(form, isGivenUp);
      this.#lookedBytes = report === undefined ? this.#replayBytes() : 0;
      if (report !== undefined) onCompacted(report);
    } catch (error) {
      if (error instanceof GivenUp) {
        this.#wasGivenUp = true;
        return;
      }
      // A journal that has failed or is closed says so itself.
      if (DatabaseError.is(error, 'DATABASE_FAILED') || DatabaseError.is(error, 'DATABASE_CLOSED')) return this.stop();
      this.#notBeforeBytes = 2 * Math.max(1, this.#replayBytes());
      onFailed(error as DatabaseError);
    }
  }

  #replayBytes(): number {
    return this.#input.journal.checkpointPort.log.backlog.byteCount;
  }

  /** By age it may come due without a write. One timer at a time, which keeps no process alive. */
  #wait(): void {
    const { journal, rule } = this.#input;
    if (this.#isStopped || this.#timer !== undefined) return;
    const waitMs = dueInMs(journal, rule);
    if (waitMs === undefined) return;
    this.#timer = laterByDate(
      () => {
        this.#timer = undefined;
        this.check();
      },
      Math.min(waitMs + 1, LONGEST_WAIT_MS),
    );
  }
}
