/**
 * The journal of a node: transactions go to the engine, settle when it has them, and then go to the node's own journal.
 *
 *   append ─▶ waiting ─▶ sending ─▶ engine ─▶ settled ─▶ own journal
 *                ▲                     │
 *                └── run again ◀── following          what other nodes wrote
 *
 * One frame is on its way at a time; the next gathers meanwhile, so frames grow with the load. While other nodes write
 * too, each writes in turns. This file is the face of it all; the steps follow each other in node-loop.ts. A crash at any
 * line leaves the engine with whole frames, and a copy that is behind it.
 */
import {
  type BlobNeeds,
  type BlobStore,
  type JournaledTransaction,
  type JournalStats,
  type NodeJournal as NodePort,
  nowMs,
  type SharedJournalListener,
  type StoredTransaction,
  turn,
} from '@nuthatch/runtime/cluster';
import { BlobEngine } from '../blobs/blob-engine.js';
import type { NodeBlobStore } from '../blobs/node-blob-store.js';
import { answered } from './answered.js';
import { ImageKeeper, type ImageSource } from './image-keeper.js';
import { closed, NodeEnd, silent, tell } from './node-end.js';
import { NodeLoop } from './node-loop.js';
import { makeNodeParts, type NodeInput, type NodeParts } from './node-parts.js';

export class NodeJournal implements NodePort {
  readonly #parts: NodeParts;
  readonly #end = new NodeEnd();
  readonly #loop: NodeLoop;
  readonly clock = { now: (): number => this.#parts.settled.now() };
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(input: NodeInput) {
    const parts = makeNodeParts(input, {
      isOver: () => this.#end.failure !== undefined,
      synced: (seq) => tell(parts.waiting, (listener) => listener.synced(seq)),
    });
    this.#parts = parts;
    this.#loop = new NodeLoop(parts, this.#end);
    parts.own.listen({
      written: () => undefined,
      synced: () => undefined,
      failed: (error) => this.#end.fail(parts, error),
    });
  }

  get lastSeq(): number {
    return this.#parts.waiting.lastSeq;
  }

  get maxTransactionBytes(): number {
    return this.#parts.engine.maxFrameBytes;
  }

  get oldestSince(): number {
    return this.#parts.own.oldestSince;
  }

  get lagMs(): number {
    return this.#parts.silence.lengthMs;
  }

  listen(listener: SharedJournalListener): void {
    this.#parts.waiting.listener = listener;
  }

  read(afterSeq: number, uptoSeq: number): AsyncIterable<StoredTransaction> {
    return this.#parts.own.read(afterSeq, uptoSeq);
  }

  async start(source?: ImageSource): Promise<void> {
    const { engine, following, history, keeper, options, pause, settled } = this.#parts;
    if (source !== undefined && keeper !== undefined)
      settled.images = new ImageKeeper(engine, options.images, source, async () => {
        const mark = await keeper.flushed();
        await history.requireStanding(mark.place);
        return mark;
      });
    const ask = <T>(work: () => Promise<T>): Promise<T> =>
      answered(work, options.unreachableMs, engine.description, pause);
    await ask(() => history.requireMark(settled.head));
    while (await ask(() => following.catchUp())) await turn();
    history.requireEnd(settled.head);
    this.#running = this.#loop.run();
  }

  append(transaction: JournaledTransaction): number {
    const { drafts, isRunningAgain } = this.#parts.waiting;
    // What was accepted is not refused because it has to run again: not by a closing, nor after a silence that is over.
    if (isRunningAgain) this.#end.requireSound();
    else this.#requireWritable();
    const wasEmpty = drafts.count === 0;
    const seq = this.#parts.waiting.append(transaction);
    if (wasEmpty && !isRunningAgain) this.#parts.turns.filled(nowMs());
    this.#loop.wake();
    return seq;
  }

  flush(): Promise<void> {
    if (this.#end.failure !== undefined) return Promise.reject(this.#end.failed());
    const { lastSeq } = this.#parts.waiting;
    return lastSeq === this.#parts.settled.head.seq ? Promise.resolve() : this.#parts.waiters.flushing.waitFor(lastSeq);
  }

  drained(): Promise<void> {
    if (this.#end.failure !== undefined) return Promise.reject(this.#end.failed());
    return this.#parts.room.isThere ? Promise.resolve() : this.#parts.waiters.draining.waitFor(0);
  }

  caughtUp(seq: number): Promise<void> {
    if (seq <= this.#parts.settled.head.seq) return Promise.resolve();
    if (this.#end.failure !== undefined) return Promise.reject(this.#end.failed());
    if (this.#end.isClosing) return Promise.reject(closed());
    // What is asked for may have been read, and not applied for the sake of what waits.
    this.#parts.pause.end();
    return this.#parts.waiters.settled.waitFor(seq);
  }

  async barrier(): Promise<void> {
    this.#end.requireSound();
    if (this.#end.isClosing) throw closed();
    let position: number;
    const ownPosition = this.#parts.settled.head.position;
    try {
      position = await this.#parts.engine.head();
    } catch (error) {
      throw silent(this.#parts, 'head', error);
    }
    if (position < ownPosition) this.#end.fail(this.#parts, this.#parts.history.shortened(ownPosition, position));
    else if (position <= this.#parts.settled.head.position) return;
    // Nobody wakes it any more if the node failed or closed while the engine was asked.
    this.#end.requireSound();
    if (this.#end.isEnded) throw closed();
    this.#parts.pause.end();
    await this.#parts.waiters.placed.waitFor(position);
  }

  async atSettled(work: () => void): Promise<void> {
    if (this.#end.failure !== undefined) throw this.#end.failed();
    if (this.#running === undefined) return work();
    const done = this.#parts.quiet.ask(work);
    this.#parts.pause.end();
    return done;
  }

  tieBlobs(store: BlobStore, needs: BlobNeeds): void {
    (store as NodeBlobStore).tie(new BlobEngine(this.#parts.engine, this.#parts.options.unreachableMs), needs);
  }

  stats(): JournalStats {
    const { seq } = this.#parts.settled.head;
    const { frameCount, writtenBytes } = this.#parts.sending;
    const { lastSeq, drafts } = this.#parts.waiting;
    const own = this.#parts.own.stats();
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
    this.#end.isClosing = true;
    return this.#closing;
  }

  #requireWritable(): void {
    const { options, silence, room } = this.#parts;
    this.#end.requireSound();
    if (this.#end.isClosing) throw closed();
    if (silence.lengthMs > options.unreachableMs) throw silent(this.#parts, 'append', silence.cause);
    room.require();
  }

  async #close(): Promise<void> {
    const { engine, keeper, own, pause, settled, waiters } = this.#parts;
    await settled.images?.close();
    pause.close();
    await this.#running;
    const { failure } = this.#end;
    this.#end.isEnded = true;
    waiters.reject(closed());
    await Promise.allSettled([engine.close(), failure === undefined ? keeper?.finish() : undefined]);
    await own.close();
    if (failure !== undefined) throw failure;
  }
}
