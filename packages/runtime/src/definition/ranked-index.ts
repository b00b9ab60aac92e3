/**
 * An index of the class that answers questions with documents in an order of its own: a text index. The engine keeps it: it is told of every write and of every write that is taken back, its state saved beside the documents.
 *
 * Its keys are those of the store: one value each, which a Map tells apart.
 */
import type { Steps } from '../scheduling/steps.js';
import type { StoreKey } from '../structures/store-key.js';

/** Documents that meet a question, each once, in no order, with their scores: the higher, the sooner. */
export interface RankedHits {
  readonly keys: readonly StoreKey[];
  readonly scores: Float64Array;
}

export interface RankedQuestion {
  /** As the index is now. */
  hits(): RankedHits;
  /** Whether a document meets it, from the document alone. */
  matches(document: object): boolean;
}

/** The state of one moment: what is written afterwards is not in it. */
export interface SavedState {
  /** Names the form of the bytes and the settings of the index: a state of another text is not loaded. */
  readonly version: string;
  /** Makes the bytes in short steps. */
  readonly steps: Steps;
  /** The next piece that is ready; undefined: none is, until the next step. */
  take(): Uint8Array | undefined;
}

export interface RankedIndex {
  readonly version: string;
  /** Documents that it knows. */
  readonly documentCount: number;
  /** Counts changes: what was found before another one is not the answer any more. */
  readonly changeCount: number;
  /** @throws DatabaseError `INVALID_QUERY`. */
  ask(text: unknown, options: unknown): RankedQuestion;
  insert(document: object, key: StoreKey): void;
  update(before: object, after: object, key: StoreKey): void;
  remove(document: object, key: StoreKey): void;
  /** Forgets everything, then indexes these documents. */
  rebuild(documents: Iterable<readonly [document: object, key: StoreKey]>): void;
  /** The key has this document now, or none, whatever it had. */
  setAgain(key: StoreKey, document: object | undefined): void;
  /** Work that is due after writes, in short steps beside reads and writes. */
  care(): Steps | undefined;
  /** Holds the state as it is now; its bytes are made afterwards, while writes go on. */
  saveState(): SavedState;
  /** Takes the place of all that it knew. When it throws, the index is as it was. */
  loadState(bytes: Uint8Array): Steps;
}
