/**
 * Deletes documents whose time has come, in transactions of origin `expiry`, at most 5 ms of work at a time.
 * A document is readable until it is deleted: within about a millisecond of its expiry while the loop is free.
 */

import type { Collection } from '../collection/collection.js';
import type { ExpiryItem, ExpiryQueue } from '../collection/writing/expiry-queue.js';
import type { CommitPath } from '../commit/commit-path.js';
import { SLICE_MS, SliceClock } from '../scheduling/slice-clock.js';
import type { StoreKey } from '../structures/store-key.js';
import { type Clock, DATE_CLOCK } from '../time/clock.js';
import type { Timer } from '../time/real-time.js';

/** Documents deleted per transaction at most. */
const BATCH_COUNT = 64;
/** A document that could not be deleted is tried again this often. */
const RETRY_MS = 60_000;

interface Refusal {
  readonly item: ExpiryItem<Collection>;
  readonly error: unknown;
}

export class ExpiryTimer {
  readonly #queue: ExpiryQueue<Collection>;
  readonly #commitPath: CommitPath;
  #timer: Timer | undefined;
  /** A sweep comes in the next turn. */
  #isSweepDue = false;
  #isStopped = false;
  readonly #onRefused: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #retryMs: number;
  readonly #putAsides = new Set<Timer>();
  /** Documents that are put aside, with the expiry that was refused. */
  readonly #aside = new Map<Collection, Map<StoreKey, number>>();

  /** @param onRefused called with the error that kept a document from being deleted. */
  constructor(
    queue: ExpiryQueue<Collection>,
    commitPath: CommitPath,
    onRefused: (error: unknown) => void,
    clock: Clock = DATE_CLOCK,
    retryMs: number = RETRY_MS,
  ) {
    this.#clock = clock;
    this.#queue = queue;
    this.#commitPath = commitPath;
    this.#onRefused = onRefused;
    this.#retryMs = retryMs;
    queue.onSooner = () => this.#schedule();
  }

  /** Deletes what expired while the database was closed, then goes on by the clock. */
  start(): void {
    this.#sweep();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const again of this.#putAsides) again.cancel();
  }

  #schedule(): void {
    // A journal that has failed takes no delete: the documents expire after reopening.
    if (this.#isStopped || this.#commitPath.state !== 'open') return;
    this.#timer?.cancel();
    const { soonest } = this.#queue;
    if (soonest === undefined) return;
    const waitMs = Math.min(this.#clock.longestWaitMs, soonest - this.#clock.now());
    if (waitMs <= 0) {
      // A turn, not a timer: a timer whose time has passed may run before file operations get a turn.
      if (this.#isSweepDue) return;
      this.#isSweepDue = true;
      this.#clock.afterTurn(() => {
        this.#isSweepDue = false;
        this.#sweep();
      });
      return;
    }
    this.#timer = this.#clock.later(() => this.#sweep(), waitMs);
  }

  /**
   * A plug-in index, a getter or a document that refers to it refuses the delete: the others go on, this one is tried
   * again, and it is said each time.
   */
  #putAside({ item, error }: Refusal): void {
    this.#onRefused(error);
    const { collection, key, expiresAt } = item;
    // What was taken back is queued again at once.
    const aside = this.#aside.get(collection) ?? new Map<StoreKey, number>();
    this.#aside.set(collection, aside.set(key, expiresAt));
    const again = this.#clock.later(() => {
      this.#putAsides.delete(again);
      if (aside.get(key) === expiresAt) aside.delete(key);
      this.#queue.add(item.collection, item.key, item.expiresAt);
    }, this.#retryMs);
    this.#putAsides.add(again);
  }

  #sweep(): void {
    const clock = new SliceClock(SLICE_MS.writing);
    while (
      !this.#isStopped &&
      this.#commitPath.state === 'open' &&
      (this.#queue.soonest ?? Infinity) <= this.#clock.now() &&
      !clock.isOver()
    ) {
      let refused: Refusal | undefined;
      let isReferenced = false;
      const taken: ExpiryItem<Collection>[] = [];
      const swept = this.#commitPath.run((transaction) => {
        transaction.origin = 'expiry';
        // The clock is looked at before each: 64 deletes with many indexes can take longer than a slice.
        for (let count = 0; count < BATCH_COUNT && (count === 0 || !clock.isOver()); count++) {
          const item = this.#queue.takeDue(this.#clock.now());
          if (item === undefined) break;
          const { collection, key, expiresAt } = item;
          if (!collection.isDueAt(key, expiresAt) || this.#aside.get(collection)?.get(key) === expiresAt) continue;
          try {
            collection.remove(transaction, collection.store.get(key)!);
          } catch (error) {
            refused = { item, error };
            throw error;
          }
          taken.push(item);
        }
        isReferenced = true;
        this.#commitPath.references?.(transaction);
        isReferenced = false;
      }, false);
      if (refused !== undefined) this.#putAside(refused);
      // One of them is held by what refers to it: the others go.
      if (isReferenced) for (const item of taken) this.#deleteAlone(item);
      // A failed journal is reported by the database itself; the documents stay and expire after reopening.
      swept.catch(() => undefined);
    }
    this.#schedule();
  }

  #deleteAlone(item: ExpiryItem<Collection>): void {
    const { collection, key, expiresAt } = item;
    let refused: Refusal | undefined;
    const swept = this.#commitPath.run((transaction) => {
      transaction.origin = 'expiry';
      // What one before it took along is gone.
      if (!collection.isDueAt(key, expiresAt)) return;
      try {
        collection.remove(transaction, collection.store.get(key)!);
        this.#commitPath.references?.(transaction);
      } catch (error) {
        refused = { item, error };
        throw error;
      }
    }, false);
    if (refused !== undefined) this.#putAside(refused);
    swept.catch(() => undefined);
  }
}
