/**
 * Frames of this node on their way to the engine, one at a time, when it is this node's turn.
 *
 *   draft ─▶ engine ─┬─ won ─────▶ settled
 *                    ├─ lost ────▶ read what came first
 *                    └─ no answer ▶ read at that position: ours, another's, or nothing: then the same bytes again
 *
 * A frame whose fate is not known is never followed by another one.
 */
import { isSameChain, nowMs, turn } from '@nuthatch/runtime/cluster';
import type { JournalEngine } from '../engine/journal-engine.js';
import type { Arrivals } from './arrivals.js';
import type { Following } from './following.js';
import { FrameDraft, type FrameMaker, type SealedFrame } from './frame-draft.js';
import type { OwnHistory } from './own-history.js';
import type { SettledPart } from './settled-part.js';
import type { Turns } from './turns.js';
import type { WaitingPart } from './waiting-part.js';

/** With so much to apply and to run again, a node claims its turn first. */
const CLAIM_FIRST_BYTES = 16 * 1024;

export interface SendingParts {
  readonly engine: JournalEngine;
  readonly maker: FrameMaker;
  readonly arrivals: Arrivals;
  readonly following: Following;
  readonly history: OwnHistory;
  readonly settled: SettledPart;
  readonly waiting: WaitingPart;
  readonly turns: Turns;
  /** The node has failed: answers that come are of no interest. */
  isOver(): boolean;
  /** The engine has all up to a seq. */
  synced(seq: number): void;
  /** After a frame was settled. */
  wake(): void;
}

/** A frame on its way. */
interface SentFrame extends SealedFrame {
  readonly claimMs: number | undefined;
  /** Undefined: it has no transactions, and is a claim alone. */
  readonly draft: FrameDraft | undefined;
}

export class Sending {
  readonly #parts: SendingParts;
  /** Until its fate is known. */
  #sent: SentFrame | undefined;
  /** Frames of this node that landed, and their bytes. */
  frameCount = 0;
  writtenBytes = 0;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  get isOnItsWay(): boolean {
    return this.#sent !== undefined;
  }

  /** Transactions were sent, and nobody knows what became of them. */
  get isOutcomeUnknown(): boolean {
    return this.#sent?.draft !== undefined;
  }

  /** The node has failed. */
  forget(): void {
    this.#sent = undefined;
  }

  /** Sends what waits, or claims the turn for it. Only when it is the turn of this node. */
  async offer(): Promise<void> {
    const { arrivals, following, waiting, engine, maker, settled, turns } = this.#parts;
    const { drafts } = waiting;
    const { byteCount } = arrivals;
    if (byteCount > 0 && byteCount + drafts.byteCount >= CLAIM_FIRST_BYTES) return this.#claim();
    if (byteCount > 0) await following.takeIn();
    // Writes of this turn of the event loop come along.
    else await turn();
    const draft = drafts.send();
    // What waited may have been taken back meanwhile.
    if (draft === undefined) return;
    const wanted = turns.claim(nowMs(), drafts.count > 1);
    const claimMs = draft.hasRoomForClaim(engine.maxFrameBytes) ? wanted : undefined;
    const sent = { ...draft.seal(settled.head, maker, settled.now(), claimMs), claimMs, draft };
    await this.#send(sent, async () => undefined);
  }

  /** A frame without transactions: others wait already while this node applies what has come and runs its own again. */
  async #claim(): Promise<void> {
    const { arrivals, following, maker, settled, turns } = this.#parts;
    const claimMs = turns.claimTurn(nowMs());
    const sealed = new FrameDraft().seal(arrivals.end, maker, settled.now(), claimMs);
    await this.#send({ ...sealed, claimMs, draft: undefined }, async () => {
      // Else it would leave only when all is applied.
      await turn();
      await following.takeIn();
    });
  }

  async #send(sent: SentFrame, meanwhile: () => Promise<void>): Promise<void> {
    this.#sent = sent;
    const sentMs = nowMs();
    let answerMs: number | undefined;
    const answer = this.#parts.engine.append(sent.place.position, sent.bytes).finally(() => {
      answerMs = nowMs() - sentMs;
    });
    // It is awaited below; until then nobody hears a rejection.
    answer.catch(() => undefined);
    await meanwhile();
    const outcome = await answer;
    if (this.#parts.isOver()) return;
    if (outcome === 'won') this.#win(sent, answerMs);
    else await this.#findFate(sent);
  }

  /** Asks what stands at the position of the frame that was sent: it, another one, or nothing. */
  async findFate(): Promise<void> {
    if (this.#sent !== undefined) await this.#findFate(this.#sent);
  }

  async #findFate(sent: SentFrame): Promise<void> {
    const { arrivals, engine, following, history, isOver, settled, waiting } = this.#parts;
    await following.look();
    if (isOver()) return;
    const { first } = arrivals;
    if (first === undefined) {
      const answer = await engine.append(sent.place.position, sent.bytes);
      if (isOver()) return;
      if (answer === 'won') this.#win(sent, undefined);
      // Another one is there, or was: then the next step reads it.
      else await history.requireKept(settled.head);
      return;
    }
    if (isSameChain(first.place.chain, sent.place.chain)) {
      arrivals.shift();
      this.#win(sent, undefined);
    } else {
      this.#sent = undefined;
      waiting.lost();
      this.requestTurn();
    }
    following.takeInWhenDue();
  }

  /** Tells other nodes that this one waits, if the engine can and it has not just said so. */
  requestTurn(): void {
    const { engine, turns } = this.#parts;
    if (turns.asks(nowMs())) engine.requestTurn?.();
  }

  /** @param answerMs how long the engine took for it, where it answered at once. */
  #win({ place, bytes, claimMs, draft }: SentFrame, answerMs: number | undefined): void {
    const { arrivals, settled, synced, turns, waiting, wake } = this.#parts;
    this.#sent = undefined;
    this.frameCount++;
    this.writtenBytes += bytes.length;
    if (arrivals.first === undefined) arrivals.moveTo(place);
    if (draft !== undefined) {
      waiting.drafts.shift();
      for (const model of draft.models) settled.knowModel(model);
      // The engine has it, whatever becomes of the copy here.
      synced(place.seq);
      settled.keep(draft.transactions);
    }
    turns.landed({ position: place.position, claimMs, answerMs }, nowMs(), waiting.drafts.count > 0);
    settled.moveTo(place, settled.now(), bytes.length);
    wake();
  }
}
