/**
 * Numbers of a sequence for a replica to give out offline. They are taken out of the collection's own sequence in a
 * transaction before they are granted: so the journal knows them as used, and no number is granted twice, whatever dies.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Collection, SyncPort } from '@nuthatch/runtime/sync';
import { LIMITS } from '../protocol/limits.js';
import type { MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { Grant } from './grant.js';

/** Answers RANGE when the numbers are as durable as the database is; a count of 0 refuses. */
export async function grantRange(
  port: SyncPort,
  { request, collection: name, count }: MessageOf<'range'>,
  { write }: Grant,
): Promise<MessageOf<'ranged'>> {
  if (count < 1 || count > LIMITS.rangeCount)
    throw protocolViolation(`expected a range of 1 to ${LIMITS.rangeCount} numbers, found ${count}`);
  const collection = port.collections.get(name);
  const refused = { kind: 'ranged', request, collection: name, first: 0, count: 0 } as const;
  if (collection?.definition.model.key.generate !== 'sequence' || write === false) return refused;
  if (collection.lastInSequence > Number.MAX_SAFE_INTEGER - count) return refused;
  const first = await port.replicate((sync) => {
    const next = collection.lastInSequence + 1;
    collection.useSequenceUpTo(sync.transaction, next + count - 1);
    return next;
  });
  return { kind: 'ranged', request, collection: name, first, count };
}

/**
 * An id of a sequence that a replica inserts must have been given out by this server: else one insert could use up all
 * numbers there are.
 *
 * @throws DatabaseError `KEY_NOT_GRANTED`.
 */
export function requireGrantedKey(collection: Collection, key: unknown): void {
  if (collection.definition.model.key.generate !== 'sequence') return;
  if (Number(key) <= collection.lastInSequence) return;
  const { name, lastInSequence: last } = collection;
  const what = `the id ${String(key)} of ${name} is beyond ${last}, the last number that was given out`;
  throw new DatabaseError('KEY_NOT_GRANTED', what, { collection: name, key, last });
}
