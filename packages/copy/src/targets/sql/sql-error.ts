/** Errors of drivers → coded errors. Messages of drivers name hosts and users, never passwords. */
import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import { driverText } from '../../driver-text.js';

const UNREACHABLE =
  /^(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|08|57P0|PROTOCOL_|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED)/;
const UNREACHABLE_TEXT =
  /^connect |connection terminated|connection ended|timeout acquiring a connection|server closed the connection|not queryable|closed state|connection was killed/i;
const DENIED =
  /^(28|42501|25006|3D000|ER_(DB)?ACCESS_DENIED|ER_BAD_DB|ER_SPECIFIC_ACCESS|ER_OPTION_PREVENTS|ER_CANT_EXECUTE_IN_READ_ONLY|SQLITE_(AUTH|PERM|READONLY|CANTOPEN))/;
/** Deadlocks and locks that are not had in time. */
const BUSY = /^(40001|40P01|55P03|ER_LOCK_|SQLITE_(BUSY|LOCKED))/;
const REFUSED = /^(22|54000|ER_DATA|ER_WARN_DATA|ER_TRUNCATED|ER_NET_PACKET_TOO_LARGE|SQLITE_(MISMATCH|TOOBIG))/;

/**
 * @param what what was under way, as in `while player was written`.
 * @returns the error itself when it is a DatabaseError.
 */
export function copyError(error: unknown, target: string, what: string, facts: object = {}): DatabaseError {
  if (DatabaseError.is(error)) return error;
  const { code } = Object(error) as { code?: unknown };
  const driverCode = typeof code === 'string' ? code : undefined;
  const text = driverText(error);
  return new DatabaseError(
    codeOf(driverCode ?? '', text),
    `${target} ${what}: ${text}`,
    { target, ...facts, ...(driverCode !== undefined && { driverCode }) },
    { cause: error },
  );
}

function codeOf(driverCode: string, text: string): ErrorCode {
  if (DENIED.test(driverCode)) return 'COPY_ACCESS_DENIED';
  if (UNREACHABLE.test(driverCode) || UNREACHABLE_TEXT.test(text)) return 'COPY_TARGET_UNREACHABLE';
  if (BUSY.test(driverCode)) return 'COPY_TARGET_BUSY';
  return REFUSED.test(driverCode) ? 'COPY_VALUE_REFUSED' : 'COPY_FAILED';
}
