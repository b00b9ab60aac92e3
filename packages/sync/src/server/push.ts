/** Applies what a replica did: everything is checked again, a replica is never trusted. */
import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import { type Collection, expiryOf, type SyncTransaction } from '@nuthatch/runtime/sync';
import type { IncomingDocuments } from '../documents/incoming-documents.js';
import { contentDigest } from '../protocol/content-digest.js';
import { LIMITS } from '../protocol/limits.js';
import { CONTENT_DIGEST_BYTES, type MessageOf, type WireEffect } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { Answer, Outcome } from './answers.js';
import { requireOwnBlobs } from './blob-rights.js';
import type { Grant } from './grant.js';
import { mayRead } from './grant.js';
import { requireGrantedKey } from './key-ranges.js';
import { NamedDocuments } from './named-documents.js';
import type { PushContext } from './push-context.js';
import { requireNotReleased, STEPS, takeStep } from './pushed-steps.js';
import { requireMayExpire, requireWritable } from './pushed-writes.js';
import { type ReadTheirs, theirsOf } from './theirs.js';

/** Refusals that are about what others did meanwhile: the replica keeps the edit as a conflict. */
const CONFLICTS: ReadonlySet<ErrorCode> = new Set([
  'REVISION_MISMATCH',
  'DUPLICATE_KEY',
  'DOCUMENT_NOT_FOUND',
  'LEASE_ENDED',
  'LEASE_HELD',
  'DOCUMENT_RELEASED',
  'DOCUMENT_NOT_RELEASED',
  'TRANSITION_REFUSED',
  'REFERENCE_MISSING',
  'REFERENCED',
]);

class EffectRefused {
  constructor(
    readonly index: number,
    readonly error: DatabaseError,
  ) {}
}

/** An answer, and the seq of the transaction it was written in. */
export interface GivenAnswer {
  readonly answer: Answer;
  /** The server's documents, of a transaction that was not accepted. */
  readonly theirs: readonly ReadTheirs[];
  readonly seq: number;
}

/**
 * Answers one PUSH; its transaction and its answer are one frame. Resolves when that is as durable as the database is.
 *
 * @throws DatabaseError `PROTOCOL_VIOLATION` for a number out of order; `DATABASE_FAILED`, `DATABASE_CLOSED`.
 */
export async function answerPush(context: PushContext, push: MessageOf<'push'>): Promise<GivenAnswer> {
  const { port, answers } = context;
  const { number, settledUpTo } = push;
  const known = answers.of(number);
  if (known !== undefined) return { answer: known, theirs: theirsAt(context, push, known), seq: port.lastSeq };
  requireNext(answers, number);
  if (number - settledUpTo > LIMITS.unsettledCount)
    throw protocolViolation(
      `${number - settledUpTo} transactions are not settled, ${LIMITS.unsettledCount} are the limit`,
    );
  let seq = 0;
  try {
    let touched = new NamedDocuments();
    const work = (sync: SyncTransaction): Answer => {
      // Of several nodes another one may have answered meanwhile; then this runs again.
      const given = answers.of(number);
      if (given !== undefined) return given;
      requireNext(answers, number);
      const inserted = new NamedDocuments();
      touched = new NamedDocuments();
      for (const [index, effect] of push.effects.entries()) {
        applyOne(context, sync, effect, index, inserted);
        touched.add(context.incoming.collectionOf(effect.modelId), effect.key);
      }
      const answer = push.effects.length === 0 ? withoutEffects(number) : accepted(number);
      answers.add(sync, answer, settledUpTo, context.user());
      seq = numberedOwn(context);
      return answer;
    };
    const answer = await port.replicate(work, undefined, (writes) => {
      // What goes along with a deleted document, by the word of its class: no policy is asked, but leases hold.
      for (const { target, key } of writes)
        if (!target.isHidden && !touched.has(target.name, key))
          context.leases.requireMayFollow(target, key, context.clientId);
    });
    return { answer, theirs: theirsAt(context, push, answer), seq: seq || port.lastSeq };
  } catch (error) {
    const refusal = refusalOf(number, atItsEffect(context, push, error));
    let theirs: readonly ReadTheirs[] = [];
    const answered = port.replicate((sync) => {
      const answer = answers.of(number) ?? refusal;
      seq = numberedOwn(context);
      if (answer === refusal) answers.add(sync, answer, settledUpTo, context.user());
      // Read in the turn that numbers the answer: it is given when all of that is settled.
      theirs = theirsAt(context, push, answer);
      return answer;
    });
    return { answer: await answered, theirs, seq };
  }
}

/** @throws DatabaseError `PROTOCOL_VIOLATION`. */
function requireNext(answers: PushContext['answers'], number: number): void {
  if (number === answers.answered + 1) return;
  throw protocolViolation(`expected transaction ${answers.answered + 1}, found ${number}`);
}

/** The seq of the transaction whose function runs now: it is numbered by the call itself, before anything else is. */
function numberedOwn({ port, leases }: PushContext): number {
  const seq = port.lastSeq + 1;
  leases.noteOwn(seq);
  return seq;
}

function accepted(number: number): Answer {
  return { number, outcome: 'accepted', code: '', message: '', index: 0 };
}

/** It rests on one that was refused, which its replica knew: so what rests on it must not be taken either. */
function withoutEffects(number: number): Answer {
  const message = 'it depends on a transaction that was not accepted';
  return { number, outcome: 'conflict', code: 'REVISION_MISMATCH', message, index: 0 };
}

function theirsAt(
  context: PushContext,
  { effects }: MessageOf<'push'>,
  { outcome, index }: Answer,
): readonly ReadTheirs[] {
  return outcome === 'accepted' ? [] : theirsOf(context, effects, index);
}

function applyOne(
  context: PushContext,
  sync: SyncTransaction,
  effect: WireEffect,
  index: number,
  inserted: NamedDocuments,
): void {
  try {
    apply(context, sync, effect, inserted);
  } catch (error) {
    if (!DatabaseError.is(error) || error.code === 'PROTOCOL_VIOLATION') throw error;
    throw new EffectRefused(index, error);
  }
}

/** What is found at the transaction's end is about one of its effects, if it names a document of them. */
function atItsEffect({ port, incoming }: PushContext, { effects }: MessageOf<'push'>, error: unknown): unknown {
  if (error instanceof EffectRefused || !DatabaseError.is(error)) return error;
  const { collection, key } = error.facts;
  const keys = port.collections.get(String(collection))?.keys;
  if (keys === undefined || key === undefined) return error;
  const index = effects.findIndex(
    (effect) => incoming.collectionOf(effect.modelId) === collection && effect.key === keys.toStoreKey(key),
  );
  return index < 0 ? error : new EffectRefused(index, error);
}

/** @throws what makes the whole push fail without an answer: the connection's end, not a verdict on the transaction. */
function refusalOf(number: number, error: unknown): Answer {
  const refused = error instanceof EffectRefused ? error : undefined;
  const cause = refused?.error ?? error;
  if (!DatabaseError.is(cause) || UNANSWERED.has(cause.code)) throw error;
  const outcome: Outcome = CONFLICTS.has(cause.code) ? 'conflict' : 'refused';
  return {
    number,
    outcome,
    code: cause.code,
    message: messageOf(cause, refused !== undefined),
    index: refused?.index ?? 0,
  };
}

/** Other documents, which the user may not know of, are not named: the holder of a unique value, and what refers to one. */
function messageOf(error: DatabaseError, isOfEffect: boolean): string {
  const { collection, index, holderKey, referrer, field } = error.facts;
  if (error.code === 'REFERENCED')
    return `REFERENCED: documents of ${String(referrer)} refer in ${String(field)} to a deleted document of ${String(collection)}`;
  // At the end, of a document that is no effect of this transaction: one that refers to what it deletes.
  if (!isOfEffect && error.facts['key'] !== undefined)
    return `${error.code}: a document of ${String(collection)} refers to a deleted document, and refuses to change`;
  if (holderKey === undefined || index === undefined) return error.message;
  return `DUPLICATE_KEY: another document of ${String(collection)} has the same ${String(index)}`;
}

/** Last instant of a Date: ECMA-262, 21.4.1.1. */
const MAX_TIME_MS = 8.64e15;

const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['PROTOCOL_VIOLATION', 'DATABASE_FAILED', 'DATABASE_CLOSED']);

function apply(context: PushContext, sync: SyncTransaction, effect: WireEffect, inserted: NamedDocuments): void {
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

/** @throws DatabaseError `REVISION_MISMATCH`, or `DUPLICATE_KEY` for an insert of a key that is there. */
function requireBase(collection: Collection, { key, base, kind }: WireEffect, revision: number): void {
  if (base === revision) return;
  // Gone on both sides is what both wanted.
  if (kind === 'delete' && revision === 0) return;
  const { name } = collection;
  const facts = { collection: name, key: collection.publicKey(key), expectedRevision: base, actualRevision: revision };
  if (base === 0) throw new DatabaseError('DUPLICATE_KEY', `${name} already has a document with this key`, facts);
  const what = revision === 0 ? 'it was deleted meanwhile' : `it now has revision ${revision}`;
  throw new DatabaseError('REVISION_MISMATCH', `a document of ${name} was edited at revision ${base}; ${what}`, facts);
}

/**
 * A document that was deleted and inserted again may have the revision of the one that the edit was made on.
 *
 * @throws DatabaseError `REVISION_MISMATCH`.
 */
function requireSame(
  { incoming, outgoing, grantOf }: PushContext,
  collection: Collection,
  { key, base, baseDigest, modelId, kind }: WireEffect,
  held: object,
): void {
  if (baseDigest.length !== CONTENT_DIGEST_BYTES || base === 0 || !COMPARED.has(kind) || !incoming.isOwn(modelId))
    return;
  const { name, definition } = collection;
  const shown = outgoing.shownBytes(definition, held, grantOf(name).hidden);
  if (Buffer.compare(contentDigest(shown), baseDigest) === 0) return;
  const facts = { collection: name, key: collection.publicKey(key), expectedRevision: base, actualRevision: base };
  const what = `a document of ${name} was edited at revision ${base}; now another one has that key and revision`;
  throw new DatabaseError('REVISION_MISMATCH', what, facts);
}

/** Effects that rest on what the document holds. */
const COMPARED: ReadonlySet<string> = new Set<WireEffect['kind']>(['put', 'delete']);

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
