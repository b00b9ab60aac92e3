/** What `JSON.stringify` makes of a change: JSON has no bigint, so seqs and keys of that type are written as text. */
import type { Change, ChangeJson } from './change.js';

export function changeJson(change: Omit<Change, 'toJSON'>): ChangeJson {
  const { seq, cursor, transactionId, collection, kind, key, before, after } = change;
  const { changedFields, revision, step, origin, timeMs, isFromJournal } = change;
  return {
    seq: String(seq),
    cursor,
    transactionId,
    collection,
    kind,
    key: withoutBigints(key),
    before,
    after,
    changedFields,
    revision,
    ...(step && { step }),
    origin,
    timeMs,
    isFromJournal,
  };
}

/** What `console.log` shows of a change: what it says, and no more; its class has it in getters. */
export function shownChange(change: Change): object {
  const { seq, key } = change;
  return { ...changeJson(change), seq, key };
}

/** A key, or the parts of a composite one. */
function withoutBigints(key: unknown): unknown {
  if (typeof key === 'bigint') return String(key);
  if (typeof key !== 'object' || key === null || key instanceof Date) return key;
  return Object.fromEntries(Object.entries(key).map(([name, part]) => [name, withoutBigints(part)]));
}
