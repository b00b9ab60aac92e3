/**
 * The whole life of a node, one step after the other: nothing else talks to the engine, but for `barrier`.
 *
 *   a frame whose fate is unknown ─▶ work on what is settled ─▶ what waits ─▶ what has arrived ─▶ wait for news
 *
 * Each step takes the first of these that there is.
 */
import { later, nowMs, sleep, turn } from '@nuthatch/runtime/cluster';
import { NoAnswer } from '../engine/answering-engine.js';
import { isFatal } from './answered.js';
import { type NodeEnd, silent } from './node-end.js';
import type { NodeParts } from './node-parts.js';

export class NodeLoop {
  readonly #parts: NodeParts;
  readonly #end: NodeEnd;
  /** Transactions that come now need not be looked at before the turn of this node. */
  #isAwaitingTurn = false;

  constructor(parts: NodeParts, end: NodeEnd) {
    this.#parts = parts;
    this.#end = end;
  }

  /** A transaction has come. */
  wake(): void {
    if (!this.#isAwaitingTurn) this.#parts.pause.end();
  }

  /** Resolves when the node has failed, or is closed and has nothing to do any more. */
  async run(): Promise<void> {
    while (this.#end.failure === undefined && (!this.#end.isClosing || this.#hasWork)) {
      try {
        await this.#step();
        this.#parts.silence.end();
      } catch (error) {
        if (isFatal(error)) return this.#end.fail(this.#parts, error);
        if (this.#giveUp(error)) return;
        await this.#parts.pause.backOff();
      }
    }
  }

  get #hasWork(): boolean {
    return this.#parts.waiting.drafts.count > 0 || this.#parts.quiet.isAsked;
  }

  async #step(): Promise<void> {
    const { arrivals, following, pause, quiet, sending, settled, waiting } = this.#parts;
    if (sending.isOnItsWay) await sending.findFate();
    else if (quiet.isAsked) quiet.run(waiting, settled.head.seq);
    else if (waiting.drafts.count > 0) await this.#offer();
    else if (arrivals.first !== undefined) following.takeSlice();
    else await this.#follow();
    if (arrivals.first !== undefined) await turn();
    pause.heard();
  }

  /** Sends what waits, or waits for the turn of this node. */
  async #offer(): Promise<void> {
    // A look costs less than a frame that is lost.
    if (this.#parts.turns.isUncertain(nowMs(), this.#parts.following.lookedMs)) await this.#parts.following.look();
    const waitMs = this.#parts.turns.waitMs(nowMs());
    if (waitMs > 0) await this.#awaitTurn(waitMs);
    else await this.#parts.sending.offer();
  }

  /** Gathers what others write, for a while. */
  async #awaitTurn(ms: number): Promise<void> {
    this.#parts.sending.requestTurn();
    if (!this.#end.isClosing) {
      const timer = later(() => this.#parts.pause.end(), ms, true);
      this.#isAwaitingTurn = true;
      try {
        await this.#awaitNews();
      } finally {
        this.#isAwaitingTurn = false;
        timer.cancel();
      }
    } else await sleep(ms);
    await this.#parts.following.look();
    // To claim the turn is more urgent than to be ready for it.
    if (this.#parts.turns.waitMs(nowMs()) > 0) this.#parts.following.takeInWhenDue();
  }

  /** Waits for something to do, and reads what has come. */
  async #follow(): Promise<void> {
    const isNews = await this.#awaitNews();
    // A barrier ends the waiting, too: were nothing read then, barriers in quick succession would keep it from ever reading.
    const isForBarrier = !this.#hasWork && !this.#end.isClosing;
    if (isNews || isForBarrier) await this.#parts.following.lookOrAsk();
  }

  #awaitNews(): Promise<boolean> {
    const { position } = this.#parts.arrivals.end;
    return this.#parts.pause.during((signal) => this.#parts.engine.wait(position, signal));
  }

  /** An engine that is silent while the node closes is not waited for without end. @returns whether to stop. */
  #giveUp(error: unknown): boolean {
    const { options, silence } = this.#parts;
    silence.note(error, error instanceof NoAnswer ? error.waitedMs : 0);
    if (silence.lengthMs < options.unreachableMs) return false;
    // Compaction waits here, and closing waits for compaction.
    this.#parts.quiet.reject(silent(this.#parts, 'read', error));
    // What is settled is kept without the engine.
    if (!this.#end.isClosing || !this.#hasWork) return false;
    this.#end.fail(this.#parts, silent(this.#parts, 'close', error));
    return true;
  }
}
