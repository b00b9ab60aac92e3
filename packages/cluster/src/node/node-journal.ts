/**
 * The journal of a node: transactions go to the engine, settle when it has them, and then go to the node's own journal.
 *
 *   append ─▶ waiting ─▶ sending ─▶ engine ─▶ settled ─▶ own journal
 *                ▲                     │
 *                └── run again ◀── following          what other nodes wrote
 *
 * One frame is on its way at a time; the next gathers meanwhile, so frames grow with the load. While other nodes write
 * too, each writes in turns. This file is the face of it all, and the loop in which one step follows the other. A crash
 * at any line leaves the engine with whole frames, and a copy that is behind it.
 */
import { randomInt } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import {
  type BlobNeeds,
  type BlobStore,
  databaseFailed,
  frameCrcSeed,
  fromHex,
  type Journal,
  type JournaledTransaction,
  type JournalStats,
  later,
  type NodeParts,
  type NodeJournal as NodePort,
  nowMs,
  type SharedJournalListener,
  type StoredTransaction,
  sleep,
  soon,
  turn,
} from '@nuthatch/runtime/cluster';
import { BlobEngine } from '../blobs/blob-engine.js';
import type { NodeBlobStore } from '../blobs/node-blob-store.js';
import { NoAnswer } from '../engine/answering-engine.js';
import type { JournalEngine } from '../engine/journal-engine.js';
import { answered, isFatal, unreachable } from './answered.js';
import { Arrivals } from './arrivals.js';
import { ArrivingFrames } from './arriving-frames.js';
import { CopyKeeper } from './copy-keeper.js';
import { Drafts } from './drafts.js';
import { Following } from './following.js';
import type { FramePlace } from './frame-place.js';
import { ImageKeeper, type ImageOptions, type ImageSource } from './image-keeper.js';
import type { CopyMark, NodeCopy } from './node-copy.js';
import { NodeWaiters } from './node-waiters.js';
import { OwnHistory } from './own-history.js';
import { OwnTail } from './own-tail.js';
import { Pause } from './pause.js';
import { Sending } from './sending.js';
import { SettledPart } from './settled-part.js';
import { SharedModels } from './shared-models.js';
import { Silence } from './silence.js';
import { Turns } from './turns.js';
import { asFailure, WaitingPart } from './waiting-part.js';

/** Writes are refused when this many times `maxPendingBytes` wait. */
const MAX_PENDING = 16;

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
  readonly parts: NodeParts;
  /** Undefined: this node keeps no copy on disk. */
  readonly kept: { readonly copy: NodeCopy; readonly mark: CopyMark } | undefined;
  /** Models that frames before `start` hold, where there is no copy that knows them. */
  readonly models?: CopyMark['models'];
  readonly start: FramePlace;
}

/** Work that is to see exactly what is settled. */
interface Quiet {
  work(): void;
  resolve(): void;
  reject(error: unknown): void;
}

export class NodeJournal implements NodePort {
  readonly #engine: JournalEngine;
  readonly #options: NodeOptions;
  readonly #own: Journal;
  readonly #maxPendingBytes: number;
  readonly #keeper: CopyKeeper | undefined;
  readonly #history: OwnHistory;
  readonly #arrivals: Arrivals;
  readonly #settled: SettledPart;
  readonly #waiting: WaitingPart;
  readonly #following: Following;
  readonly #sending: Sending;
  readonly #turns: Turns;
  readonly #quiet: Quiet[] = [];
  readonly #waiters = new NodeWaiters();
  readonly #pause = new Pause();
  readonly #silence = new Silence();
  readonly clock = { now: (): number => this.#settled.now() };
  /** Transactions that come now need not be looked at before the turn of this node. */
  #isAwaitingTurn = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: DatabaseError | undefined;
  /** Nothing is followed any more. */
  #isEnded = false;

  constructor({ uuid, engine, options, parts, kept, models, start }: NodeInput) {
    this.#engine = engine;
    this.#options = options;
    const { own } = parts;
    this.#own = own;
    this.#maxPendingBytes = parts.maxPendingBytes;
    const crcSeed = frameCrcSeed(fromHex(uuid));
    const epoch = randomInt(1, 2 ** 32);
    this.#keeper = kept && new CopyKeeper(kept.copy, kept.mark, () => own.flush());
    const shared = new SharedModels();
    this.#settled = new SettledPart(parts, shared, this.#keeper, start);
    for (const model of kept?.mark.models ?? models ?? []) this.#settled.knowModel(model);
    shared.restart();
    this.#waiting = new WaitingPart(new Drafts(engine.maxFrameBytes, shared), this.#waiters, start.seq);
    const frames = new ArrivingFrames(engine, parts.documents, crcSeed);
    this.#arrivals = new Arrivals(frames, start);
    this.#history = new OwnHistory(engine, frames, own, new OwnTail(own, parts.definitions));
    this.#turns = new Turns(epoch, engine.requestTurn !== undefined);
    engine.onTurnRequest = () => this.#turns.requested(nowMs());
    const common = {
      engine,
      arrivals: this.#arrivals,
      history: this.#history,
      settled: this.#settled,
      waiting: this.#waiting,
      waiters: this.#waiters,
      turns: this.#turns,
      isOver: () => this.#failure !== undefined,
      wake: () => this.#waiters.wake(this.#settled.head, this.#hasRoom),
    };
    this.#following = new Following({ ...common, epoch });
    const synced = (seq: number): void => this.#tell((listener) => listener.synced(seq));
    this.#sending = new Sending({ ...common, following: this.#following, maker: { crcSeed, epoch }, synced });
    own.listen({ written: () => undefined, synced: () => undefined, failed: (error) => this.#fail(error) });
  }

  get lastSeq(): number {
    return this.#waiting.lastSeq;
  }

  get maxTransactionBytes(): number {
    return this.#engine.maxFrameBytes;
  }

  get oldestSince(): number {
    return this.#own.oldestSince;
  }

  get lagMs(): number {
    return this.#silence.lengthMs;
  }

  listen(listener: SharedJournalListener): void {
    this.#waiting.listener = listener;
  }

  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction> {
    return this.#own.read(afterSeq, uptoSeq);
  }

  async start(source?: ImageSource): Promise<void> {
    const keeper = this.#keeper;
    if (source !== undefined && keeper !== undefined)
      this.#settled.images = new ImageKeeper(this.#engine, this.#options.images, source, async () => {
        const mark = await keeper.flushed();
        await this.#history.requireStanding(mark.place);
        return mark;
      });
    const ask = <T>(work: () => Promise<T>): Promise<T> =>
      answered(work, this.#options.unreachableMs, this.#engine.description, this.#pause);
    await ask(() => this.#history.requireMark(this.#settled.head));
    while (await ask(() => this.#following.catchUp())) await turn();
    this.#history.requireEnd(this.#settled.head);
    this.#running = this.#run();
  }

  append(transaction: JournaledTransaction): number {
    const { drafts, isRunningAgain } = this.#waiting;
    // What was accepted is not refused because it has to run again: not by a closing, nor after a silence that is over.
    if (isRunningAgain) this.#requireSound();
    else this.#requireWritable();
    const wasEmpty = drafts.count === 0;
    const seq = this.#waiting.append(transaction);
    if (wasEmpty && !isRunningAgain) this.#turns.filled(nowMs());
    if (!this.#isAwaitingTurn) this.#pause.end();
    return seq;
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    const { lastSeq } = this.#waiting;
    return lastSeq === this.#settled.head.seq ? Promise.resolve() : this.#waiters.flushing.waitFor(lastSeq);
  }

  drained(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    return this.#hasRoom ? Promise.resolve() : this.#waiters.draining.waitFor(0);
  }

  caughtUp(seq: number): Promise<void> {
    if (seq <= this.#settled.head.seq) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    if (this.#closing !== undefined) return Promise.reject(closed());
    // What is asked for may have been read, and not applied for the sake of what waits.
    this.#pause.end();
    return this.#waiters.settled.waitFor(seq);
  }

  async barrier(): Promise<void> {
    this.#requireSound();
    if (this.#closing !== undefined) throw closed();
    let position: number;
    const ownPosition = this.#settled.head.position;
    try {
      position = await this.#engine.head();
    } catch (error) {
      throw this.#unreachable('head', error);
    }
    if (position < ownPosition) this.#fail(this.#history.shortened(ownPosition, position));
    else if (position <= this.#settled.head.position) return;
    // Nobody wakes it any more if the node failed or closed while the engine was asked.
    this.#requireSound();
    if (this.#isEnded) throw closed();
    this.#pause.end();
    await this.#waiters.placed.waitFor(position);
  }

  atSettled(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failed());
      if (this.#running === undefined) return resolve(work());
      this.#quiet.push({ work, resolve, reject });
      this.#pause.end();
    });
  }

  tieBlobs(store: BlobStore, needs: BlobNeeds): void {
    (store as NodeBlobStore).tie(new BlobEngine(this.#engine, this.#options.unreachableMs), needs);
  }

  stats(): JournalStats {
    const { seq } = this.#settled.head;
    const { frameCount, writtenBytes } = this.#sending;
    const { lastSeq, drafts } = this.#waiting;
    const own = this.#own.stats();
    return {
      ...own,
      pendingBytes: drafts.byteCount,
      lastSeq,
      writtenSeq: seq,
      syncedSeq: seq,
      frameCount,
      writtenBytes,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The whole life of a node, one step after the other: nothing else talks to the engine, but for `barrier`. */
  async #run(): Promise<void> {
    while (this.#failure === undefined && (this.#closing === undefined || this.#hasWork)) {
      try {
        await this.#step();
        this.#silence.end();
      } catch (error) {
        if (isFatal(error)) return this.#fail(error);
        if (this.#giveUp(error)) return;
        await this.#pause.backOff();
      }
    }
  }

  get #hasWork(): boolean {
    return this.#waiting.drafts.count > 0 || this.#quiet.length > 0;
  }

  async #step(): Promise<void> {
    if (this.#sending.isOnItsWay) await this.#sending.findFate();
    else if (this.#quiet.length > 0) this.#runQuiet();
    else if (this.#waiting.drafts.count > 0) await this.#offer();
    else if (this.#arrivals.first !== undefined) this.#following.takeSlice();
    else await this.#follow();
    if (this.#arrivals.first !== undefined) await turn();
    this.#pause.heard();
  }

  /** Sends what waits, or waits for the turn of this node. */
  async #offer(): Promise<void> {
    // A look costs less than a frame that is lost.
    if (this.#turns.isUncertain(nowMs(), this.#following.lookedMs)) await this.#following.look();
    const waitMs = this.#turns.waitMs(nowMs());
    if (waitMs > 0) await this.#awaitTurn(waitMs);
    else await this.#sending.offer();
  }

  /** Gathers what others write, for a while. */
  async #awaitTurn(ms: number): Promise<void> {
    this.#sending.requestTurn();
    if (this.#closing === undefined) {
      const timer = later(() => this.#pause.end(), ms, true);
      this.#isAwaitingTurn = true;
      try {
        await this.#awaitNews();
      } finally {
        this.#isAwaitingTurn = false;
        timer.cancel();
      }
    } else await sleep(ms);
    await this.#following.look();
    // To claim the turn is more urgent than to be ready for it.
    if (this.#turns.waitMs(nowMs()) > 0) this.#following.takeInWhenDue();
  }

  /** Waits for something to do, and reads what has come. */
  async #follow(): Promise<void> {
    const isNews = await this.#awaitNews();
    // A barrier ends the waiting, too: were nothing read then, barriers in quick succession would keep it from ever reading.
    const isForBarrier = !this.#hasWork && this.#closing === undefined;
    if (isNews || isForBarrier) await this.#following.lookOrAsk();
  }

  #awaitNews(): Promise<boolean> {
    const { position } = this.#arrivals.end;
    return this.#pause.during((signal) => this.#engine.wait(position, signal));
  }

  #runQuiet(): void {
    for (const { work, resolve, reject } of this.#quiet.splice(0)) {
      let outcome = resolve;
      this.#waiting.overtake([], this.#settled.head.seq, () => {
        try {
          work();
        } catch (error) {
          outcome = () => reject(error);
        }
      });
      outcome();
    }
  }

  get #hasRoom(): boolean {
    return this.#waiting.drafts.byteCount <= this.#maxPendingBytes;
  }

  #requireSound(): void {
    if (this.#failure !== undefined) throw this.#failed();
  }

  #requireWritable(): void {
    this.#requireSound();
    if (this.#closing !== undefined) throw closed();
    if (this.lagMs > this.#options.unreachableMs) throw this.#unreachable('append', this.#silence.cause);
    const pendingBytes = this.#waiting.drafts.byteCount;
    const mostBytes = MAX_PENDING * this.#maxPendingBytes;
    if (pendingBytes <= mostBytes) return;
    const what = `${pendingBytes} bytes wait for the engine; the limit is ${mostBytes} (${MAX_PENDING} times \`maxPendingBytes\`)`;
    throw new DatabaseError('TOO_MUCH_PENDING', what, { pendingBytes, mostBytes });
  }

  /** An engine that is silent while the node closes is not waited for without end. @returns whether to stop. */
  #giveUp(error: unknown): boolean {
    this.#silence.note(error, error instanceof NoAnswer ? error.waitedMs : 0);
    if (this.lagMs < this.#options.unreachableMs) return false;
    // Compaction waits here, and closing waits for compaction.
    for (const { reject } of this.#quiet.splice(0)) reject(this.#unreachable('read', error));
    // What is settled is kept without the engine.
    if (this.#closing === undefined || !this.#hasWork) return false;
    this.#fail(this.#unreachable('close', error));
    return true;
  }

  #unreachable(operation: string, cause: unknown): DatabaseError {
    const isOutcomeUnknown = operation === 'close' && this.#sending.isOutcomeUnknown;
    return unreachable(this.#engine.description, operation, cause, isOutcomeUnknown);
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asFailure(cause);
    const isOutcomeUnknown = this.#sending.isOutcomeUnknown;
    this.#failure = failure;
    this.#waiting.drafts.clear();
    this.#sending.forget();
    this.#tell((listener) => listener.failed(failure, isOutcomeUnknown));
    this.#waiters.reject(this.#failed());
    for (const { reject } of this.#quiet.splice(0)) reject(this.#failed());
    this.#pause.end();
  }

  #failed(): DatabaseError {
    const failure = this.#failure!;
    return databaseFailed(failure, failure.facts);
  }

  /** An error of the listener is not one of the engine: it goes to the process. */
  #tell(say: (listener: SharedJournalListener) => void): void {
    const { listener } = this.#waiting;
    if (listener === undefined) return;
    try {
      say(listener);
    } catch (error) {
      soon(() => {
        throw error;
      });
    }
  }

  async #close(): Promise<void> {
    await this.#settled.images?.close();
    this.#pause.close();
    await this.#running;
    const failure = this.#failure;
    this.#isEnded = true;
    this.#waiters.reject(closed());
    await Promise.allSettled([this.#engine.close(), failure === undefined ? this.#keeper?.finish() : undefined]);
    await this.#own.close();
    if (failure !== undefined) throw failure;
  }
}

function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'the database is closed');
}
