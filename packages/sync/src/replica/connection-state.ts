/** States of a replica's connection, and which of them a refusal of the server leads to. */
import { DatabaseError, type ErrorCode } from '@nuthatch/model';

/**
 *   offline ─▶ greeting ─▶ catching up ─▶ live ─▶ offline
 *                   └─REJECT▶ offline, or one of those that only the application can end
 */
export type ConnectionState =
  | 'offline'
  | 'greeting'
  | 'catching up'
  | 'live'
  | 'foreign'
  | 'other application'
  | 'restored'
  | 'rolled back'
  | 'upgrade required'
  | 'needs token'
  | 'replaced'
  | 'forgotten'
  | 'closed';

/** Refusals after which trying again would change nothing. */
const ENDINGS: ReadonlyMap<ErrorCode, ConnectionState> = new Map([
  ['SERVER_FOREIGN', 'foreign'],
  ['APPLICATION_MISMATCH', 'other application'],
  ['SERVER_RESTORED', 'restored'],
  ['SERVER_ROLLED_BACK', 'rolled back'],
  ['PROTOCOL_UNSUPPORTED', 'upgrade required'],
  ['UPGRADE_REQUIRED', 'upgrade required'],
  ['UNAUTHENTICATED', 'needs token'],
  ['REPLACED', 'replaced'],
  ['CLIENT_FORGOTTEN', 'forgotten'],
]);

export interface Ending {
  readonly state: ConnectionState;
  readonly error: DatabaseError;
}

/** The final meaning of a refusal; undefined when trying again later may help. */
export function endingOf(code: string, message: string): Ending | undefined {
  const state = ENDINGS.get(code as ErrorCode);
  return state === undefined ? undefined : { state, error: new DatabaseError(code as ErrorCode, message) };
}
