/** What `authenticate` answers, held against what a user is. */
import { DatabaseError } from '@nuthatch/model';
import { LIMITS } from '../protocol/limits.js';
import type { SyncUser } from './policy.js';

/**
 * @returns undefined for an answer that names nobody.
 * @throws DatabaseError `INVALID_OPTION` for a name that is too long, or an end that is no time: it would never come.
 */
export function checkedUser(answer: SyncUser | undefined): SyncUser | undefined {
  if (typeof answer?.id !== 'string' || answer.id === '') return undefined;
  if (Buffer.byteLength(answer.id) > LIMITS.nameBytes)
    throw wrong(`an id of at most ${LIMITS.nameBytes} bytes, found ${Buffer.byteLength(answer.id)}`);
  const endsMs: unknown = answer.expiresAtMs;
  if (endsMs === undefined || (typeof endsMs === 'number' && !Number.isNaN(endsMs))) return answer;
  throw wrong(`expiresAtMs as a number of epoch milliseconds or left out, found ${String(endsMs)}`);
}

function wrong(what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `authenticate must give ${what}`, { option: 'authenticate' });
}
