/**
 * Whose turn it is to write, while several nodes write to one journal.
 *
 * A node that writes alone asks nobody and says nothing. As soon as it sees another one's frames, it writes in turns: each
 * of its frames carries a claim, "my next one follows within so many milliseconds", and after a while its last frame says
 * that its turn is over. Others gather meanwhile. Then those that wait go, the longest waiting first: all know the order
 * from the frames that they have seen, and each leaves those before it the time to be heard. A frame without a claim says
 * that its node has nothing more to write.
 *
 * All of this is a hint of order. What is safe is decided by the engine, which lets one frame land at each position: a
 * node that ignores every claim, or was paused during its own, loses an append, or wins it. Durations are measured by
 * the node that waits, from the moment at which it sees a frame: no clock is compared with another one.
 */

/** A turn takes so many answers of the engine, or frames of this node with what it does between them, */
const TURN_FRAMES = 8;
/** and within these bounds, in milliseconds. */
const SHORTEST_TURN_MS = 20;
const LONGEST_TURN_MS = 250;
/** A claim is so many times what this node lately took from one frame to the next, */
const CLAIM_FRAMES = 3;
/** and at least so long, in milliseconds. A node that dies during its turn costs others no more than its claim. */
const SHORTEST_CLAIM_MS = 10;
/** A node that is to go first is heard of after so many answers: its frame lands, others are told, and read it. */
const SLOT_ANSWERS = 2;
const SHORTEST_SLOT_MS = 2;
/** For so long after another node's frame, a node writes in turns. */
const CONTENDED_MS = 1_000;
/** One that is believed to hold its turn for so many turns is not waited for any more. */
const MOST_TURNS = 4;
/** Where nobody hears of those that lose, a node that writes alone without a pause makes one after so many frames. */
const FRAMES_ALONE = 64;
/** Not waited for at all, in milliseconds. */
const SHORTEST_WAIT_MS = 0.1;
/** A node that waits says so again after so many milliseconds. */
const ASK_MS = 10;
/** What comes so soon after a frame has landed was waiting for that, in milliseconds; or after so many answers. */
const SOON_MS = 5;
const SOON_ANSWERS = 2;

/** What a frame says of its node. */
export interface Claim {
  readonly epoch: number;
  readonly position: number;
  readonly claimMs: number | undefined;
}

/** A frame of this node. */
export interface Landed {
  readonly position: number;
  readonly claimMs: number | undefined;
  /** How long the engine took for it; undefined: nobody knows. */
  readonly answerMs: number | undefined;
}

/** Another node. */
interface Writer {
  /** Of its newest frame. */
  position: number;
  /** It said so, and has not let others go before it since. */
  isWaiting: boolean;
}

export class Turns {
  readonly #epoch: number;
  readonly #others = new Map<number, Writer>();
  /** Of this node's newest frame. */
  #position = 0;
  /** The node that wrote last. */
  #last: number;
  /** Since when it writes, without another one between. */
  #sinceMs = 0;
  /** When it will have let others go. */
  #freeMs = 0;
  #isOwnTurn = false;
  #othersMs = Number.NEGATIVE_INFINITY;
  /** This node's frames in a row, without a pause. */
  #aloneCount = 0;
  /** When this node's newest frame had landed. */
  #landedMs = Number.NEGATIVE_INFINITY;
  /** After its frame had landed, this node soon had more to write. */
  #comesAgain = false;
  #answerMs = 1;
  #frameMs = 1;
  /** Another node has asked for its turn, and none has written since. */
  #isRequested = false;
  /** When this node asked. */
  #askedMs = Number.NEGATIVE_INFINITY;
  readonly #hearsRequests: boolean;

  /** @param epoch of this opening of this node. @param hearsRequests whether the engine tells that others wait. */
  constructor(epoch: number, hearsRequests: boolean) {
    this.#epoch = epoch;
    this.#last = epoch;
    this.#hearsRequests = hearsRequests;
  }

  /** Other nodes have written lately. */
  isContended(nowMs: number): boolean {
    return nowMs - this.#othersMs < CONTENDED_MS;
  }

  /** How long this node should wait before it sends; 0: it is its turn. */
  waitMs(nowMs: number): number {
    if (!this.isContended(nowMs)) {
      if (this.#hearsRequests || this.#aloneCount < FRAMES_ALONE) return 0;
      return Math.max(0, this.#landedMs + this.#slotMs - nowMs);
    }
    if (this.#isOwnTurn && nowMs < this.#freeMs) return 0;
    let before = 0;
    for (const [epoch, { position, isWaiting }] of this.#others)
      if (isWaiting && epoch !== this.#last && position < this.#position) before++;
    if (this.#last === this.#epoch && (this.#isRequested || !this.#hearsRequests)) before = Math.max(1, before);
    const ms = this.#freeMs + before * this.#slotMs - nowMs;
    return ms < SHORTEST_WAIT_MS ? 0 : ms;
  }

  /** Others may have written since this node looked for the last time. */
  isUncertain(nowMs: number, lookedMs: number): boolean {
    if (!this.isContended(nowMs) || (this.#isOwnTurn && nowMs < this.#freeMs)) return false;
    return nowMs - lookedMs > SHORTEST_SLOT_MS;
  }

  /** This node waits, or has lost. @returns whether it should tell the others. */
  asks(nowMs: number): boolean {
    if (nowMs - this.#askedMs < ASK_MS) return false;
    this.#askedMs = nowMs;
    return true;
  }

  /** Another node waits for its turn. */
  requested(nowMs: number): void {
    this.#isRequested = true;
    this.#othersMs = nowMs;
  }

  /** Something waits now, and nothing did. */
  filled(nowMs: number): void {
    this.#comesAgain = nowMs - this.#landedMs <= Math.max(SOON_MS, SOON_ANSWERS * this.#answerMs);
  }

  /**
   * A frame is about to be sent.
   *
   * @param hasMore other transactions wait behind it.
   * @returns the claim that it is to carry, in whole milliseconds.
   */
  claim(nowMs: number, hasMore: boolean): number | undefined {
    if (!this.isContended(nowMs)) {
      if (nowMs - this.#landedMs >= this.#slotMs) this.#aloneCount = 0;
      this.#isOwnTurn = false;
      return undefined;
    }
    this.#begin(nowMs);
    if (!hasMore && !this.#comesAgain) return undefined;
    const leftMs = this.#sinceMs + this.#turnMs - nowMs;
    if (leftMs <= this.#frameMs) return 0;
    return Math.ceil(Math.min(LONGEST_TURN_MS, Math.max(SHORTEST_CLAIM_MS, CLAIM_FRAMES * this.#frameMs)));
  }

  /** A frame without transactions is about to be sent, because much is to be done before the first one with some. */
  claimTurn(nowMs: number): number {
    this.#begin(nowMs);
    return Math.ceil(this.#turnMs);
  }

  /** A frame of this node is in the journal. @param hasMore transactions wait. */
  landed({ position, claimMs, answerMs }: Landed, nowMs: number, hasMore: boolean): void {
    if (answerMs !== undefined) this.#answerMs += (answerMs - this.#answerMs) / 4;
    const frameMs = Math.min(nowMs - this.#landedMs, LONGEST_TURN_MS);
    if (this.#comesAgain) this.#frameMs += (frameMs - this.#frameMs) / 4;
    if (hasMore) this.#comesAgain = true;
    this.#position = position;
    this.#landedMs = nowMs;
    this.#aloneCount++;
    this.#follow(this.#epoch, nowMs);
    this.#isOwnTurn = claimMs !== undefined && claimMs > 0;
    this.#freeMs = nowMs + (claimMs ?? 0);
  }

  /** A frame of another node is in the journal. */
  arrived({ epoch, position, claimMs }: Claim, nowMs: number): void {
    const writer = this.#others.get(epoch) ?? { position: 0, isWaiting: false };
    // Those that it should have let go first had nothing to write.
    if (this.#last !== epoch)
      for (const other of this.#others.values()) if (other.position < writer.position) other.isWaiting = false;
    writer.position = position;
    writer.isWaiting = claimMs !== undefined;
    this.#others.delete(epoch);
    this.#others.set(epoch, writer);
    this.#forget();
    this.#follow(epoch, nowMs);
    this.#othersMs = nowMs;
    this.#aloneCount = 0;
    this.#isOwnTurn = false;
    this.#isRequested = false;
    const isTooLong = nowMs - this.#sinceMs > MOST_TURNS * LONGEST_TURN_MS;
    this.#freeMs = nowMs + (isTooLong ? 0 : Math.min(claimMs ?? 0, LONGEST_TURN_MS));
  }

  get #turnMs(): number {
    const ms = Math.max(SHORTEST_TURN_MS, TURN_FRAMES * Math.max(this.#answerMs, this.#frameMs));
    return Math.min(LONGEST_TURN_MS, ms);
  }

  get #slotMs(): number {
    return Math.min(LONGEST_TURN_MS, Math.max(SHORTEST_SLOT_MS, SLOT_ANSWERS * this.#answerMs));
  }

  #begin(nowMs: number): void {
    if (this.#isOwnTurn && nowMs < this.#freeMs) return;
    this.#isOwnTurn = true;
    this.#last = this.#epoch;
    this.#sinceMs = nowMs;
    this.#freeMs = nowMs + this.#turnMs;
  }

  #follow(epoch: number, nowMs: number): void {
    if (this.#last === epoch) return;
    this.#last = epoch;
    this.#sinceMs = nowMs;
  }

  /** Of many openings, those that wrote last. */
  #forget(): void {
    if (this.#others.size <= 64) return;
    const [oldest] = this.#others.keys();
    this.#others.delete(oldest!);
  }
}
