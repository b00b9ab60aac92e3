/**
 * Starts compaction by itself when its rule asks for it: after opening, whenever a batch has been written, and before
 * closing, so that short-lived processes come to it too. Never stops a write: a compaction that fails is reported and
 * tried again only when as much again has been written.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CompactionReport } from '../checkpoint/compaction.js';
import { type CompactionRule, dueInMs, isCompactionDue } from '../checkpoint/compaction-rule.js';
import type { FileJournal } from '../journal/file-journal.js';
import { laterByDate, type Timer } from '../time/real-time.js';

/** Longest time a timer can wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface AutomaticCompactionInput {
  readonly journal: FileJournal;
  readonly rule: CompactionRule;
  compact(): Promise<CompactionReport>;
  onCompacted(report: CompactionReport): void;
  onFailed(error: DatabaseError): void;
}

export class AutomaticCompaction {
  readonly #input: AutomaticCompactionInput;
  #running: Promise<void> | undefined;
  #isStopped = false;
  /** After a failure: not before this many bytes are to be replayed. */
  #notBeforeBytes = 0;
  #timer: Timer | undefined;

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
    if (!isCompactionDue(journal, rule)) {
      this.#wait();
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#wait();
    });
  }

  /**
   * Compacts once more if the rule asks for it, and then no more: for closing, once nothing is written any more. Never
   * rejects.
   */
  async finish(): Promise<void> {
    if (!this.#isStopped) this.check();
    this.stop();
    await this.#running;
  }

  /** Starts none any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    const { compact, onCompacted, onFailed } = this.#input;
    try {
      onCompacted(await compact());
    } catch (error) {
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
