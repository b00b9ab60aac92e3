/**
 * What lies between a node and its engine, as a test wants it: questions and answers that are lost or late, an append
 * that is held on its way, a node whose process ends. Around any engine: the faults are of the way, not of the engine.
 */
import { DatabaseError } from '@nuthatch/model';
import { EngineAround, type EngineCall } from '../../src/engine/engine-around.js';
import type { ImageEntry, JournalEngine } from '../../src/engine/journal-engine.js';

/** What becomes of the next call: the question is lost, the answer is lost, all takes so many turns, or all is well. */
export type Fate = 'question lost' | 'answer lost' | number | undefined;

/** An append on its way, held until it is let go. */
export interface HeldAppend {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Those that go on their way; the others are not what is tried here. */
const FAULTY: ReadonlySet<EngineCall> = new Set<EngineCall>([
  'append',
  'read',
  'head',
  'storeBlobPart',
  'blobPart',
  'dropBlob',
]);

export class FaultyEngine extends EngineAround {
  readonly #fate: () => Fate;
  #isKilled = false;
  readonly #killed = new AbortController();
  #held: { take(append: HeldAppend): void; readonly let: Promise<void> } | undefined;
  #pause: Promise<void> | undefined;
  /** The newest image is not told of: the node reads every frame. */
  isWithoutImages = false;

  constructor(inner: JournalEngine, fate: () => Fate = () => undefined) {
    super(inner);
    this.#fate = fate;
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

  override append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const held = this.#held;
    this.#held = undefined;
    return this.around('append', async () => {
      held?.take({ position, bytes: bytes.slice() });
      await held?.let;
      return this.engine.append(position, bytes);
    });
  }

  override wait(after: number, signal: AbortSignal): Promise<void> {
    return this.engine.wait(after, AbortSignal.any([signal, this.#killed.signal]));
  }

  override async newestImage(): Promise<ImageEntry | undefined> {
    return this.isWithoutImages ? undefined : this.engine.newestImage();
  }

  protected async around<T>(call: EngineCall, ask: () => Promise<T>): Promise<T> {
    if (!FAULTY.has(call)) return ask();
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
