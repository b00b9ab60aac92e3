/**
 * How far the history has been read, and whether a page or frame is the one that follows.
 *
 * Behind a hole the chain is unknown: then whatever lies later in the history may follow, until a page or frame says
 * where it goes on.
 */
import { firstChain, isSameChain, toHex } from '../journal/chain.js';
import { type FrameHeader, misplacement } from '../journal/frame-reader.js';
import type { PageHeader } from '../journal/page-header.js';

export class HistoryPlace {
  /** Chain value of the last frame; of no use while `isChainKnown` is false. */
  #chain: Uint8Array;
  #isChainKnown = true;
  #frameId = 0;
  #lastSeq = 0;

  constructor(uuid: Uint8Array) {
    this.#chain = firstChain(uuid);
  }

  get chain(): Uint8Array {
    return this.#chain;
  }

  get isChainKnown(): boolean {
    return this.#isChainKnown;
  }

  /** Of the last frame. */
  get frameId(): number {
    return this.#frameId;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** A hole lies here, or a snapshot says what came before. */
  loseChain(): void {
    this.#isChainKnown = false;
  }

  /** Everything up to this seq is known to be read or lost. */
  skipTo(seq: number): void {
    this.#lastSeq = seq;
  }

  /** A page begins. After a hole its header tells where the history goes on; else it says what is known already. */
  beginPage({ chain, frameId, firstSeq }: PageHeader): void {
    this.#chain = chain;
    this.#frameId = frameId;
    this.#lastSeq = firstSeq - 1;
    this.#isChainKnown = true;
  }

  /** A frame was read. */
  pass({ chain, frameId, firstSeq, transactionCount }: FrameHeader): void {
    this.#chain = chain;
    this.#isChainKnown = true;
    this.#frameId = frameId;
    this.#lastSeq = firstSeq + transactionCount - 1;
  }

  /** Why the page does not follow; undefined: it does. */
  pageMismatch(header: PageHeader, uuid: string, pageNumber: number): string | undefined {
    if (toHex(header.uuid) !== uuid) return `page belongs to another database, ${toHex(header.uuid)}`;
    if (header.pageNumber !== pageNumber) return `expected page ${pageNumber}, found page ${header.pageNumber}`;
    const isLater = header.firstSeq > this.#lastSeq && header.frameId >= this.#frameId;
    if (!this.#isChainKnown) return isLater ? undefined : `page repeats seq ${header.firstSeq}`;
    if (header.firstSeq !== this.#lastSeq + 1)
      return `page: expected first seq ${this.#lastSeq + 1}, found ${header.firstSeq}`;
    if (header.frameId !== this.#frameId)
      return `page: expected to follow frame ${this.#frameId}, follows frame ${header.frameId}`;
    return isSameChain(header.chain, this.#chain) ? undefined : 'page belongs to another history';
  }

  /** Why the frame does not follow; undefined: it does. */
  frameMismatch(header: FrameHeader, pageNumber: number): string | undefined {
    return misplacement(header, {
      pageNumber,
      frameId: this.#frameId + 1,
      firstSeq: this.#lastSeq + 1,
      ...(this.#isChainKnown ? { previousChain: this.#chain } : {}),
    });
  }

  /** Whether the frame comes later in the history. */
  isBefore({ frameId, firstSeq }: FrameHeader): boolean {
    return frameId > this.#frameId && firstSeq > this.#lastSeq;
  }

  /** Whether the frame says that what comes next here had been on the disk. */
  isSyncedBy({ frameId, syncedSeq }: FrameHeader): boolean {
    return frameId > this.#frameId && syncedSeq > this.#lastSeq;
  }
}
