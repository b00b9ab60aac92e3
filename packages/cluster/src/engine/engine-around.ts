/**
 * An engine around another one: every call goes through `around`, which decides what becomes of it. What is not a call that
 * asks (waiting, the word for turns, the parts of an image on their way out) goes straight on.
 */
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

/** The calls that ask the engine for something. */
export type EngineCall = Exclude<
  {
    [Name in keyof JournalEngine]-?: JournalEngine[Name] extends (...given: never[]) => Promise<unknown> ? Name : never;
  }[keyof JournalEngine],
  'wait'
>;

export abstract class EngineAround implements JournalEngine {
  protected readonly engine: JournalEngine;

  constructor(engine: JournalEngine) {
    this.engine = engine;
  }

  /** Calls `ask`, or does not, and answers for it. */
  protected abstract around<T>(call: EngineCall, ask: () => Promise<T>): Promise<T>;

  get description(): string {
    return this.engine.description;
  }

  get maxFrameBytes(): number {
    return this.engine.maxFrameBytes;
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    return this.around('open', () => this.engine.open(proposedUuid));
  }

  find(): Promise<FoundJournal | undefined> {
    return this.around('find', () => this.engine.find());
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.around('begin', () => this.engine.begin(proposedUuid));
  }

  finish(): Promise<void> {
    return this.around('finish', () => this.engine.finish());
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    return this.around('append', () => this.engine.append(position, bytes));
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    return this.around('read', () => this.engine.read(after, limitBytes));
  }

  head(): Promise<number> {
    return this.around('head', () => this.engine.head());
  }

  wait(after: number, signal: AbortSignal): Promise<void> {
    return this.engine.wait(after, signal);
  }

  /** A hint, for which nobody waits. */
  get requestTurn(): (() => void) | undefined {
    const { engine } = this;
    return engine.requestTurn && (() => engine.requestTurn?.());
  }

  get onTurnRequest(): (() => void) | undefined {
    return this.engine.onTurnRequest;
  }

  set onTurnRequest(heard: (() => void) | undefined) {
    this.engine.onTurnRequest = heard;
  }

  usage(): Promise<JournalUsage> {
    return this.around('usage', () => this.engine.usage());
  }

  newestImage(): Promise<ImageEntry | undefined> {
    return this.around('newestImage', () => this.engine.newestImage());
  }

  imageParts(entry: ImageEntry): AsyncIterable<Uint8Array> {
    return this.engine.imageParts(entry);
  }

  storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    return this.around('storeImage', () => this.engine.storeImage(place, parts));
  }

  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    return this.around('storeBlobPart', () => this.engine.storeBlobPart(id, part, bytes));
  }

  blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    return this.around('blobPart', () => this.engine.blobPart(id, part));
  }

  dropBlob(id: string): Promise<void> {
    return this.around('dropBlob', () => this.engine.dropBlob(id));
  }

  truncate(truncation: Truncation): Promise<void> {
    return this.around('truncate', () => this.engine.truncate(truncation));
  }

  close(): Promise<void> {
    return this.around('close', () => this.engine.close());
  }
}
