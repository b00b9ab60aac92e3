/**
 * The effects of a transaction, as data: the only thing that is journaled. Replaying effects in order rebuilds memory.
 */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoreKey } from '../structures/store-key.js';
import type { StoredDocument } from './stored-document.js';

export interface PutEffect extends StoredDocument {
  readonly kind: 'put';
}

export interface DeleteEffect {
  readonly kind: 'delete';
  readonly definition: CollectionDefinition;
  readonly key: StoreKey;
}

/** A generated number was used up, so that it is never given out again, not even after its document is deleted. */
export interface SequenceEffect {
  readonly kind: 'sequence';
  readonly definition: CollectionDefinition;
  /** The highest number given out. */
  readonly value: number;
}

export type Effect = PutEffect | DeleteEffect | SequenceEffect;

/**
 * The effects of a transaction, in order: the very effect where there is one alone, as most often, without an array
 * about it.
 */
export type Effects = Effect | readonly Effect[];

export function effectCount(effects: Effects): number {
  return Array.isArray(effects) ? effects.length : 1;
}

/** @param index below `effectCount`. */
export function effectAt(effects: Effects, index: number): Effect {
  return (Array.isArray(effects) ? effects[index] : effects) as Effect;
}

/** Why a change came about: a caller, a document's time running out, a bulk load, a migration. */
export type ChangeOrigin = 'live' | 'expiry' | 'load' | 'migration';

/** One committed transaction on its way to the journal. */
export interface JournaledTransaction {
  /** Wall clock at commit, epoch milliseconds. */
  readonly timeMs: number;
  readonly effects: Effects;
  /** Absent: live. */
  readonly origin?: ChangeOrigin;
  /** Name and JSON arguments of the command that caused it, for the audit trail; absent for plain transactions. */
  readonly command?: { readonly name: string; readonly argumentsJson: string } | undefined;
}
