/**
 * An engine of which every call comes to an end: one that has no answer for too long rejects, as one whose connection
 * broke. What the engine makes of it later is its own concern; an append may still land.
 *
 * So a server that takes connections and says nothing, or a driver that forgets a call, holds up neither writes without
 * a word nor the closing of a node.
 */
import { later, type Timer } from '@nuthatch/runtime/cluster';
import { EngineAround, type EngineCall } from './engine-around.js';
import type { ImageEntry, ImagePlace, JournalEngine } from './journal-engine.js';

/** Making tables, counting frames and removing many of them takes its time, in milliseconds. */
const LONG_CALL_MS = 60_000;
const LONG_CALLS: ReadonlySet<EngineCall> = new Set<EngineCall>([
  'open',
  'find',
  'begin',
  'finish',
  'usage',
  'dropBlob',
  'truncate',
]);
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

export class AnsweringEngine extends EngineAround {
  readonly #answerMs: number;

  /** @param answerMs longest wait for a frame to be stored or read. */
  constructor(engine: JournalEngine, answerMs: number) {
    super(engine);
    this.#answerMs = answerMs;
  }

  protected around<T>(call: EngineCall, ask: () => Promise<T>): Promise<T> {
    return within(call, this.#patienceMs(call), ask);
  }

  #patienceMs(call: EngineCall): number {
    if (call === 'close') return Math.min(CLOSE_MS, this.#answerMs);
    return LONG_CALLS.has(call) ? LONG_CALL_MS : this.#answerMs;
  }

  /** Ends with the signal, even if the engine does not. */
  override async wait(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let end!: () => void;
    const aborted = new Promise<void>((resolve) => {
      end = resolve;
    });
    signal.addEventListener('abort', end, { once: true });
    try {
      await Promise.race([this.engine.wait(after, signal), aborted]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  override async *imageParts(entry: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const parts = this.engine.imageParts(entry)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await within('imageParts', this.#answerMs, () => parts.next());
      if (done === true) return;
      yield value;
    }
  }

  /** An image takes as long as it takes; each part of it is to be stored in time. */
  override storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const patience = new Patience('storeImage', this.#answerMs);
    return patience.during(() => this.engine.storeImage(place, patience.given(parts)));
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
