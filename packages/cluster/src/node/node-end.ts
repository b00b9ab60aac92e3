/**
 * How a node ends: it fails, or it closes. What has failed stays so; whoever waits is told, in this order: the database, which
 * takes back what is not settled, then callers.
 */
import { DatabaseError } from '@nuthatch/model';
import { databaseFailed, type SharedJournalListener, soon } from '@nuthatch/runtime/cluster';
import { unreachable } from './answered.js';
import type { NodeParts } from './node-parts.js';
import { asFailure } from './waiting-part.js';

export class NodeEnd {
  #failure: DatabaseError | undefined;
  /** Writes are refused; those that wait still go to the engine. */
  isClosing = false;
  /** Nothing is followed any more. */
  isEnded = false;

  get failure(): DatabaseError | undefined {
    return this.#failure;
  }

  /** For callers, once it has failed. */
  failed(): DatabaseError {
    const failure = this.#failure!;
    return databaseFailed(failure, failure.facts);
  }

  /** @throws DatabaseError `DATABASE_FAILED`. */
  requireSound(): void {
    if (this.#failure !== undefined) throw this.failed();
  }

  fail({ sending, waiting, waiters, quiet, pause }: NodeParts, cause: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asFailure(cause);
    const { isOutcomeUnknown } = sending;
    this.#failure = failure;
    waiting.drafts.clear();
    sending.forget();
    tell(waiting, (listener) => listener.failed(failure, isOutcomeUnknown));
    waiters.reject(this.failed());
    quiet.reject(this.failed());
    pause.end();
  }
}

/** An error of the listener is not one of the engine: it goes to the process. */
export function tell(
  { listener }: { readonly listener: SharedJournalListener | undefined },
  say: (listener: SharedJournalListener) => void,
): void {
  if (listener === undefined) return;
  try {
    say(listener);
  } catch (error) {
    soon(() => {
      throw error;
    });
  }
}

/** The engine gives no answer. */
export function silent({ engine, sending }: NodeParts, operation: string, cause: unknown): DatabaseError {
  const isOutcomeUnknown = operation === 'close' && sending.isOutcomeUnknown;
  return unreachable(engine.description, operation, cause, isOutcomeUnknown);
}

export function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'the database is closed');
}
