/** What is wrong with a pushed transaction, at which of its effects, and what its replica is told of it. */
import { DatabaseError, type ErrorCode } from '@nuthatch/model';
import type { WireEffect } from '../protocol/messages.js';
import type { Answer, Outcome } from './answers.js';
import type { PushContext } from './push-context.js';

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

/** The connection ends for these: they are no verdict on the transaction. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['PROTOCOL_VIOLATION', 'DATABASE_FAILED', 'DATABASE_CLOSED']);

/** An error of one effect. */
export class EffectRefused {
  constructor(
    readonly index: number,
    readonly error: DatabaseError,
  ) {}
}

/** What is found at the transaction's end is about one of its effects, if it names a document of them. */
export function atItsEffect({ port, incoming }: PushContext, effects: readonly WireEffect[], error: unknown): unknown {
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
export function refusalOf(number: number, error: unknown): Answer {
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
