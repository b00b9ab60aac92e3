/**
 * The journal of a node: transactions go to the engine, settle when it has them, and then go to the node's own journal.
 *
 *   append ─▶ draft ─▶ engine ─┬─ won ─────▶ own journal, settled
 *                              ├─ lost ────▶ read what came first, apply it, run again what waits
 *                              └─ no answer ▶ read at that position: ours, another's, or nothing: then the same bytes again
 *
 * One frame is on its way at a time; the next gathers meanwhile, so frames grow with the load. A frame whose fate is
 * not known is never followed by another one. While other nodes write too, each writes in turns: turns.ts. A crash at any line leaves the engine with whole frames, and a copy that
 * is behind it.
 */
import { randomInt } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import {
  databaseFailed,
  frameCrcSeed,
  fromHex,
  isSameChain,
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
import { NoAnswer } from '../engine/answering-engine.js';
import type { JournalEngine } from '../engine/journal-engine.js';
import { answered, isFatal, unreachable } from './answered.js';
import { ApplySlices } from './apply-slices.js';
import { Arrivals } from './arrivals.js';
import { type ArrivedFrame, ArrivingFrames } from './arriving-frames.js';
import { CopyKeeper } from './copy-keeper.js';
import { Drafts } from './drafts.js';
import { FrameDraft, type FrameMaker, type SealedFrame } from './frame-draft.js';
import type { FramePlace } from './frame-place.js';
import { ImageKeeper, type ImageOptions, type ImageSource } from './image-keeper.js';
import type { CopyMark, NodeCopy } from './node-copy.js';
import { NodeWaiters } from './node-waiters.js';
import { OwnHistory } from './own-history.js';
import { OwnTail } from './own-tail.js';
import { Pause } from './pause.js';
import { SharedModels } from './shared-models.js';
import { Silence } from './silence.js';
import { Turns } from './turns.js';

/** Writes are refused when this many times `maxPendingBytes` wait. */
const MAX_PENDING = 16;
/** A node to which nothing comes looks so often whether that is because all of it is gone. */
const ASK_HEAD_MS = 5_000;
/** What has arrived is applied when it is so many times what waits here, which is run again then, */
const ARRIVED_PER_WAITING = 4;
/** and when it is as long as this. */
const MOST_ARRIVED_BYTES = 4 * 1024 * 1024;
/** With so much to apply and to run again, a node claims its turn first. */
const CLAIM_FIRST_BYTES = 16 * 1024;

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

/** A frame on its way. */
interface SentFrame extends SealedFrame {
  readonly claimMs: number | undefined;
  readonly sentMs: number;
  /** Undefined: it has no transactions, and is a claim alone. */
  readonly draft: FrameDraft | undefined;
}

export class NodeJournal implements NodePort {
  readonly #engine: JournalEngine;
  readonly #options: NodeOptions;
  readonly #own: Journal;
  readonly #parts: NodeParts;
  readonly #maker: FrameMaker;
  readonly #models = new SharedModels();
  readonly #drafts: Drafts;
  readonly #arrivals: Arrivals;
  readonly #slices = new ApplySlices();
  readonly #history: OwnHistory;
  readonly #turns: Turns;
  readonly #keeper: CopyKeeper | undefined;
  #images: ImageKeeper | undefined;
  #listener: SharedJournalListener | undefined;
  /** The end of what is settled and applied. */
  #head: FramePlace;
  #headMs = 0;
  #lastSeq: number;
  /** Until its fate is known. */
  #sent: SentFrame | undefined;
  /** What waits was sent, and others came first. */
  #hasLost = false;
  /** What waits runs again now. */
  #isOvertaking = false;
  readonly #quiet: Quiet[] = [];
  readonly #waiters = new NodeWaiters();
  readonly #pause = new Pause();
  /** Transactions that come now need not be looked at before the turn of this node. */
  #isAwaitingTurn = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: DatabaseError | undefined;
  /** Nothing is followed any more. */
  #isEnded = false;
  readonly #silence = new Silence();
  #lookedMs = 0;
  /** When the engine is asked for its head again although nothing comes. */
  #askHeadMs = 0;
  #frameCount = 0;
  #writtenBytes = 0;

  constructor({ uuid, engine, options, parts, kept, models, start }: NodeInput) {
    this.#engine = engine;
    this.#options = options;
    this.#parts = parts;
    this.#own = parts.own;
    this.#head = start;
    this.#lastSeq = start.seq;
    const crcSeed = frameCrcSeed(fromHex(uuid));
    this.#maker = { crcSeed, epoch: randomInt(1, 2 ** 32) };
    this.#turns = new Turns(this.#maker.epoch, engine.requestTurn !== undefined);
    engine.onTurnRequest = () => this.#turns.requested(nowMs());
    const frames = new ArrivingFrames(engine, parts.documents, crcSeed);
    this.#arrivals = new Arrivals(frames, start);
    this.#history = new OwnHistory(engine, frames, this.#own, new OwnTail(this.#own, parts.definitions));
    for (const model of kept?.mark.models ?? models ?? []) this.#knowModel(model);
    this.#drafts = new Drafts(engine.maxFrameBytes, this.#models);
    this.#drafts.clear();
    this.#keeper = kept && new CopyKeeper(kept.copy, kept.mark, () => this.#own.flush());
    this.#own.listen({ written: () => undefined, synced: () => undefined, failed: (error) => this.#fail(error) });
  }

  readonly clock = { now: (): number => Math.max(this.#own.clock.now(), this.#headMs) };

  get lastSeq(): number {
    return this.#lastSeq;
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
    this.#listener = listener;
  }

  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction> {
    return this.#own.read(afterSeq, uptoSeq);
  }

  async start(source?: ImageSource): Promise<void> {
    const keeper = this.#keeper;
    if (source !== undefined && keeper !== undefined)
      this.#images = new ImageKeeper(this.#engine, this.#options.images, source, async () => {
        const mark = await keeper.flushed();
        await this.#history.requireStanding(mark.place);
        return mark;
      });
    const { unreachableMs } = this.#options;
    const { description } = this.#engine;
    await answered(() => this.#history.requireMark(this.#head), unreachableMs, description, this.#pause);
    while (await answered(() => this.#catchUp(), unreachableMs, description, this.#pause)) await turn();
    this.#history.requireEnd(this.#head);
    this.#running = this.#run();
  }

  append(transaction: JournaledTransaction): number {
    // What was accepted is not refused because it has to run again: not by a closing, nor after a silence that is over.
    if (this.#isOvertaking) this.#requireSound();
    else this.#requireWritable();
    const wasEmpty = this.#drafts.count === 0;
    this.#drafts.add(transaction);
    this.#lastSeq++;
    if (wasEmpty && !this.#isOvertaking) this.#turns.filled(nowMs());
    if (!this.#isAwaitingTurn) this.#pause.end();
    return this.#lastSeq;
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    return this.#lastSeq === this.#head.seq ? Promise.resolve() : this.#waiters.flushing.waitFor(this.#lastSeq);
  }

  drained(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    return this.#hasRoom ? Promise.resolve() : this.#waiters.draining.waitFor(0);
  }

  caughtUp(seq: number): Promise<void> {
    if (seq <= this.#head.seq) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    if (this.#closing !== undefined) return Promise.reject(closed());
    // What is asked for may have been read, and not applied for the sake of what waits.
    this.#pause.end();
    return this.#waiters.settled.waitFor(seq);
  }

  async barrier(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failed();
    if (this.#closing !== undefined) throw closed();
    let position: number;
    const ownPosition = this.#head.position;
    try {
      position = await this.#engine.head();
    } catch (error) {
      throw this.#unreachable('head', error);
    }
    if (position < ownPosition) this.#fail(this.#history.shortened(ownPosition, position));
    else if (position <= this.#head.position) return;
    // Nobody wakes it any more if the node failed or closed while the engine was asked.
    if (this.#failure !== undefined) throw this.#failed();
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

  stats(): JournalStats {
    const { seq } = this.#head;
    return {
      ...this.#own.stats(),
      pendingBytes: this.#drafts.byteCount,
      lastSeq: this.#lastSeq,
      writtenSeq: seq,
      syncedSeq: seq,
      frameCount: this.#frameCount,
      writtenBytes: this.#writtenBytes,
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
    return this.#drafts.count > 0 || this.#quiet.length > 0;
  }

  async #step(): Promise<void> {
    if (this.#sent !== undefined) await this.#findFate(this.#sent);
    else if (this.#quiet.length > 0) this.#runQuiet();
    else if (this.#drafts.count > 0) await this.#offer();
    else if (this.#arrivals.first !== undefined) this.#takeSlice();
    else await this.#follow();
    if (this.#arrivals.first !== undefined) await turn();
    this.#pause.heard();
  }

  /** Sends what waits, or waits for the turn of this node. */
  async #offer(): Promise<void> {
    // A look costs less than a frame that is lost.
    if (this.#turns.isUncertain(nowMs(), this.#lookedMs)) await this.#look();
    const waitMs = this.#turns.waitMs(nowMs());
    if (waitMs > 0) return this.#awaitTurn(waitMs);
    const { byteCount } = this.#arrivals;
    if (byteCount > 0 && byteCount + this.#drafts.byteCount >= CLAIM_FIRST_BYTES) return this.#claim();
    if (byteCount > 0) await this.#takeIn();
    // Writes of this turn of the event loop come along.
    else await turn();
    const draft = this.#drafts.send();
    // What waited may have been taken back meanwhile.
    if (draft === undefined) return;
    const sentMs = nowMs();
    const wanted = this.#turns.claim(sentMs, this.#drafts.count > 1);
    const claimMs = draft.hasRoomForClaim(this.#engine.maxFrameBytes) ? wanted : undefined;
    const sealed = draft.seal(this.#head, this.#maker, this.clock.now(), claimMs);
    this.#sent = { ...sealed, claimMs, sentMs, draft };
    await this.#settle(this.#sent, this.#engine.append(sealed.place.position, sealed.bytes));
  }

  /** Others wait already while this node applies what has come and runs its own again. */
  async #claim(): Promise<void> {
    const sentMs = nowMs();
    const claimMs = this.#turns.claimTurn(sentMs);
    const sealed = new FrameDraft().seal(this.#arrivals.end, this.#maker, this.clock.now(), claimMs);
    this.#sent = { ...sealed, claimMs, sentMs, draft: undefined };
    const answer = this.#engine.append(sealed.place.position, sealed.bytes);
    // It is awaited below; until then nobody hears a rejection.
    answer.catch(() => undefined);
    // Else it would leave only when all is applied.
    await turn();
    await this.#takeIn();
    await this.#settle(this.#sent, answer);
  }

  async #settle(sent: SentFrame, answer: Promise<'won' | 'lost'>): Promise<void> {
    const outcome = await answer;
    if (this.#failure !== undefined) return;
    if (outcome === 'won') this.#win(sent, nowMs() - sent.sentMs);
    else await this.#findFate(sent);
  }

  /** Asks what stands at the position of a frame that was sent: it, another one, or nothing. */
  async #findFate(sent: SentFrame): Promise<void> {
    await this.#look();
    if (this.#failure !== undefined) return;
    const { first } = this.#arrivals;
    if (first === undefined) {
      const answer = await this.#engine.append(sent.place.position, sent.bytes);
      if (this.#failure !== undefined) return;
      if (answer === 'won') this.#win(sent);
      // Another one is there, or was: then the next step reads it.
      else await this.#history.requireKept(this.#head);
      return;
    }
    if (isSameChain(first.place.chain, sent.place.chain)) {
      this.#arrivals.shift();
      this.#win(sent);
    } else {
      this.#sent = undefined;
      this.#hasLost = true;
      if (this.#turns.asks(nowMs())) this.#engine.requestTurn?.();
    }
    this.#takeInWhenDue();
  }

  /** @param answerMs how long the engine took for it, where it answered at once. */
  #win(sent: SentFrame, answerMs?: number): void {
    const { place, bytes, claimMs, draft } = sent;
    this.#sent = undefined;
    this.#frameCount++;
    this.#writtenBytes += bytes.length;
    if (this.#arrivals.first === undefined) this.#arrivals.moveTo(place);
    if (draft !== undefined) {
      this.#drafts.shift();
      for (const model of draft.models) this.#knowModel(model);
      // The engine has it, whatever becomes of the copy here.
      this.#tell((listener) => listener.synced(place.seq));
      for (const transaction of draft.transactions) this.#own.append(transaction, 'interval');
    }
    this.#turns.landed({ position: place.position, claimMs, answerMs }, nowMs(), this.#drafts.count > 0);
    this.#moveTo(place, this.clock.now());
    this.#images?.note(bytes.length);
  }

  /** Gathers what others write, for a while. */
  async #awaitTurn(ms: number): Promise<void> {
    if (this.#turns.asks(nowMs())) this.#engine.requestTurn?.();
    if (this.#closing === undefined) {
      const { position } = this.#arrivals.end;
      const timer = later(() => this.#pause.end(), ms, true);
      this.#isAwaitingTurn = true;
      try {
        await this.#pause.during((signal) => this.#engine.wait(position, signal));
      } finally {
        this.#isAwaitingTurn = false;
        timer.cancel();
      }
    } else await sleep(ms);
    await this.#look();
    // To claim the turn is more urgent than to be ready for it.
    if (this.#turns.waitMs(nowMs()) > 0) this.#takeInWhenDue();
  }

  /** Waits for something to do, and reads what has come. */
  async #follow(): Promise<void> {
    const { position } = this.#arrivals.end;
    const isNews = await this.#pause.during((signal) => this.#engine.wait(position, signal));
    // A barrier ends the waiting, too: were nothing read then, barriers in quick succession would keep it from ever reading.
    const isForBarrier = !this.#hasWork && this.#closing === undefined;
    if (!isNews && !isForBarrier) return;
    if ((await this.#look()).length > 0 || nowMs() < this.#askHeadMs) return;
    await this.#history.requireKept(this.#arrivals.end);
    this.#askHeadMs = nowMs() + ASK_HEAD_MS;
  }

  /** At opening. @returns whether there was anything. */
  async #catchUp(): Promise<boolean> {
    const arrived = await this.#look();
    if (this.#head.seq < this.#own.lastSeq) await this.#history.requireSame(this.#arrivals.frames);
    await this.#takeIn();
    if (arrived.length === 0) await this.#history.requireKept(this.#arrivals.end);
    return arrived.length > 0;
  }

  /** Reads what others wrote. */
  async #look(): Promise<readonly ArrivedFrame[]> {
    this.#lookedMs = nowMs();
    const arrived = await this.#arrivals.look();
    const atMs = nowMs();
    for (const { epoch, place, claimMs } of arrived)
      if (epoch !== this.#maker.epoch) this.#turns.arrived({ epoch, position: place.position, claimMs }, atMs);
    return arrived;
  }

  /** Not each frame at once while transactions wait here, which are run again each time; but nobody waits for it in vain. */
  #takeInWhenDue(): void {
    const { byteCount, end } = this.#arrivals;
    if (byteCount === 0) return;
    const isDue =
      byteCount >= Math.min(MOST_ARRIVED_BYTES, ARRIVED_PER_WAITING * this.#drafts.byteCount) ||
      this.#waiters.areServedBy(end);
    if (isDue) this.#takeSlice();
  }

  /** Applies frames of other nodes, some milliseconds of them in a turn of the loop: readers see whole frames. */
  async #takeIn(): Promise<void> {
    while (this.#failure === undefined && this.#arrivals.first !== undefined) {
      this.#takeSlice();
      if (this.#arrivals.first !== undefined) await turn();
    }
  }

  #takeSlice(): void {
    const slice = this.#arrivals.take(this.#slices, ARRIVED_PER_WAITING * this.#drafts.byteCount);
    if (slice.length > 0) this.#apply(slice);
  }

  /** In one turn; what waits here runs again behind them. */
  #apply(arrived: readonly ArrivedFrame[]): void {
    const ownSeq = this.#own.lastSeq;
    const beganMs = nowMs();
    for (const { models } of arrived) for (const model of models) this.#knowModel(model);
    const { place, timeMs } = arrived.at(-1)!;
    // Claims alone change nothing that waits here.
    if (place.seq === this.#head.seq && !this.#hasLost) {
      this.#moveTo(place, timeMs);
      return;
    }
    const fresh = arrived.flatMap(({ transactions }) => transactions.filter(({ seq }) => seq > ownSeq));
    this.#drafts.clear();
    this.#lastSeq = place.seq;
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    this.#overtake(fresh, hasLost, () => {
      for (const transaction of fresh) this.#own.append(transaction, 'interval');
      this.#slices.took(arrived, nowMs() - beganMs);
    });
    for (const { byteCount } of arrived) this.#images?.note(byteCount);
    this.#moveTo(place, timeMs);
  }

  #runQuiet(): void {
    for (const { work, resolve, reject } of this.#quiet.splice(0)) {
      let outcome = resolve;
      this.#drafts.clear();
      this.#lastSeq = this.#head.seq;
      this.#overtake([], false, () => {
        try {
          work();
        } catch (error) {
          outcome = () => reject(error);
        }
      });
      outcome();
    }
  }

  /** What goes wrong here is no silence of the engine: the node must not try it again over what is half applied. */
  #overtake(arrived: readonly StoredTransaction[], hasLost: boolean, between: () => void): void {
    this.#isOvertaking = true;
    try {
      this.#listener!.overtaken(arrived, between, hasLost);
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.#isOvertaking = false;
    }
    // What waited has other numbers now, or is gone.
    this.#waiters.flushing.moveAll(this.#lastSeq);
  }

  #moveTo(place: FramePlace, timeMs: number): void {
    this.#head = place;
    this.#headMs = Math.max(this.#headMs, timeMs);
    this.#keeper?.note(place, this.#models.settled);
    this.#waiters.wake(place, this.#hasRoom);
  }

  #knowModel(model: { readonly modelId: number; readonly fingerprint: string; readonly json: string }): void {
    this.#models.settle(model);
    this.#parts.documents.add(model);
  }

  get #hasRoom(): boolean {
    return this.#drafts.byteCount <= this.#parts.maxPendingBytes;
  }

  #requireSound(): void {
    if (this.#failure !== undefined) throw this.#failed();
  }

  #requireWritable(): void {
    this.#requireSound();
    if (this.#closing !== undefined) throw closed();
    if (this.lagMs > this.#options.unreachableMs) throw this.#unreachable('append', this.#silence.cause);
    const { maxPendingBytes } = this.#parts;
    const pendingBytes = this.#drafts.byteCount;
    const mostBytes = MAX_PENDING * maxPendingBytes;
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
    const isOutcomeUnknown = operation === 'close' && this.#sent?.draft !== undefined;
    return unreachable(this.#engine.description, operation, cause, isOutcomeUnknown);
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asFailure(cause);
    const isOutcomeUnknown = this.#sent?.draft !== undefined;
    this.#failure = failure;
    this.#drafts.clear();
    this.#sent = undefined;
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
    if (this.#listener === undefined) return;
    try {
      say(this.#listener);
    } catch (error) {
      soon(() => {
        throw error;
      });
    }
  }

  async #close(): Promise<void> {
    await this.#images?.close();
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

function asFailure(cause: unknown): DatabaseError {
  return DatabaseError.is(cause)
    ? cause
    : new DatabaseError('DATABASE_FAILED', `the node failed: ${String(cause)}`, {}, { cause });
}

function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'the database is closed');
}
