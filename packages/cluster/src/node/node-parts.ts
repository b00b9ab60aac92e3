/** The parts of a node, made and tied to each other. */
import { randomInt } from 'node:crypto';
import { frameCrcSeed, fromHex, type Journal, nowMs, type NodeParts as OpenedParts } from '@nuthatch/runtime/cluster';
import type { JournalEngine } from '../engine/journal-engine.js';
import { Arrivals } from './arrivals.js';
import { ArrivingFrames } from './arriving-frames.js';
import { CopyKeeper } from './copy-keeper.js';
import { Drafts } from './drafts.js';
import { Following } from './following.js';
import type { FramePlace } from './frame-place.js';
import type { ImageOptions } from './image-keeper.js';
import type { CopyMark, NodeCopy } from './node-copy.js';
import { NodeWaiters } from './node-waiters.js';
import { OwnHistory } from './own-history.js';
import { OwnTail } from './own-tail.js';
import { Pause } from './pause.js';
import { PendingRoom } from './pending-room.js';
import { QuietWork } from './quiet-work.js';
import { Sending } from './sending.js';
import { SettledPart } from './settled-part.js';
import { SharedModels } from './shared-models.js';
import { Silence } from './silence.js';
import { Turns } from './turns.js';
import { WaitingPart } from './waiting-part.js';

export interface NodeOptions {
  /** Writes are refused when the engine has given no answer for so long, in milliseconds. */
  readonly unreachableMs: number;
  /** Longest wait for one answer, in milliseconds. */
  readonly answerMs: number;
  readonly images: ImageOptions;
}

export interface NodeInput {
  readonly uuid: string;
  readonly engine: JournalEngine;
  readonly options: NodeOptions;
  readonly parts: OpenedParts;
  /** Undefined: this node keeps no copy on disk. */
  readonly kept: { readonly copy: NodeCopy; readonly mark: CopyMark } | undefined;
  /** Models that frames before `start` hold, where there is no copy that knows them. */
  readonly models?: CopyMark['models'];
  readonly start: FramePlace;
}

/** What the parts ask of the node, and tell it. */
export interface NodeEars {
  /** The node has failed. */
  isOver(): boolean;
  /** The engine has all up to a seq. */
  synced(seq: number): void;
}

export interface NodeParts {
  readonly engine: JournalEngine;
  readonly options: NodeOptions;
  readonly own: Journal;
  readonly keeper: CopyKeeper | undefined;
  readonly history: OwnHistory;
  readonly arrivals: Arrivals;
  readonly settled: SettledPart;
  readonly waiting: WaitingPart;
  readonly following: Following;
  readonly sending: Sending;
  readonly turns: Turns;
  readonly waiters: NodeWaiters;
  readonly quiet: QuietWork;
  readonly pause: Pause;
  readonly silence: Silence;
  readonly room: PendingRoom;
}

export function makeNodeParts(
  { uuid, engine, options, parts, kept, models, start }: NodeInput,
  ears: NodeEars,
): NodeParts {
  const { own } = parts;
  const crcSeed = frameCrcSeed(fromHex(uuid));
  const epoch = randomInt(1, 2 ** 32);
  const keeper = kept && new CopyKeeper(kept.copy, kept.mark, () => own.flush());
  const shared = new SharedModels();
  const settled = new SettledPart(parts, shared, keeper, start);
  for (const model of kept?.mark.models ?? models ?? []) settled.knowModel(model);
  shared.restart();
  const waiters = new NodeWaiters();
  const waiting = new WaitingPart(new Drafts(engine.maxFrameBytes, shared), waiters, start.seq);
  const room = new PendingRoom(waiting, parts.maxPendingBytes);
  const frames = new ArrivingFrames(engine, parts.documents, crcSeed);
  const arrivals = new Arrivals(frames, start);
  const history = new OwnHistory(engine, frames, own, new OwnTail(own, parts.definitions));
  const turns = new Turns(epoch, engine.requestTurn !== undefined);
  engine.onTurnRequest = () => turns.requested(nowMs());
  const common = {
    engine,
    arrivals,
    history,
    settled,
    waiting,
    waiters,
    turns,
    isOver: () => ears.isOver(),
    wake: () => waiters.wake(settled.head, room.isThere),
  };
  const following = new Following({ ...common, epoch });
  const synced = (seq: number): void => ears.synced(seq);
  const sending = new Sending({ ...common, following, maker: { crcSeed, epoch }, synced });
  return {
    engine,
    options,
    own,
    keeper,
    history,
    arrivals,
    settled,
    waiting,
    following,
    sending,
    turns,
    waiters,
    quiet: new QuietWork(),
    pause: new Pause(),
    silence: new Silence(),
    room,
  };
}
