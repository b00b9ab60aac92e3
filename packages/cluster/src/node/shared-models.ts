/**
 * The numbers by which frames name models. A frame holds each model that no settled frame before it holds; a node that
 * reads from the beginning, or from an image, so knows them all.
 */
import { type CollectionDefinition, ModelTable, type StoredModel } from '@nuthatch/runtime/cluster';

export class SharedModels {
  readonly #settled = new Map<number, StoredModel>();
  /** Numbers that are settled, and those that frames on their way give out. */
  #known = new Set<number>();
  #table = new ModelTable();
  #list: readonly StoredModel[] | undefined;

  /** Those that settled frames hold. O(models) after a new one. */
  get settled(): readonly StoredModel[] {
    this.#list ??= [...this.#settled.values()];
    return this.#list;
  }

  /** For encoding: the numbers as they will be when all that waits has settled. */
  get table(): ModelTable {
    return this.#table;
  }

  /** The model, if no frame before holds it; it does from now on. O(1). */
  declare(definition: CollectionDefinition): StoredModel | undefined {
    const { modelId, fingerprint, json } = this.#table.entryOf(definition);
    if (this.#known.has(modelId)) return undefined;
    this.#known.add(modelId);
    return { modelId, fingerprint, json };
  }

  /** What `declare` answered is in no frame after all. */
  retract(model: StoredModel): void {
    this.#known.delete(model.modelId);
  }

  /** A settled frame holds it. */
  settle(model: StoredModel): void {
    this.#settled.set(model.modelId, model);
    this.#list = undefined;
    this.#known.add(model.modelId);
  }

  /** What waited is to be encoded anew: other nodes may have given out the same numbers. O(models). */
  restart(): void {
    this.#table = new ModelTable();
    for (const model of this.#settled.values()) this.#table.add(model);
    this.#known = new Set(this.#settled.keys());
  }
}
