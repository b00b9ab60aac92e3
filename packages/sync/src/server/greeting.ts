/** Whether a replica and this server belong together. */
import type { SyncPort } from '@nuthatch/runtime/sync';
import { MAGIC, type MessageOf, PROTOCOL_VERSION } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { Reject } from './reject.js';

/** As `randomUUID` makes it, or alike: it names records of the server. */
const CLIENT_ID = /^[\w-]{1,64}$/;

/** @throws Reject, or DatabaseError `PROTOCOL_VIOLATION`, for what is no replica of this application. */
export function requireOwnProtocol(
  { magic, version, application, clientId }: MessageOf<'hello'>,
  own: string | undefined,
): void {
  if (Buffer.compare(magic, MAGIC) !== 0) throw protocolViolation('HELLO does not begin with NUTS');
  if (version !== PROTOCOL_VERSION)
    throw new Reject('PROTOCOL_UNSUPPORTED', `this server speaks version ${PROTOCOL_VERSION}`);
  if (!CLIENT_ID.test(clientId)) throw protocolViolation('the client has no id of 1 to 64 letters, digits, - and _');
  if (own !== undefined && application !== own)
    throw new Reject('APPLICATION_MISMATCH', `this server belongs to the application ${own}`);
}

/** @throws Reject when the replica knows of answers that this server has no record of any more. */
export function requireKnownClient({ lastAnswered }: MessageOf<'hello'>, answered: number): void {
  if (lastAnswered <= answered) return;
  throw new Reject(
    'CLIENT_FORGOTTEN',
    'the server was told to forget this replica: it no longer knows what it answered',
  );
}

/** @returns whether the cursor still leads anywhere. @throws Reject when it is of another database or history. */
export function requireOwnHistory({ known }: MessageOf<'hello'>, port: SyncPort): boolean {
  if (known === undefined) return false;
  const { uuid, incarnation } = port.identity;
  if (!Buffer.from(uuid, 'hex').equals(known.uuid))
    throw new Reject('SERVER_FOREIGN', 'the replica belongs to another database');
  if (known.incarnation < incarnation)
    throw new Reject('SERVER_RESTORED', 'the database was restored from an earlier state since the last contact');
  if (known.incarnation > incarnation || known.cursor > port.deliveredSeq)
    throw new Reject('SERVER_ROLLED_BACK', 'the database is older than what the replica has seen of it');
  // The seqs are there again, with other transactions: an earlier state was put back, and has grown since.
  if (!port.hasHistory(Buffer.from(known.history).toString('hex'), known.cursor))
    throw new Reject('SERVER_ROLLED_BACK', 'the database has another history than what the replica has seen of it');
  return true;
}
