/**
 * An engine of which every call comes to an end: one that has no answer for too long rejects, as one whose connection
 * broke. What the engine makes of it later is its own concern; an append may still land.
 *
 * So a server that takes connections and says nothing, or a driver that forgets a call, holds up neither writes without
 * a word nor the closing of a node.
 */
import { later, type Timer } from '@nuthatch/runtime/cluster';
import type {
  FoundJournal,
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from './journal-engine.js';

/** Making tables, counting frames and removing many of them takes its time, in milliseconds. */
const LONG_CALL_MS = 60_000;
/** For a goodbye. */
const CLOSE_MS = 5_000;

/** A call had no answer. */
export class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';
  readonly waitedMs: number;

  constructor(call: string, waitedMs: number) {
    super(`${call} had no answer for ${waitedMs} ms`);
    this.waitedMs = waitedMs;
  }
}

export class AnsweringEngine implements JournalEngine {
  readonly #engine: JournalEngine;
  readonly #answerMs: number;

  /** @param answerMs longest wait for a frame to be stored or read. */
  constructor(engine: JournalEngine, answerMs: number) {
    this.#engine = engine;
    this.#answerMs = answerMs;
  }

  get description(): string {
    return this.#engine.description;
  }

  get maxFrameBytes(): number {
    return this.#engine.maxFrameBytes;
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    return within('open', LONG_CALL_MS, () => this.#engine.open(proposedUuid));
  }

  find(): Promise<FoundJournal | undefined> {
    return within('find', LONG_CALL_MS, () => this.#engine.find());
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return within('begin', LONG_CALL_MS, () => this.#engine.begin(proposedUuid));
  }

  finish(): Promise<void> {
    return within('finish', LONG_CALL_MS, () => this.#engine.finish());
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    return within('append', this.#answerMs, () => this.#engine.append(position, bytes));
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    return within('read', this.#answerMs, () => this.#engine.read(after, limitBytes));
  }

  head(): Promise<number> {
    return within('head', this.#answerMs, () => this.#engine.head());
  }

  /** Ends with the signal, even if the engine does not. */
  async wait(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let end!: () => void;
    const aborted = new Promise<void>((resolve) => {
      end = resolve;
    });
    signal.addEventListener('abort', end, { once: true });
    try {
      await Promise.race([this.#engine.wait(after, signal), aborted]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** A hint, for which nobody waits. */
  get requestTurn(): (() => void) | undefined {
    const engine = this.#engine;
    return engine.requestTurn && (() => engine.requestTurn?.());
  }

  get onTurnRequest(): (() => void) | undefined {
    return this.#engine.onTurnRequest;
  }

  set onTurnRequest(heard: (() => void) | undefined) {
    this.#engine.onTurnRequest = heard;
  }

  usage(): Promise<JournalUsage> {
    return within('usage', LONG_CALL_MS, () => this.#engine.usage());
  }

  newestImage(): Promise<ImageEntry | undefined> {
    return within('newestImage', this.#answerMs, () => this.#engine.newestImage());
  }

  async *imageParts(entry: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const parts = this.#engine.imageParts(entry)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await within('imageParts', this.#answerMs, () => parts.next());
      if (done === true) return;
      yield value;
    }
  }

  /** An image takes as long as it takes; each part of it is to be stored in time. */
  storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const patience = new Patience('storeImage', this.#answerMs);
    return patience.during(() => this.#engine.storeImage(place, patience.given(parts)));
  }

  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return within('storeBlobPart', this.#answerMs, () => this.#engine.storeBlobPart(id, part, bytes));
  }

  blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    return within('blobPart', this.#answerMs, () => this.#engine.blobPart(id, part));
  }

  dropBlob(id: string): Promise<void> {
    return within('dropBlob', LONG_CALL_MS, () => this.#engine.dropBlob(id));
  }

  truncate(truncation: Truncation): Promise<void> {
    return within('truncate', LONG_CALL_MS, () => this.#engine.truncate(truncation));
  }

  close(): Promise<void> {
    return within('close', Math.min(CLOSE_MS, this.#answerMs), () => this.#engine.close());
  }
}

function within<T>(call: string, ms: number, ask: () => Promise<T>): Promise<T> {
  return new Patience(call, ms).during(ask);
}

/** Waits for the engine, and not while the engine waits for us. */
class Patience {
  readonly #call: string;
  readonly #ms: number;
  #timer: Timer | undefined;
  #refuse: (error: NoAnswer) => void = () => undefined;

  constructor(call: string, ms: number) {
    this.#call = call;
    this.#ms = ms;
  }

  async during<T>(ask: () => Promise<T>): Promise<T> {
    const late = new Promise<never>((_, reject) => {
      this.#refuse = reject;
    });
    this.#begin();
    try {
      return await Promise.race([ask(), late]);
    } finally {
      this.#end();
      this.#refuse = () => undefined;
    }
  }

  /** What the engine takes: the time until it asks for more is its own. */
  async *given(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    this.#end();
    for await (const part of parts) {
      this.#begin();
      yield part;
      this.#end();
    }
    this.#begin();
  }

  /** A process that has nothing else to wait for waits for this. */
  #begin(): void {
    this.#timer = later(() => this.#refuse(new NoAnswer(this.#call, this.#ms)), this.#ms, true);
  }

  #end(): void {
    this.#timer?.cancel();
  }
}
