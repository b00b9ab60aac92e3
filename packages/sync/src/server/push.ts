/** Answers what a replica pushed: its transaction is applied and answered in one frame. A replica is never trusted. */
import { DatabaseError } from '@nuthatch/model';
import type { SyncTransaction } from '@nuthatch/runtime/sync';
import { LIMITS } from '../protocol/limits.js';
import type { MessageOf, WireEffect } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { Answer } from './answers.js';
import { NamedDocuments } from './named-documents.js';
import type { PushContext } from './push-context.js';
import { atItsEffect, EffectRefused, refusalOf } from './push-refusal.js';
import { applyEffect } from './pushed-effects.js';
import { type ReadTheirs, theirsOf } from './theirs.js';

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
    const refusal = refusalOf(number, atItsEffect(context, push.effects, error));
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
    applyEffect(context, sync, effect, inserted);
  } catch (error) {
    if (!DatabaseError.is(error) || error.code === 'PROTOCOL_VIOLATION') throw error;
    throw new EffectRefused(index, error);
  }
}
