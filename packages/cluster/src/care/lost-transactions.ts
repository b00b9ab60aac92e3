/** Transactions as the pages of a node's directory keep them, as plain data: what the journal lost, for people and programs. */
import {
  DirectoryHistory,
  type Effect,
  effectAt,
  effectCount,
  isOwnCollection,
  keyToJson,
  NodeFileSystem,
} from '@nuthatch/runtime/cluster';
import { DocumentValues } from './document-digests.js';

/** What a transaction did to one document, or that a number was given out. Values in the forms of `nuthatch dump`. */
export type LostEffect =
  | {
      readonly put: unknown;
      readonly collection: string;
      readonly key: unknown;
      readonly revision: number;
      readonly expiresAt?: number;
    }
  | { readonly delete: true; readonly collection: string; readonly key: unknown }
  | { readonly sequence: number; readonly collection: string };

export interface LostTransaction {
  readonly seq: number;
  /** By the clock of the node that wrote it, ISO 8601. */
  readonly time: string;
  /** The registered command that it was, with its arguments as JSON. */
  readonly command?: { readonly name: string; readonly arguments: unknown };
  readonly effects: readonly LostEffect[];
}

/**
 * @param commonSeq the last that is not lost; undefined: all that are kept. Those that compaction has removed are left out.
 * @throws DatabaseError `CHANGES_GONE`, `JOURNAL_DAMAGED`.
 */
export async function* lostTransactions(
  directory: string,
  commonSeq: number | undefined,
): AsyncGenerator<LostTransaction, void> {
  const history = await DirectoryHistory.of(new NodeFileSystem(), directory);
  const values = new DocumentValues();
  for await (const transaction of history.transactions(Math.max(commonSeq ?? 0, history.oldestSince))) {
    const { seq, timeMs, command, effects } = transaction;
    const listed: LostEffect[] = [];
    for (let index = 0; index < effectCount(effects); index++) {
      const effect = effectAt(effects, index);
      if (!isOwnCollection(effect.definition.model.collection)) listed.push(lostEffect(effect, values));
    }
    yield {
      seq,
      time: new Date(timeMs).toISOString(),
      ...(command && { command: { name: command.name, arguments: JSON.parse(command.argumentsJson) as unknown } }),
      effects: listed,
    };
  }
}

function lostEffect(effect: Effect, values: DocumentValues): LostEffect {
  const { collection } = effect.definition.model;
  if (effect.kind === 'sequence') return { sequence: effect.value, collection };
  const key = keyToJson(effect.key);
  if (effect.kind === 'delete') return { delete: true, collection, key };
  const { revision, expiresAt } = effect;
  return { put: values.toJson(effect), collection, key, revision, ...(expiresAt !== undefined && { expiresAt }) };
}
