/**
 * Up to where the copy of a node and the journal are one history. The mark of the copy proves it up to the frame that it
 * names, if the journal has that very frame; behind that, transaction by transaction is compared as far as both keep them.
 */
import {
  type DirectoryHistory,
  type Effect,
  effectAt,
  effectCount,
  isOwnCollection,
  RELEASES_COLLECTION,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import type { FramePlace } from '../node/frame-place.js';
import type { CopyMark } from '../node/node-copy.js';
import { partsOf } from '../node/own-tail.js';
import { JournalFrames } from './journal-frames.js';

export interface ComparedHistories {
  readonly copy: DirectoryHistory;
  readonly mark: CopyMark;
  readonly engine: JournalEngine;
  /** The last frame of the journal. */
  readonly head: FramePlace;
  readonly image: ImageEntry | undefined;
}

/**
 * I/O: the transactions behind the mark; all that both keep, if the mark is not of this history.
 *
 * @returns the last seq that both hold alike; undefined when nothing that both keep can tell.
 * @throws DatabaseError `CHANGES_GONE`, `JOURNAL_DAMAGED`; what the engine throws.
 */
export async function lastCommonSeq({
  copy,
  mark: { uuid, place, models },
  engine,
  head,
  image,
}: ComparedHistories): Promise<number | undefined> {
  const isProven = (await new JournalFrames(engine, uuid).holds(place, image)) === true;
  // A copy that parted from the journal may have given out its numbers of models otherwise.
  const frames = new JournalFrames(engine, uuid, isProven ? models : image?.models);
  const from = isProven ? place : await frames.oldest();
  let common = isProven ? Math.min(place.seq, copy.lastSeq) : undefined;
  const limit = Math.min(copy.lastSeq, head.seq);
  const start = Math.max(from?.seq ?? limit, copy.oldestSince);
  if (from === undefined || start >= limit) return common;
  const kept = copy.transactions(start);
  try {
    for await (const due of frames.transactions(from, head.position)) {
      if (due.seq <= start) continue;
      if (due.seq > limit) break;
      const { value: own } = await kept.next();
      if (own === undefined || textOf(own) !== textOf(due)) {
        // What both keep begins there: whether they were one before is not known.
        return due.seq === start + 1 ? (common === start ? common : undefined) : due.seq - 1;
      }
      common = due.seq;
    }
  } finally {
    await kept.return();
  }
  return common;
}

/** Times, keys, revisions and numbers: as a node compares at opening. */
function textOf({ seq, timeMs, effects }: StoredTransaction): string {
  const parts: unknown[] = [seq, timeMs];
  for (let index = 0; index < effectCount(effects); index++) {
    const effect = effectAt(effects, index);
    if (isShared(effect)) parts.push(partsOf(effect));
  }
  return JSON.stringify(parts);
}

/** Where a node keeps a collection is its own affair. */
function isShared({ definition: { model } }: Effect): boolean {
  return !isOwnCollection(model.collection) || model.collection === RELEASES_COLLECTION;
}
