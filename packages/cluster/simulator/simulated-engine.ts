/**
 * What one node has of the fake engine: questions and answers that take their time, get lost, come too late or not at all.
 * Only the engine's own rules are trusted here (see engine/journal-engine.ts); everything above is the product's.
 */

import type { SeededRandom } from '../../runtime/src/testing/seeded-random.js';
import { unfinished } from '../src/engine/engine-errors.js';
import { ImageDigest, partsOf } from '../src/engine/image-digest.js';
import type {
  FoundJournal,
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from '../src/engine/journal-engine.js';
import { News } from '../src/engine/news.js';
import type { Actor, Scheduler } from './scheduler.js';
import type { SimulatedLog } from './simulated-log.js';

/** The way between one node and the engine. */
export interface Link {
  /** Nothing gets through until then. */
  cutUntilMs: number;
  /** Of 1: how many questions, and as many answers, are lost. */
  lossRate: number;
  /** Of 1: how many notifications are lost. */
  missRate: number;
  /** Longest time of one way, most of the time. */
  readonly latencyMs: number;
}

/** Bugs that a test puts in, to see them found. */
export interface NodeBugs {
  /** No answer counts as `won`. */
  readonly isUnknownWon?: boolean;
  /** `lost` counts as `won`. */
  readonly isLostWon?: boolean;
}

/** A node gives up waiting for one answer. */
const TIMEOUT_MS = 5_000;
/** A node that hears nothing asks by itself so often. */
const POLL_MS = 1_000;
const PART_BYTES = 4 * 1024;

export interface EngineInput {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly log: SimulatedLog;
  readonly actor: Actor;
  readonly link: Link;
  readonly bugs?: NodeBugs;
  /** A notification waits so long for others. */
  readonly gatherMs?: number;
  readonly pollMs?: number;
  /** Nodes hear of others that wait to write. */
  readonly canRequestTurns?: boolean;
  readonly maxFrameBytes?: number;
}

export class SimulatedEngine implements JournalEngine {
  readonly description = 'the simulated journal';
  readonly maxFrameBytes: number;
  readonly #input: EngineInput;
  readonly #news: News;
  readonly #tell = (): void => this.#notify();
  /** Set by the node. */
  onTurnRequest: (() => void) | undefined;
  /** Tells the others over the network, where the engine can; each word may get lost. */
  readonly requestTurn: (() => void) | undefined;
  #isNotifying = false;
  #isClosed = false;

  constructor(input: EngineInput) {
    this.#input = input;
    this.#news = new News(input.pollMs ?? POLL_MS);
    if (input.canRequestTurns === true)
      this.requestTurn = () => {
        for (const engine of input.log.engines) if (engine !== this) engine.hearRequest();
      };
    this.maxFrameBytes = input.maxFrameBytes ?? 64 * 1024;
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    const { log } = this.#input;
    log.onFrame.add(this.#tell);
    if (this.requestTurn !== undefined) log.engines.add(this);
    return this.#ask(() => {
      log.uuid ??= proposedUuid;
      if (log.isUnfinished) throw unfinished(this.description);
      return { uuid: log.uuid, head: log.head };
    });
  }

  find(): Promise<FoundJournal | undefined> {
    return this.#ask(() => this.#input.log.found);
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    const { log } = this.#input;
    return this.#ask(() => {
      if (log.uuid === undefined) log.isUnfinished = true;
      log.uuid ??= proposedUuid;
      return log.found!;
    });
  }

  finish(): Promise<void> {
    return this.#ask(() => {
      this.#input.log.isUnfinished = false;
    });
  }

  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const { log, scheduler, bugs } = this.#input;
    try {
      const answer = await this.#ask(() => log.append(position, bytes, scheduler.nowMs()));
      return bugs?.isLostWon === true ? 'won' : answer;
    } catch (error) {
      if (bugs?.isUnknownWon === true) return 'won';
      throw error;
    }
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    this.#news.look();
    return this.#ask(() => this.#input.log.read(after, limitBytes));
  }

  head(): Promise<number> {
    return this.#ask(() => this.#input.log.shownHead);
  }

  wait(_after: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(signal);
  }

  usage(): Promise<JournalUsage> {
    return this.#ask(() => this.#input.log.usage());
  }

  newestImage(): Promise<ImageEntry | undefined> {
    return this.#ask(() => this.#input.log.images.at(-1)?.entry);
  }

  async *imageParts(entry: ImageEntry): AsyncGenerator<Uint8Array, void> {
    for (let index = 0; ; index++) {
      const part = await this.#ask(() => {
        const image = this.#input.log.images.find((kept) => kept.entry.position === entry.position);
        if (image === undefined) throw new Error('the image is gone');
        return image.parts[index];
      });
      if (part === undefined) return;
      yield part;
    }
  }

  async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const { log } = this.#input;
    const digest = new ImageDigest();
    const parts: Uint8Array[] = [];
    for await (const part of partsOf(chunks, digest, PART_BYTES)) {
      await this.#ask(() => undefined);
      parts.push(part);
    }
    const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
    return this.#ask(() => (log.store({ entry, parts }) ? entry : undefined));
  }

  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return this.#ask(() => void this.#input.log.blobs.set(`${id}/${part}`, bytes.slice()));
  }

  blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    return this.#ask(() => this.#input.log.blobs.get(`${id}/${part}`));
  }

  dropBlob(id: string): Promise<void> {
    const { blobs } = this.#input.log;
    return this.#ask(() => {
      for (const name of [...blobs.keys()]) if (name.startsWith(`${id}/`)) blobs.delete(name);
    });
  }

  truncate(truncation: Truncation): Promise<void> {
    const { log, scheduler } = this.#input;
    return this.#ask(() => log.truncate(truncation, scheduler.nowMs()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#input.log.onFrame.delete(this.#tell);
    this.#input.log.engines.delete(this);
    this.#news.tell();
  }

  /** Another node waits for its turn. */
  hearRequest(): void {
    const { scheduler, actor, random, link } = this.#input;
    if (link.cutUntilMs > scheduler.nowMs() || random.next() < link.missRate) return;
    scheduler.at(actor, this.#latencyMs(), () => this.onTurnRequest?.());
  }

  /** Several frames, one word. It may get lost like everything else; then the node asks by itself after a while. */
  #notify(): void {
    const { scheduler, actor, random, link, gatherMs = 0 } = this.#input;
    if (this.#isNotifying || link.cutUntilMs > scheduler.nowMs() || random.next() < link.missRate) return;
    this.#isNotifying = true;
    scheduler.at(actor, gatherMs + this.#latencyMs(), () => {
      this.#isNotifying = false;
      this.#news.tell();
    });
  }

  /** One question. What was sent may be done after its node has given up waiting, or was killed. */
  #ask<T>(work: () => T): Promise<T> {
    const { scheduler, actor, link, random } = this.#input;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (finish: () => void): void => {
        if (isOver) return;
        isOver = true;
        timer.cancel();
        finish();
      };
      const fail = (what: string): void => end(() => reject(new Error(what)));
      const timer = scheduler.at(actor, TIMEOUT_MS, () => fail('no answer in time'));
      if (this.#isClosed) return fail('the engine is closed');
      const isCut = (): boolean => link.cutUntilMs > scheduler.nowMs();
      if (isCut() && random.next() < 0.5) return void scheduler.at(actor, 1, () => fail('no connection'));
      if (random.next() < link.lossRate) return undefined;
      scheduler.at(scheduler.world, this.#latencyMs(), () => {
        if (isCut()) return;
        let answer: () => void;
        try {
          const result = work();
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error as Error);
        }
        const isLost = random.next() < link.lossRate;
        if (isLost && random.next() < 0.5) return;
        scheduler.at(actor, this.#latencyMs(), () => {
          if (isLost) fail('the connection was reset');
          else if (!isCut()) end(this.#isClosed ? () => reject(new Error('the engine was closed')) : answer);
        });
      });
      return undefined;
    });
  }

  /** Mostly short; now and then longer than the timeout, so that it lands when nobody counts on it any more. */
  #latencyMs(): number {
    const { random, link } = this.#input;
    const ms = link.latencyMs * (0.1 + random.next());
    const lot = link.lossRate > 0 ? random.next() : 1;
    return lot < 0.002 ? TIMEOUT_MS + ms * 100 : lot < 0.02 ? ms * 50 : ms;
  }
}
