/**
 * Which effects a delta holds: of each document the last one, of each sequence the highest number. Found by looking at all of them
 * once; they are taken when they come again.
 */
import type { StoredModel } from '../../journal/model-table.js';
import { GrowingNumbers } from '../../structures/growing-numbers.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { StoredEffectVisitor } from './stored-effects.js';

/** Changed documents whose keys are held in memory meanwhile: about 100 bytes each. */
const MOST_DOCUMENTS = 500_000;

/** Thrown when a delta is not to be written. */
export class NoDelta extends Error {
  /** @param reason why. */
  constructor(reason: string) {
    super(`no delta: ${reason}`);
  }
}

export class LastEffects implements StoredEffectVisitor {
  readonly #models = new Map<number, StoredModel>();
  /** By model and key: the place of the document in the two lists. */
  readonly #documents = new Map<number, Map<StoreKey, number>>();
  /** Number of the last effect of each document, and its length. */
  readonly #numbers = new GrowingNumbers(Float64Array);
  readonly #lengths = new GrowingNumbers(Uint32Array);
  readonly #sequences = new Map<number, number>();
  readonly #mayHold: (modelId: number) => boolean;
  readonly #mostBytes: number;
  #count = 0;
  /** Length of the effects that are to be taken. */
  #byteCount = 0;
  /** Of the effect that was told of last; -1: it is no document's. */
  #place = -1;

  /**
   * @param mayHold whether documents of a model may be in a delta.
   * @param mostBytes of all effects in it.
   */
  constructor(mayHold: (modelId: number) => boolean, mostBytes: number) {
    this.#mayHold = mayHold;
    this.#mostBytes = mostBytes;
  }

  /** Models of these effects. */
  get models(): readonly StoredModel[] {
    const used = new Set([...this.#documents.keys(), ...this.#sequences.keys()]);
    return [...this.#models.values()].filter(({ modelId }) => used.has(modelId));
  }

  get sequences(): ReadonlyMap<number, number> {
    return this.#sequences;
  }

  /** Tells of each effect, by its number, whether it is the last of its document. O(effects). */
  chosen(): Uint8Array {
    const chosen = new Uint8Array(this.#count);
    for (const number of this.#numbers.items()) chosen[number] = 1;
    return chosen;
  }

  model(model: StoredModel): void {
    this.#models.set(model.modelId, model);
  }

  put(modelId: number, key: StoreKey): void {
    this.#note(modelId, key);
  }

  delete(modelId: number, key: StoreKey): void {
    this.#note(modelId, key);
  }

  sequence(modelId: number, value: number): void {
    if (!this.#mayHold(modelId)) throw new NoDelta(`model ${modelId} cannot be in one`);
    this.#sequences.set(modelId, Math.max(value, this.#sequences.get(modelId) ?? 0));
    this.#place = -1;
  }

  /** @throws NoDelta when there are too many, or of a model that cannot be in one. */
  #note(modelId: number, key: StoreKey): void {
    let documents = this.#documents.get(modelId);
    if (documents === undefined) {
      if (!this.#mayHold(modelId)) throw new NoDelta(`model ${modelId} cannot be in one`);
      documents = new Map();
      this.#documents.set(modelId, documents);
    }
    const place = documents.get(key);
    this.#place = place ?? this.#numbers.length;
    if (place !== undefined) return;
    if (this.#numbers.length >= MOST_DOCUMENTS) throw new NoDelta('too many documents changed');
    documents.set(key, this.#numbers.length);
    this.#numbers.push(0);
    this.#lengths.push(0);
  }

  /** @throws NoDelta when the effects are longer than may be. */
  passed(_data: Uint8Array, start: number, end: number): void {
    const number = this.#count++;
    if (this.#place < 0) return;
    this.#byteCount += end - start - this.#lengths.at(this.#place);
    this.#numbers.set(this.#place, number);
    this.#lengths.set(this.#place, end - start);
    if (this.#byteCount > this.#mostBytes) throw new NoDelta('too much changed');
  }
}
