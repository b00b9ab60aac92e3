/** Listeners to the life of a database. One that throws does not stop the others. */

import { DatabaseError } from '@nuthatch/model';
import type { CompactionReport } from '../checkpoint/compaction.js';
import type { MemoryPressure } from '../commit/memory-limit.js';
import { showValue } from '../definition/show-value.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import { requireListener, type Subscription } from '../feed/change-feed.js';
import type { ClockJump } from '../journal/journal-clock.js';
import { tell, warnOfListener } from '../structures/told.js';
import type { ImageLeft } from './automatic-compaction.js';
import { CLOCK_JUMP, FAILURE, LISTENER_ERROR } from './diagnostics.js';

export interface DatabaseEventMap {
  /** The journal failed; the error carries the cause. Said once. */
  readonly failed: DatabaseError;
  readonly closed: undefined;
  /** An automatic compaction is done. */
  readonly compacted: CompactionReport;
  /** An automatic compaction failed; writes go on, and it is tried again when as much again has been written. */
  readonly compactionFailed: DatabaseError;
  /**
   * Closing wrote no image of the documents although the next opening would be quicker with it: it took longer than
   * `closeBudgetMs`, or a second signal came. Nothing is lost; the next process writes it in a quiet moment.
   */
  readonly imageLeft: ImageLeft;
  /** The machine's clock was set by a minute or more, or the machine slept; noticed at the next write. */
  readonly clockJumped: ClockJump;
  /** Four fifths of `maxMemoryBytes` are in use; said again after it was below seven tenths. */
  readonly memoryPressure: MemoryPressure;
  /** A listener, or the promise it answered, failed with this, or a plug-in index that kept a document from expiring. Without a listener to this event the error becomes a process warning. */
  readonly listenerError: unknown;
}

const EVENTS: Readonly<Record<keyof DatabaseEventMap, true>> = {
  failed: true,
  closed: true,
  compacted: true,
  compactionFailed: true,
  imageLeft: true,
  clockJumped: true,
  memoryPressure: true,
  listenerError: true,
};

type Listener = (value: never) => void;

export class DatabaseEvents {
  readonly #listeners = new Map<keyof DatabaseEventMap, Set<Listener>>();
  /** In whose name diagnostics are published; set before anything can happen to the database. */
  source: DatabaseSource | undefined;

  /** @throws DatabaseError `INVALID_OPTION` for an event there is not, or a listener that is not a function. */
  on<E extends keyof DatabaseEventMap>(event: E, listener: (value: DatabaseEventMap[E]) => void): Subscription {
    requireListener(listener);
    if (typeof event !== 'string' || !Object.hasOwn(EVENTS, event)) {
      const what = `there is no event ${showValue(event)}; there are change, insert, update, delete, ${Object.keys(EVENTS).join(', ')}`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'event' });
    }
    let listeners = this.#listeners.get(event);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(event, listeners);
    }
    // A wrapper of its own: the same function may listen twice and leave once.
    const own = ((value: DatabaseEventMap[E]) => listener(value)) as Listener;
    listeners.add(own);
    const unsubscribe = (): void => void listeners.delete(own);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  emit<E extends keyof DatabaseEventMap>(event: E, value: DatabaseEventMap[E]): void {
    this.#publish(event, value);
    const listeners = this.#listeners.get(event) ?? [];
    if (event === 'listenerError' && [...listeners].length === 0) warnOfListener(value);
    // A listener to errors that fails itself is reported to the process, or it would be told of itself forever.
    const onError = event === 'listenerError' ? warnOfListener : (error: unknown) => this.emit('listenerError', error);
    for (const listener of listeners) tell(() => (listener as (value: DatabaseEventMap[E]) => unknown)(value), onError);
  }

  #publish(event: keyof DatabaseEventMap, value: unknown): void {
    const database = this.source;
    if (database === undefined) return;
    if (event === 'failed' && FAILURE.hasSubscribers) FAILURE.publish({ database, error: value as DatabaseError });
    else if (event === 'listenerError' && LISTENER_ERROR.hasSubscribers)
      LISTENER_ERROR.publish({ database, error: value });
    else if (event === 'clockJumped' && CLOCK_JUMP.hasSubscribers)
      CLOCK_JUMP.publish({ database, jump: value as ClockJump });
  }

  /** Calls what may throw; an error becomes a process warning. */
  isolate(call: () => unknown): void {
    tell(call, warnOfListener);
  }
}
