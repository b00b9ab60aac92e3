/** Asking an engine that may be silent for a while. */
import { DatabaseError } from '@nuthatch/model';
import { nowMs } from '@nuthatch/runtime/cluster';
import { Pause } from './pause.js';

/** What the engine throws is its silence; what the frames say is final. */
export function isFatal(error: unknown): error is DatabaseError {
  return DatabaseError.is(error) && error.code !== 'JOURNAL_UNREACHABLE';
}

/**
 * Asks again, with pauses, until there is an answer.
 *
 * @throws DatabaseError `JOURNAL_UNREACHABLE` when there is none for so long; what is final.
 */
export async function answered<T>(
  ask: () => Promise<T>,
  unreachableMs: number,
  description: string,
  pause: Pause = new Pause(),
): Promise<T> {
  const endMs = nowMs() + unreachableMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isFatal(error)) throw error;
      if (nowMs() > endMs) throw unreachable(description, 'read', error);
      await pause.backOff();
    }
  }
}

export function unreachable(
  description: string,
  operation: string,
  cause: unknown,
  isOutcomeUnknown = false,
): DatabaseError {
  const what = `${description} gives no answer: ${operation} failed${causeText(cause)}`;
  return new DatabaseError(
    'JOURNAL_UNREACHABLE',
    what,
    { journal: description, operation, isOutcomeUnknown },
    { cause },
  );
}

function causeText(cause: unknown): string {
  const { code, message } = Object(innermost(cause)) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string' && code !== '') return ` with ${code}`;
  return typeof message === 'string' && message !== '' ? `: ${message}` : '';
}

/** A driver that has asked several servers has an error of each, and a message with their stacks. */
function innermost(cause: unknown): unknown {
  const { innerErrors } = Object(cause) as { readonly innerErrors?: unknown };
  const [first] = Object.values(Object(innerErrors) as object) as readonly unknown[];
  return first ?? cause;
}
