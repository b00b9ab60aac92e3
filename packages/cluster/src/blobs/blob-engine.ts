/** Parts of blobs in the engine, asked for until there is an answer. */
import type { JournalEngine } from '../engine/journal-engine.js';
import { answered } from '../node/answered.js';

export class BlobEngine {
  readonly #engine: JournalEngine;
  readonly #unreachableMs: number;
  /** Asked before each call. @throws DatabaseError that ends the asking. */
  requireOpen: () => void = () => undefined;

  constructor(engine: JournalEngine, unreachableMs: number) {
    this.#engine = engine;
    this.#unreachableMs = unreachableMs;
  }

  get description(): string {
    return this.#engine.description;
  }

  /** Resolves when the part is as durable as a frame. @throws DatabaseError `JOURNAL_UNREACHABLE`. */
  store(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return this.#answered(() => this.#engine.storeBlobPart(id, part, bytes));
  }

  /** @returns undefined where there is none. @throws DatabaseError `JOURNAL_UNREACHABLE`. */
  part(id: string, part: number): Promise<Uint8Array | undefined> {
    return this.#answered(() => this.#engine.blobPart(id, part));
  }

  /** Removes all parts. Idempotent. @throws DatabaseError `JOURNAL_UNREACHABLE`. */
  drop(id: string): Promise<void> {
    return this.#answered(() => this.#engine.dropBlob(id));
  }

  #answered<T>(ask: () => Promise<T>): Promise<T> {
    const asked = async (): Promise<T> => {
      this.requireOpen();
      return ask();
    };
    return answered(asked, this.#unreachableMs, this.#engine.description);
  }
}
