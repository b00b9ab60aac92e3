/**
 * The journal of a node: transactions go to the engine, settle when it has them, and then go to the node's own journal.
 *
 *   append ─▶ draft ─▶ engine ─┬─ won ─────▶ own journal, settled
 *                              ├─ lost ────▶ read what came first, apply it, run again what waits
 *                              └─ no answer ▶ read at that position: ours, another's, or nothing: then the same bytes again
 *
 * One frame is on its way at a time; the next gathers meanwhile, so frames grow with the load. A frame whose fate is
 * not known is never followed by another one. A crash at any line leaves the engine with whole frames, and a copy that
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
  type NodeParts,
  type NodeJournal as NodePort,
  nowMs,
  SeqWaiters,
  type SharedJournalListener,
  type StoredTransaction,
  sleep,
  soon,
  toHex,
  turn,
} from '@nuthatch/runtime/cluster';
import { NoAnswer } from '../engine/answering-engine.js';
import type { JournalEngine } from '../engine/journal-engine.js';
import { answered, isFatal, unreachable } from './answered.js';
import { ApplySlices } from './apply-slices.js';
import { type ArrivedFrame, ArrivingFrames, diverged, gone } from './arriving-frames.js';
import { CopyKeeper } from './copy-keeper.js';
import { FrameDraft, type FrameMaker, type SealedFrame } from './frame-draft.js';
import type { FramePlace } from './frame-place.js';
import { ImageKeeper, type ImageOptions, type ImageSource } from './image-keeper.js';
import type { CopyMark, NodeCopy } from './node-copy.js';
import { OwnTail } from './own-tail.js';
import { Pause } from './pause.js';
import { SharedModels } from './shared-models.js';

/** A frame this long is sent; the next transaction begins another. */
const FULL_FRAME_BYTES = 256 * 1024;
/** Writes are refused when this many times `maxPendingBytes` wait. */
const MAX_PENDING = 16;
/** For so many frames after another node's, a node lets others go first now and then. */
const YIELDING_FRAMES = 64;
/** A node that lost has to ask and to run again: the others' next frames wait for up to so many answers' time. */
const YIELD_ANSWERS = 3;
/** A node to which nothing comes looks so often whether that is because all of it is gone. */
const ASK_HEAD_MS = 5_000;

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
  readonly #parts: NodeParts;
  readonly #maker: FrameMaker;
  readonly #models = new SharedModels();
  readonly #frames: ArrivingFrames;
  readonly #slices = new ApplySlices();
  readonly #keeper: CopyKeeper | undefined;
  #images: ImageKeeper | undefined;
  #listener: SharedJournalListener | undefined;
  /** The end of what is settled. */
  #head: FramePlace;
  #headMs = 0;
  #lastSeq: number;
  /** Oldest first; the first may be on its way. */
  #drafts: FrameDraft[] = [];
  /** The first draft as it was sent, until its fate is known. */
  #sent: SealedFrame | undefined;
  readonly #quiet: Quiet[] = [];
  readonly #settled = new SeqWaiters();
  /** Wait for what was pending when they asked. */
  readonly #flushing = new SeqWaiters();
  readonly #placed = new SeqWaiters();
  readonly #draining = new SeqWaiters();
  readonly #pause = new Pause();
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failure: DatabaseError | undefined;
  /** What waits runs again. */
  #isOvertaking = false;
  /** Nothing is followed any more. */
  #isEnded = false;
  /** Since when the engine has given no answer. */
  #silentSinceMs: number | undefined;
  #lastError: unknown;
  /** When the engine is asked for its head again although nothing comes. */
  #askHeadMs = 0;
  /** Frames for which this node still lets others go first. */
  #yieldsLeft = 0;
  /** The last frame was this node's. */
  #mustYield = false;
  /** How long the engine took for the last frame, in milliseconds. */
  #answerMs = 0;
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
    this.#frames = new ArrivingFrames(engine, parts.documents, crcSeed);
    for (const model of kept?.mark.models ?? models ?? []) this.#knowModel(model);
    this.#models.restart();
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
    return this.#silentSinceMs === undefined ? 0 : Math.round(nowMs() - this.#silentSinceMs);
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
      this.#images = new ImageKeeper(this.#engine, this.#options.images, source, () => keeper.flushed());
    await this.#answered(() => this.#requireOwnHistory());
    while (await this.#answered(() => this.#catchUp())) await turn();
    if (this.#own.lastSeq > this.#head.seq) {
      const reason = `the copy here goes up to seq ${this.#own.lastSeq}, the journal up to ${this.#head.seq}`;
      throw diverged(this.#engine, this.#head.position, reason);
    }
    this.#running = this.#run();
  }

  #answered<T>(ask: () => Promise<T>): Promise<T> {
    return answered(ask, this.#options.unreachableMs, this.#engine.description, this.#pause);
  }

  append(transaction: JournaledTransaction): number {
    // What was accepted is not refused because it has to run again: not by a closing, nor after a silence that is over.
    if (this.#isOvertaking) this.#requireSound();
    else this.#requireWritable();
    const last = this.#drafts.at(-1);
    const isOpen = last !== undefined && !(this.#sent !== undefined && this.#drafts.length === 1) && !isFull(last);
    if (!isOpen || !this.#joins(last, transaction)) {
      const draft = new FrameDraft();
      draft.add(transaction, this.#models, this.#engine.maxFrameBytes);
      this.#drafts.push(draft);
    }
    this.#lastSeq++;
    this.#pause.end();
    return this.#lastSeq;
  }

  /** @returns false, with nothing changed, when the frame has no room for it. */
  #joins(draft: FrameDraft, transaction: JournaledTransaction): boolean {
    try {
      draft.add(transaction, this.#models, this.#engine.maxFrameBytes - draft.byteCount);
      return true;
    } catch (error) {
      if (!DatabaseError.is(error, 'TRANSACTION_TOO_LARGE')) throw error;
      return false;
    }
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    return this.#lastSeq === this.#head.seq ? Promise.resolve() : this.#flushing.waitFor(this.#lastSeq);
  }

  drained(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    return this.#pendingBytes <= this.#parts.maxPendingBytes ? Promise.resolve() : this.#draining.waitFor(0);
  }

  caughtUp(seq: number): Promise<void> {
    if (seq <= this.#head.seq) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failed());
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#settled.waitFor(seq);
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
    if (position < ownPosition) this.#fail(this.#shortened(ownPosition, position));
    else if (position <= this.#head.position) return;
    // Nobody wakes it any more if the node failed or closed while the engine was asked.
    if (this.#failure !== undefined) throw this.#failed();
    if (this.#isEnded) throw closed();
    this.#pause.end();
    await this.#placed.waitFor(position);
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
      pendingBytes: this.#pendingBytes,
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
        this.#silentSinceMs = undefined;
      } catch (error) {
        if (isFatal(error)) return this.#fail(error);
        if (this.#giveUp(error)) return;
        await this.#pause.backOff();
      }
    }
  }

  get #hasWork(): boolean {
    return this.#drafts.length > 0 || this.#quiet.length > 0;
  }

  async #step(): Promise<void> {
    if (this.#sent !== undefined) await this.#findFate(this.#sent);
    else if (this.#quiet.length > 0) this.#runQuiet();
    else if (this.#drafts.length > 0) await this.#offer();
    else await this.#follow();
    this.#pause.heard();
  }

  /** Sends the oldest draft. Writes of this turn come along. */
  async #offer(): Promise<void> {
    if (this.#yieldsLeft > 0) await this.#yield();
    else await turn();
    const draft = this.#drafts[0];
    // What waited may have been taken back meanwhile.
    if (draft === undefined) return;
    const sent = draft.seal(this.#head, this.#maker, this.clock.now());
    this.#sent = sent;
    const sentMs = nowMs();
    const answer = await this.#engine.append(sent.place.position, sent.bytes);
    this.#answerMs = nowMs() - sentMs;
    if (this.#failure !== undefined) return;
    if (answer === 'won') {
      this.#mustYield = true;
      this.#win(sent);
    } else {
      this.#mustYield = false;
      await this.#findFate(sent);
    }
  }

  /** One that has won waits a random while; one that has lost goes on at once. Else the same node wins again and again. */
  async #yield(): Promise<void> {
    this.#yieldsLeft--;
    if (this.#mustYield && this.#closing === undefined) await sleep(Math.random() * YIELD_ANSWERS * this.#answerMs);
    else await turn();
  }

  /** Asks what stands at the position of a frame that was sent: it, another one, or nothing. */
  async #findFate(sent: SealedFrame): Promise<void> {
    const arrived = await this.#frames.after(this.#head);
    if (this.#failure !== undefined) return;
    const [first] = arrived;
    if (first === undefined) {
      const answer = await this.#engine.append(sent.place.position, sent.bytes);
      if (this.#failure !== undefined) return;
      if (answer === 'won') this.#win(sent);
      // Another one is there, or was: then the next step reads it.
      else await this.#requireKept();
      return;
    }
    if (isSameChain(first.place.chain, sent.place.chain)) {
      this.#win(sent);
      await this.#takeIn(arrived.slice(1));
    } else {
      this.#sent = undefined;
      await this.#takeIn(arrived);
    }
  }

  #win({ place, bytes }: SealedFrame): void {
    const draft = this.#drafts.shift()!;
    this.#sent = undefined;
    this.#frameCount++;
    this.#writtenBytes += bytes.length;
    for (const model of draft.models) this.#knowModel(model);
    // The engine has it, whatever becomes of the copy here.
    this.#tell((listener) => listener.synced(place.seq));
    for (const transaction of draft.transactions) this.#own.append(transaction, 'interval');
    this.#moveTo(place, this.clock.now());
    this.#images?.note(bytes.length);
    this.#wake();
  }

  /** Waits for something to do, and applies what has come. */
  async #follow(): Promise<void> {
    const { position } = this.#head;
    const isNews = await this.#pause.during((signal) => this.#engine.wait(position, signal));
    // A barrier ends the waiting, too: were nothing read then, barriers in quick succession would keep it from ever reading.
    const isForBarrier = !this.#hasWork && this.#closing === undefined;
    if (isNews || isForBarrier) await this.#catchUp();
  }

  /** @returns whether there was anything. */
  async #catchUp(): Promise<boolean> {
    const arrived = await this.#frames.after(this.#head);
    if (this.#head.seq < this.#own.lastSeq) await this.#requireSame(arrived);
    await this.#takeIn(arrived);
    if (arrived.length === 0 && nowMs() >= this.#askHeadMs) {
      await this.#requireKept();
      this.#askHeadMs = nowMs() + ASK_HEAD_MS;
    }
    return arrived.length > 0;
  }

  /** Where nothing is to be read, the head is where this node is: or else frames behind it, or its own, are gone. */
  async #requireKept(): Promise<void> {
    const place = this.#head;
    const position = await this.#engine.head();
    if (position < place.position) throw this.#shortened(place.position, position);
    if (position === place.position || (await this.#frames.after(place)).length > 0) return;
    throw gone(this.#engine, place.position + 1, position + 1);
  }

  /** Applies frames of other nodes, some milliseconds of them in a turn of the loop: readers see whole frames. */
  async #takeIn(arrived: readonly ArrivedFrame[]): Promise<void> {
    for (let from = 0; from < arrived.length; ) {
      if (from > 0) await turn();
      if (this.#failure !== undefined) return;
      const count = this.#slices.next(arrived, from);
      this.#apply(arrived.slice(from, from + count), from > 0);
      from += count;
    }
  }

  /** In one turn; what waits here runs again behind them. @param isRest of frames of which some were applied. */
  #apply(arrived: readonly ArrivedFrame[], isRest: boolean): void {
    const ownSeq = this.#own.lastSeq;
    const beganMs = nowMs();
    for (const { models } of arrived) for (const model of models) this.#knowModel(model);
    const { place, timeMs } = arrived.at(-1)!;
    const fresh = arrived.flatMap(({ transactions }) => transactions.filter(({ seq }) => seq > ownSeq));
    this.#restart();
    this.#lastSeq = place.seq;
    const between = (): void => {
      for (const transaction of fresh) this.#own.append(transaction, 'interval');
      this.#slices.took(arrived, nowMs() - beganMs);
    };
    this.#overtake(fresh, between, isRest);
    this.#yieldsLeft = YIELDING_FRAMES;
    this.#moveTo(place, timeMs);
    for (const { byteCount } of arrived) this.#images?.note(byteCount);
    this.#wake();
  }

  #runQuiet(): void {
    for (const { work, resolve, reject } of this.#quiet.splice(0)) {
      let outcome = resolve;
      this.#restart();
      this.#lastSeq = this.#head.seq;
      this.#overtake([], () => {
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
  #overtake(arrived: readonly StoredTransaction[], between: () => void, isRest = false): void {
    this.#isOvertaking = true;
    try {
      this.#listener!.overtaken(arrived, between, isRest);
    } catch (error) {
      throw asFailure(error);
    } finally {
      this.#isOvertaking = false;
    }
    // What waited has other numbers now, or is gone.
    this.#flushing.moveAll(this.#lastSeq);
  }

  /** What waits is encoded anew. */
  #restart(): void {
    this.#drafts = [];
    this.#models.restart();
  }

  #moveTo(place: FramePlace, timeMs: number): void {
    this.#head = place;
    this.#headMs = Math.max(this.#headMs, timeMs);
    this.#keeper?.note(place, this.#models.settled);
  }

  #knowModel(model: { readonly modelId: number; readonly fingerprint: string; readonly json: string }): void {
    this.#models.settle(model);
    this.#parts.documents.add(model);
  }

  #wake(): void {
    this.#settled.wake(this.#head.seq);
    this.#flushing.wake(this.#head.seq);
    this.#placed.wake(this.#head.position);
    if (this.#pendingBytes <= this.#parts.maxPendingBytes) this.#draining.wake(0);
  }

  get #pendingBytes(): number {
    return this.#drafts.reduce((sum, { byteCount }) => sum + byteCount, 0);
  }

  #shortened(position: number, head: number): DatabaseError {
    return diverged(this.#engine, position, `the journal ends at frame ${head}, and lost what this node has applied`);
  }

  /** Before anything is applied: the frame that the copy ends with is the one in the journal. */
  async #requireOwnHistory(): Promise<void> {
    const { position, chain, seq } = this.#head;
    if (seq > this.#own.lastSeq) {
      const reason = `the copy here should go up to seq ${seq} and ends at ${this.#own.lastSeq}; remove its directory`;
      throw diverged(this.#engine, position, reason);
    }
    if (position === 0) return;
    const found = await this.#frames.placeAt(position);
    if (found === undefined) return this.#requireCovered(this.#head);
    if (!isSameChain(found.chain, chain)) throw diverged(this.#engine, position, 'another frame stands there');
  }

  /** The copy goes on behind its mark: the journal has the same there. */
  async #requireSame(arrived: readonly ArrivedFrame[]): Promise<void> {
    const transactions = arrived.flatMap((frame) => frame.transactions);
    const seq = await new OwnTail(this.#own, this.#parts.definitions).difference(transactions);
    if (seq === undefined) return;
    const { place } = arrived.find((frame) => frame.place.seq >= seq)!;
    throw diverged(this.#engine, place.position, `the copy here holds another transaction ${seq}`);
  }

  /** The frame that the copy ends with is not kept: then an image covers it, and the next frame, if any, names its chain. */
  async #requireCovered({ position, chain }: FramePlace): Promise<void> {
    const image = await this.#engine.newestImage();
    if (image === undefined || image.position < position)
      throw diverged(this.#engine, position, 'there is no such frame any more');
    if (image.position === position && image.chain !== toHex(chain))
      throw diverged(this.#engine, position, 'the image of that frame is of another history');
  }

  #requireSound(): void {
    if (this.#failure !== undefined) throw this.#failed();
  }

  #requireWritable(): void {
    this.#requireSound();
    if (this.#closing !== undefined) throw closed();
    if (this.lagMs > this.#options.unreachableMs) throw this.#unreachable('append', this.#lastError);
    const { maxPendingBytes } = this.#parts;
    const pendingBytes = this.#pendingBytes;
    const mostBytes = MAX_PENDING * maxPendingBytes;
    if (pendingBytes <= mostBytes) return;
    const what = `${pendingBytes} bytes wait for the engine; the limit is ${mostBytes} (${MAX_PENDING} times \`maxPendingBytes\`)`;
    throw new DatabaseError('TOO_MUCH_PENDING', what, { pendingBytes, mostBytes });
  }

  /** An engine that is silent while the node closes is not waited for without end. @returns whether to stop. */
  #giveUp(error: unknown): boolean {
    this.#lastError = error;
    this.#silentSinceMs ??= nowMs() - (error instanceof NoAnswer ? error.waitedMs : 0);
    if (this.lagMs < this.#options.unreachableMs) return false;
    // Compaction waits here, and closing waits for compaction.
    for (const { reject } of this.#quiet.splice(0)) reject(this.#unreachable('read', error));
    // What is settled is kept without the engine.
    if (this.#closing === undefined || !this.#hasWork) return false;
    this.#fail(this.#unreachable('close', error));
    return true;
  }

  #unreachable(operation: string, cause: unknown): DatabaseError {
    const isOutcomeUnknown = operation === 'close' && this.#sent !== undefined;
    return unreachable(this.#engine.description, operation, cause, isOutcomeUnknown);
  }

  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = asFailure(cause);
    const isOutcomeUnknown = this.#sent !== undefined;
    this.#failure = failure;
    this.#drafts = [];
    this.#sent = undefined;
    this.#tell((listener) => listener.failed(failure, isOutcomeUnknown));
    for (const waiters of [this.#settled, this.#flushing, this.#placed, this.#draining]) waiters.reject(this.#failed());
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
    for (const waiters of [this.#settled, this.#flushing, this.#placed]) waiters.reject(closed());
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

function isFull({ byteCount }: FrameDraft): boolean {
  return byteCount >= FULL_FRAME_BYTES;
}

function closed(): DatabaseError {
  return new DatabaseError('DATABASE_CLOSED', 'the database is closed');
}
