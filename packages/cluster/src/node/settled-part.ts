/**
 * What the engine has and memory shows, up to one place. The node's own journal gets it from here, and copies and images
 * follow; a crash leaves them behind the engine, never ahead of it.
 */
import type { Journal, JournaledTransaction, NodeParts, StoredModel } from '@nuthatch/runtime/cluster';
import type { CopyKeeper } from './copy-keeper.js';
import type { FramePlace } from './frame-place.js';
import type { ImageKeeper } from './image-keeper.js';
import type { SharedModels } from './shared-models.js';

export class SettledPart {
  readonly #own: Journal;
  readonly #documents: NodeParts['documents'];
  readonly #models: SharedModels;
  readonly #keeper: CopyKeeper | undefined;
  #head: FramePlace;
  #headMs = 0;
  /** Of a node with a directory, once it follows the journal. */
  images: ImageKeeper | undefined;

  constructor({ own, documents }: NodeParts, models: SharedModels, keeper: CopyKeeper | undefined, start: FramePlace) {
    this.#own = own;
    this.#documents = documents;
    this.#models = models;
    this.#keeper = keeper;
    this.#head = start;
  }

  get head(): FramePlace {
    return this.#head;
  }

  /** Of the node's own journal: above `head.seq` while a copy that a crash left without its last mark catches up. */
  get ownSeq(): number {
    return this.#own.lastSeq;
  }

  /** No frame is older than the newest that came. */
  now(): number {
    return Math.max(this.#own.clock.now(), this.#headMs);
  }

  /** A frame in the journal, or the copy, holds it. */
  knowModel(model: StoredModel): void {
    this.#models.settle(model);
    this.#documents.add(model);
  }

  /** Transactions of a frame that is in the journal go to the node's own. */
  keep(transactions: readonly JournaledTransaction[]): void {
    for (const transaction of transactions) this.#own.append(transaction, 'interval');
  }

  /** A frame of so many bytes is kept and shown, with all before it. */
  moveTo(place: FramePlace, timeMs: number, byteCount: number): void {
    this.#head = place;
    this.#headMs = Math.max(this.#headMs, timeMs);
    this.#keeper?.note(place, this.#models.settled);
    this.images?.note(byteCount);
  }
}
