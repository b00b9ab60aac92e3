/**
 * Applies one effect of a pushed transaction. Everything is checked again, in this order: that the message makes sense, that the
 * user may know the document, that nothing it rests on has changed, and that the user and the class let it be written.
 */
import { DatabaseError } from '@nuthatch/model';
import { type Collection, expiryOf, type SyncTransaction } from '@nuthatch/runtime/sync';
import type { IncomingDocuments } from '../documents/incoming-documents.js';
import type { WireEffect } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { requireOwnBlobs } from './blob-rights.js';
import type { Grant } from './grant.js';
import { mayRead } from './grant.js';
import { requireGrantedKey } from './key-ranges.js';
import type { NamedDocuments } from './named-documents.js';
import type { PushContext } from './push-context.js';
import { requireBase, requireSame } from './pushed-base.js';
import { requireNotReleased, STEPS, takeStep } from './pushed-steps.js';
import { requireMayExpire, requireWritable } from './pushed-writes.js';

/** Last instant of a Date: ECMA-262, 21.4.1.1. */
const MAX_TIME_MS = 8.64e15;

/** @param inserted documents that the transaction has made. @throws DatabaseError why the effect is refused. */
export function applyEffect(
  context: PushContext,
  sync: SyncTransaction,
  effect: WireEffect,
  inserted: NamedDocuments,
): void {
  const { port, answers, incoming, grantOf } = context;
  const name = incoming.collectionOf(effect.modelId);
  const collection = port.collections.get(name);
  if (collection === undefined)
    throw new DatabaseError('FORBIDDEN', `the server has no collection ${name}`, { collection: name });
  const { key, after } = effect;
  if (after > answers.answered)
    throw protocolViolation(`an effect rests on transaction ${after}, which is not answered`);
  if (!collection.keys.isStoreKey(key))
    throw protocolViolation(`a key of ${name} has another type than its class says`);
  const grant = grantOf(name);
  const slot = collection.store.get(key);
  const held = slot === undefined ? undefined : collection.store.documentOf(slot);
  const before = answers.of(after);
  // An effect carries its whole document: where the last edit stays, it rests on nothing.
  const isLastWrite = collection.definition.model.sync === 'lastWrite';
  if (!isLastWrite && after > 0 && before !== undefined && before.outcome !== 'accepted')
    throw new DatabaseError('REVISION_MISMATCH', `it depends on transaction ${after}, which was not accepted`, {
      collection: name,
      key: collection.publicKey(key),
    });
  if (held !== undefined && grant.read !== undefined && !mayRead(grant, key, held))
    throw notGranted(collection, effect);
  const sent = effect.kind === 'put' ? documentOf(collection, incoming, effect) : undefined;
  // Creating a document needs no lease, and neither does what its transaction goes on to do with it.
  if (held === undefined) inserted.add(name, key);
  else if (!inserted.has(name, key)) context.leases.requireMayEdit(collection, key, context.clientId, effect.fence);
  const revision = slot === undefined ? 0 : collection.store.revisionOf(slot);
  if (!isLastWrite) {
    requireNotReleased(collection, effect, revision);
    requireBase(collection, effect, revision);
    if (held !== undefined) requireSame(context, collection, effect, held);
  }
  if (effect.kind !== 'put' && effect.kind !== 'delete') {
    requireWritable(collection, grant, key, held, held, context.onPolicyError, STEPS[effect.kind]);
    takeStep(collection, sync.transaction, effect);
    return;
  }
  if (sent !== undefined) requireOwnBlobs(context, collection, held, sent);
  const document = sent && withHidden(collection, grant, held, sent);
  if (document !== undefined) requireValid(collection, document);
  requireWritable(collection, grant, key, held, document, context.onPolicyError);
  if (slot === undefined && document !== undefined) requireGrantedKey(collection, key);
  if (document === undefined) sync.remove(collection, key);
  else if (effect.kind === 'put') {
    const expiresAt = expiryAt(collection, document, effect.expiresAtMs);
    if (slot !== undefined && held !== undefined && collection.definition.model.expires === undefined)
      requireMayExpire(
        collection,
        grant,
        key,
        held,
        collection.store.expiresAtOf(slot),
        expiresAt,
        context.onPolicyError,
      );
    // From whom fields are hidden, fields that nobody here knows are, too: they stay. Else they are what was sent.
    const isWhole = grant.hidden.size === 0;
    collection.put(sync.transaction, slot, key, document, expiresAt, undefined, undefined, isWhole);
  }
}

/** A replica does not hold what its user may not read: nothing is said of it, its revision neither. */
function notGranted({ name }: Collection, { kind }: WireEffect): DatabaseError {
  const what = `the user may not ${kind === 'put' ? 'write' : 'delete'} this document of ${name}`;
  return new DatabaseError('FORBIDDEN', what, { collection: name });
}

/** @throws DatabaseError `PROTOCOL_VIOLATION` for an invalid time. */
function expiryAt({ definition }: Collection, document: object, expiresAtMs: number): number | undefined {
  const { expires } = definition.model;
  if (expires !== undefined) return expiryOf(document, expires);
  if (expiresAtMs > MAX_TIME_MS) throw protocolViolation(`${expiresAtMs} is not a time`);
  return expiresAtMs === 0 ? undefined : expiresAtMs;
}

/**
 * Fields that the user does not see stay as they are. @throws DatabaseError `FORBIDDEN` when the replica wrote some of
 * it.
 */
function withHidden(
  { name, definition }: Collection,
  { hidden }: Grant,
  held: object | undefined,
  sent: object,
): object {
  if (hidden.size === 0) return sent;
  const values: Record<string, unknown> = {};
  for (const field of hidden) {
    if ((sent as Record<string, unknown>)[field] !== undefined)
      throw new DatabaseError('FORBIDDEN', `the user may not write ${field} of ${name}`, { collection: name, field });
    values[field] = (held as Record<string, unknown> | undefined)?.[field];
  }
  return definition.seal(definition.merge(sent, values, definition.given?.(values)));
}

function documentOf(
  collection: Collection,
  incoming: IncomingDocuments,
  effect: WireEffect & { readonly kind: 'put' },
): object {
  const read = incoming.read(effect.modelId, effect.document, effect.kept);
  const document = read?.document as object;
  if (collection.keys.ofDocument(document) !== effect.key)
    throw protocolViolation(`a document of ${collection.name} has another key than its effect`);
  return document;
}

function requireValid(collection: Collection, document: object): void {
  const violations = collection.definition.validate(document);
  if (violations !== undefined && violations.length > 0)
    throw new DatabaseError('VALIDATION_FAILED', `a document of ${collection.name} breaks rules of its class`, {
      collection: collection.name,
      violations,
    });
}
