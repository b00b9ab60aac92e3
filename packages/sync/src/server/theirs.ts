/** The server's versions of what a transaction wanted to change, for the conflict that it becomes in its replica. */
import { LIMITS } from '../protocol/limits.js';
import type { WireEffect, WireTheirs } from '../protocol/messages.js';
import { mayRead } from './grant.js';
import type { PushContext } from './push-context.js';

/** A document that is shown, and the grant that it was read under. */
export interface ReadTheirs extends WireTheirs {
  readonly collection: string;
  readonly grant: Uint8Array;
}

/** Those that the user may still see: rights may have changed while the answer waited for its turn. */
export function stillGranted({ grantOf }: PushContext, theirs: readonly ReadTheirs[]): readonly WireTheirs[] {
  return theirs.filter(({ collection, grant }) => Buffer.compare(grantOf(collection).digest, grant) === 0);
}

/**
 * What the user may see of the documents that the effects are about, those of hidden fields left out. Documents that are
 * too large together are left out, that of the failed effect last. O(effects).
 *
 * @param failed index of the effect that failed.
 */
export function theirsOf(context: PushContext, effects: readonly WireEffect[], failed: number): readonly ReadTheirs[] {
  const found: ReadTheirs[] = [];
  let leftBytes: number = LIMITS.theirsBytes;
  const add = (index: number): void => {
    const read = readOf(context, effects[index]!);
    if (read === undefined) return;
    leftBytes -= read.put.document.length + read.put.kept.length;
    if (leftBytes >= 0 || index === failed) found.push({ index, ...read });
  };
  if (failed < effects.length) add(failed);
  for (let index = 0; index < effects.length && leftBytes > 0; index++) if (index !== failed) add(index);
  return found;
}

function readOf(
  { port, incoming, outgoing, grantOf }: PushContext,
  { modelId, key }: WireEffect,
): Omit<ReadTheirs, 'index'> | undefined {
  const name = incoming.collectionOf(modelId);
  const collection = port.collections.get(name);
  if (collection === undefined || !collection.keys.isStoreKey(key)) return undefined;
  const { store } = collection;
  const slot = store.get(key);
  const held = slot === undefined ? undefined : store.documentOf(slot);
  const grant = grantOf(name);
  if (slot === undefined || held === undefined || !mayRead(grant, key, held)) return undefined;
  const put = outgoing.put(collection, key, held, store.revisionOf(slot), undefined, grant.hidden);
  return { collection: name, grant: grant.digest, put };
}
