import { DatabaseError } from '@nuthatch/model';
import type { Collection, ReleaseStep, StoreKey } from '@nuthatch/runtime/sync';
import { letPromiseBe } from '../call-listener.js';
import type { Grant } from './grant.js';
import type { PushedChange, WriteRule } from './policy.js';

const VERBS = {
  ...{ insert: 'insert', update: 'update', delete: 'delete', release: 'release', revise: 'revise' },
  ...{ discard: 'delete', lifetime: 'change a release of' },
};

/** @throws DatabaseError `FORBIDDEN` unless the policy says `true`, at once. @param onPolicyError told when it throws. */
export function requireWritable(
  collection: Collection,
  { write }: Grant,
  key: StoreKey,
  before: object | undefined,
  after: object | undefined,
  onPolicyError: (error: unknown) => void,
  step?: ReleaseStep,
): void {
  const { name } = collection;
  const kind = after === undefined ? 'delete' : before === undefined ? 'insert' : 'update';
  const change: PushedChange = { kind, key: collection.publicKey(key), before, after, ...(step && { step }) };
  if (isGranted(write, change, name, onPolicyError)) return;
  const what = `the user may not ${VERBS[step ?? kind]} this document of ${name}`;
  throw new DatabaseError('FORBIDDEN', what, { collection: name, key: change.key });
}

/**
 * A document that is to expire sooner than it does is a document deleted in advance: the policy is asked as for that.
 * (Where a class keeps the time in a field, the rule sees it in `after`.)
 *
 * @param heldUntilMs when the document held by the server expires; undefined: never. @param untilMs as asked for.
 * @throws DatabaseError `FORBIDDEN`.
 */
export function requireMayExpire(
  collection: Collection,
  { write }: Grant,
  key: StoreKey,
  before: object,
  heldUntilMs: number | undefined,
  untilMs: number | undefined,
  onPolicyError: (error: unknown) => void,
): void {
  if (untilMs === undefined || untilMs >= (heldUntilMs ?? Number.POSITIVE_INFINITY)) return;
  const { name } = collection;
  const change: PushedChange = { kind: 'delete', key: collection.publicKey(key), before, after: undefined };
  if (isGranted(write, change, name, onPolicyError)) return;
  const what = `the user may not delete this document of ${name}, and so not let it expire sooner either`;
  throw new DatabaseError('FORBIDDEN', what, { collection: name, key: change.key });
}

/** A rule that throws or promises has not said yes; what went wrong is for the application, not for the user. */
function isGranted(
  rule: WriteRule,
  change: PushedChange,
  collection: string,
  onPolicyError: (error: unknown) => void,
): boolean {
  if (typeof rule !== 'function') return rule;
  let said: unknown;
  try {
    said = rule(change);
  } catch (error) {
    onPolicyError(error);
    return false;
  }
  if (typeof said === 'boolean') return said;
  const isPromise = letPromiseBe(said, onPolicyError);
  const what = `the policy answered ${isPromise ? 'a promise' : typeof said} for a write to ${collection}, not true or false`;
  onPolicyError(new DatabaseError('INVALID_OPTION', what, { option: 'policy', collection }));
  return false;
}
