/**
 * What lies between a node and its engine, as a test wants it: questions and answers that are lost or late, an append
 * that is held on its way, a node whose process ends. Around any engine: the faults are of the way, not of the engine.
 */
import { DatabaseError } from '@nuthatch/model';
import type {
  FoundJournal,
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from '../../src/engine/journal-engine.js';

/** What becomes of the next call: the question is lost, the answer is lost, all takes so many turns, or all is well. */
export type Fate = 'question lost' | 'answer lost' | number | undefined;

/** An append on its way, held until it is let go. */
export interface HeldAppend {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export class FaultyEngine implements JournalEngine {
  readonly #inner: JournalEngine;
  readonly #fate: () => Fate;
  #isKilled = false;
  readonly #killed = new AbortController();
  #held: { take(append: HeldAppend): void; readonly let: Promise<void> } | undefined;
  #pause: Promise<void> | undefined;
  /** The newest image is not told of: the node reads every frame. */
  isWithoutImages = false;

  constructor(inner: JournalEngine, fate: () => Fate = () => undefined) {
    this.#inner = inner;
    this.#fate = fate;
  }

  get description(): string {
    return this.#inner.description;
  }

  get maxFrameBytes(): number {
    return this.#inner.maxFrameBytes;
  }

  /** The process of the node ends: what it has sent may still arrive, no answer does. */
  kill(): void {
    this.#isKilled = true;
    this.#killed.abort();
  }

  /** Holds the next append before the engine hears of it. @returns it once it is on its way, and what lets it go. */
  hold(): { readonly sent: Promise<HeldAppend>; release(): void } {
    let take!: (append: HeldAppend) => void;
    let release!: () => void;
    const sent = new Promise<HeldAppend>((resolve) => {
      take = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { take, let: released };
    return { sent, release };
  }

  /** Holds every call until it is told to go on. */
  pause(): () => void {
    let goOn!: () => void;
    this.#pause = new Promise((resolve) => {
      goOn = resolve;
    });
    return goOn;
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    return this.#inner.open(proposedUuid);
  }

  find(): Promise<FoundJournal | undefined> {
    return this.#inner.find();
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#inner.begin(proposedUuid);
  }

  finish(): Promise<void> {
    return this.#inner.finish();
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const held = this.#held;
    this.#held = undefined;
    return this.#call(async () => {
      held?.take({ position, bytes: bytes.slice() });
      await held?.let;
      return this.#inner.append(position, bytes);
    });
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    return this.#call(() => this.#inner.read(after, limitBytes));
  }

  head(): Promise<number> {
    return this.#call(() => this.#inner.head());
  }

  wait(after: number, signal: AbortSignal): Promise<void> {
    return this.#inner.wait(after, AbortSignal.any([signal, this.#killed.signal]));
  }

  get requestTurn(): (() => void) | undefined {
    const engine = this.#inner;
    return engine.requestTurn && (() => engine.requestTurn?.());
  }

  get onTurnRequest(): (() => void) | undefined {
    return this.#inner.onTurnRequest;
  }

  set onTurnRequest(heard: (() => void) | undefined) {
    this.#inner.onTurnRequest = heard;
  }

  usage(): Promise<JournalUsage> {
    return this.#inner.usage();
  }

  async newestImage(): Promise<ImageEntry | undefined> {
    return this.isWithoutImages ? undefined : this.#inner.newestImage();
  }

  imageParts(entry: ImageEntry): AsyncIterable<Uint8Array> {
    return this.#inner.imageParts(entry);
  }

  storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    return this.#inner.storeImage(place, parts);
  }

  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return this.#call(() => this.#inner.storeBlobPart(id, part, bytes));
  }

  blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    return this.#call(() => this.#inner.blobPart(id, part));
  }

  dropBlob(id: string): Promise<void> {
    return this.#call(() => this.#inner.dropBlob(id));
  }

  truncate(truncation: Truncation): Promise<void> {
    return this.#inner.truncate(truncation);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #call<T>(ask: () => Promise<T>): Promise<T> {
    await this.#pause;
    this.#requireAlive();
    const fate = this.#fate();
    if (fate === 'question lost') throw new Error('the question is lost');
    for (let turn = 0; turn < Number(fate) || 0; turn++) await new Promise((resolve) => setImmediate(resolve));
    const answer = await ask();
    this.#requireAlive();
    if (fate === 'answer lost') throw new Error('the answer is lost');
    return answer;
  }

  /** A node does not ask again after this. */
  #requireAlive(): void {
    if (this.#isKilled) throw new DatabaseError('DATABASE_FAILED', 'the process of this node has ended');
  }
}
