import { DatabaseError, type ErrorFacts } from '@nuthatch/model';

/** The other side broke the protocol: the connection is closed, nothing of the message is applied. */
export function protocolViolation(what: string, facts: ErrorFacts = {}): DatabaseError {
  return new DatabaseError('PROTOCOL_VIOLATION', what, facts);
}
