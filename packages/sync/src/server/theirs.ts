/** The server's versions of what a transaction wanted to change, for the conflict that it becomes in its replica. */
import { LIMITS } from '../protocol/limits.js';
import type { WireEffect, WireTheirs } from '../protocol/messages.js';
import { mayRead } from './grant.js';
import type { PushContext } from './push-context.js';

/**
 * What the user may see of the documents that the effects are about, those of hidden fields left out. Documents that are
 * too large together are left out, that of the failed effect last. O(effects).
 *
 * @param failed index of the effect that failed.
 */
export function theirsOf(context: PushContext, effects: readonly WireEffect[], failed: number): readonly WireTheirs[] {
  const found: WireTheirs[] = [];
  let leftBytes: number = LIMITS.theirsBytes;
  const add = (index: number): void => {
    const put = putOf(context, effects[index]!);
    if (put === undefined) return;
    leftBytes -= put.document.length + put.kept.length;
    if (leftBytes >= 0 || index === failed) found.push({ index, put });
  };
  if (failed < effects.length) add(failed);
  for (let index = 0; index < effects.length && leftBytes > 0; index++) if (index !== failed) add(index);
  return found;
}

function putOf(
  { port, incoming, outgoing, grantOf }: PushContext,
  { modelId, key }: WireEffect,
): WireTheirs['put'] | undefined {
  const collection = port.collections.get(incoming.collectionOf(modelId));
  if (collection === undefined || !collection.keys.isStoreKey(key)) return undefined;
  const { store } = collection;
  const slot = store.get(key);
  const held = slot === undefined ? undefined : store.documentOf(slot);
  const grant = grantOf(collection.name);
  if (slot === undefined || held === undefined || !mayRead(grant, key, held)) return undefined;
  return outgoing.put(collection, key, held, store.revisionOf(slot), undefined, grant.hidden);
}
