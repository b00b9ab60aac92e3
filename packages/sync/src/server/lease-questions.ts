/** What a replica asks of leases, answered: CHECKOUT, RENEW, CHECKIN, LEASES, BREAK. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection, SyncPort } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { WireKey } from '../protocol/wire-key.js';
import { type Grant, mayRead } from './grant.js';
import type { LeaseHolder, LeaseRecord, Leases } from './leases.js';

export type LeaseQuestion = MessageOf<'checkOut' | 'renew' | 'checkIn' | 'leases' | 'breakLease'>;
type LeaseAnswer = MessageOf<'lease'> | MessageOf<'holders'>;

export interface LeaseDesk {
  readonly port: SyncPort;
  readonly leases: Leases;
  readonly holder: LeaseHolder;
  grantOf(collection: string): Grant;
}

/** A refusal is an answer, too. @throws DatabaseError `PROTOCOL_VIOLATION`, `DATABASE_FAILED`. */
export async function answerLeases(desk: LeaseDesk, question: LeaseQuestion): Promise<LeaseAnswer> {
  const { request } = question;
  try {
    if (question.kind === 'leases') return holdersOf(desk, question);
    return granted(request, await answer(desk, question));
  } catch (error) {
    if (!DatabaseError.is(error) || !REFUSALS.has(error.code)) throw error;
    const { code, message } = error;
    return { kind: 'lease', request, status: 'refused', code, message, fence: 0, untilMs: 0, leases: [] };
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'DOCUMENT_NOT_FOUND',
  'FORBIDDEN',
  'INVALID_OPTION',
  'LEASE_ENDED',
  'LEASE_HELD',
]);

async function answer(
  desk: LeaseDesk,
  question: Exclude<LeaseQuestion, { readonly kind: 'leases' }>,
): Promise<readonly LeaseRecord[]> {
  const { leases, holder } = desk;
  switch (question.kind) {
    case 'checkOut': {
      const collection = writable(desk, question.collection);
      for (const key of question.keys) requireReadable(desk, collection, key);
      if (question.keys.length === 0) throw protocolViolation('a check-out names no key');
      return leases.grant(collection, question.keys, holder, question.untilMs);
    }
    case 'renew':
      return leases.renew(question.fence, holder.clientId, question.untilMs);
    case 'checkIn':
      return leases.end(question.fence, holder.clientId);
    case 'breakLease': {
      const { name } = writable(desk, question.collection);
      if (!desk.grantOf(name).mayBreakLeases)
        throw new DatabaseError('FORBIDDEN', `the user may not break leases of ${name}`, { collection: name });
      await leases.break(name, question.key);
      return [];
    }
  }
}

function granted(request: number, leases: readonly LeaseRecord[]): MessageOf<'lease'> {
  const [first] = leases;
  return {
    ...{ kind: 'lease', request, status: 'granted', code: '', message: '' },
    ...{ fence: first?.fence ?? 0, untilMs: first?.untilMs ?? 0 },
    leases: leases.map(({ collection, key }) => ({ collection, key, put: undefined })),
  };
}

function holdersOf(desk: LeaseDesk, { request, collection: name }: MessageOf<'leases'>): LeaseAnswer {
  const seen = desk.leases.live(name).filter(({ key }) => isReadable(desk, name, key));
  const holders = seen.map(({ key, user, fence, sinceMs, untilMs }) => ({ key, user, fence, sinceMs, untilMs }));
  return { kind: 'holders', request, holders };
}

/** Of holders that waited for their turn, those that the user may still see: rights and documents may have changed meanwhile. */
export function stillVisible(
  desk: LeaseDesk,
  collection: string,
  { holders, ...answer }: MessageOf<'holders'>,
): MessageOf<'holders'> {
  return { ...answer, holders: holders.filter(({ key }) => isReadable(desk, collection, key)) };
}

function isReadable({ port, grantOf }: LeaseDesk, name: string, key: WireKey): boolean {
  const collection = port.collections.get(name);
  const slot = collection?.store.get(key);
  return slot !== undefined && mayRead(grantOf(name), key, collection!.store.documentOf(slot));
}

function writable({ port, grantOf }: LeaseDesk, name: string): Collection {
  const collection = port.collections.get(name);
  if (collection !== undefined && grantOf(name).write !== false) return collection;
  throw new DatabaseError('FORBIDDEN', `the user may write nothing of ${name}`, { collection: name });
}

/** What the user may not read is not there for it. */
function requireReadable({ grantOf }: LeaseDesk, collection: Collection, key: WireKey): void {
  const { name, store, keys } = collection;
  if (!keys.isStoreKey(key)) throw protocolViolation(`a key of ${name} has another type than its class says`);
  const slot = store.get(key);
  if (slot !== undefined && mayRead(grantOf(name), key, store.documentOf(slot))) return;
  throw new DatabaseError('DOCUMENT_NOT_FOUND', `${name} has no document of that key`, { collection: name });
}
