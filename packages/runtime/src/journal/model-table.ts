/**
 * The numbers by which pages name document models, and which page holds the text of which model.
 *
 * A number is given out once in a database. Each page must hold every model its documents use: the table knows what
 * the page being written has already.
 */
import { canonicalText } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';

/** A model as pages store it. */
export interface StoredModel {
  readonly modelId: number;
  readonly fingerprint: string;
  /** Canonical JSON of the DocumentModel. */
  readonly json: string;
}

/** A model in use, and where it was written and used last. */
export interface ModelEntry extends StoredModel {
  /** The last page that holds the model's text; 0 for none. */
  writtenPage: number;
  /** The last page with an effect of this model; 0 for none. */
  usedPage: number;
}

export class ModelTable {
  readonly #byFingerprint = new Map<string, ModelEntry>();
  readonly #byDefinition = new Map<CollectionDefinition, ModelEntry>();
  #lastId = 0;
  /** The last request: mostly it is asked for again. */
  #lastDefinition: CollectionDefinition | undefined;
  #lastEntry: ModelEntry | undefined;

  /** The highest number given out so far. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Numbers up to `modelId` are taken. */
  reserve(modelId: number): void {
    this.#lastId = Math.max(this.#lastId, modelId);
  }

  /** Takes up a model found in a page. A page that it is written in later gets its text again. */
  add(model: StoredModel): void {
    this.#lastId = Math.max(this.#lastId, model.modelId);
    this.#byFingerprint.set(identityOf(model.fingerprint, model.json), { ...model, writtenPage: 0, usedPage: 0 });
  }

  /** The entry of a definition; a new number when its model was never stored. O(1) after the first time. */
  entryOf(definition: CollectionDefinition): ModelEntry {
    if (definition === this.#lastDefinition && this.#lastEntry) return this.#lastEntry;
    const entry = this.#byDefinition.get(definition) ?? this.#newEntry(definition);
    this.#lastDefinition = definition;
    this.#lastEntry = entry;
    return entry;
  }

  /** The number of a definition's model; undefined when it was never stored. O(1) for one that was. */
  idOf(definition: CollectionDefinition): number | undefined {
    const entry = this.#byDefinition.get(definition) ?? this.#byFingerprint.get(modelOf(definition).identity);
    return entry?.modelId;
  }

  #newEntry(definition: CollectionDefinition): ModelEntry {
    const { json, identity } = modelOf(definition);
    let entry = this.#byFingerprint.get(identity);
    if (!entry) {
      entry = { modelId: ++this.#lastId, fingerprint: definition.fingerprint, json, writtenPage: 0, usedPage: 0 };
      this.#byFingerprint.set(identity, entry);
    }
    this.#byDefinition.set(definition, entry);
    return entry;
  }

  /** Makes a definition stand for a model that is stored already, whatever its text says beyond what we know. O(1). */
  bind(definition: CollectionDefinition, model: StoredModel): void {
    const identity = identityOf(model.fingerprint, model.json);
    if (!this.#byFingerprint.has(identity)) this.add(model);
    this.#byDefinition.set(definition, this.#byFingerprint.get(identity)!);
    this.#lastDefinition = undefined;
  }

  /** Moves on to a new page and returns the models to put in its header: those the last page used. O(models). */
  beginPage(pageNumber: number): readonly StoredModel[] {
    const carried: ModelEntry[] = [];
    for (const entry of this.#byFingerprint.values()) {
      if (entry.usedPage !== 0 && entry.usedPage === pageNumber - 1) {
        entry.writtenPage = pageNumber;
        carried.push(entry);
      }
    }
    return carried;
  }
}

function modelOf({ fingerprint, model }: CollectionDefinition): { readonly json: string; readonly identity: string } {
  const json = JSON.stringify(JSON.parse(canonicalText(model)));
  return { json, identity: identityOf(fingerprint, json) };
}

/** Text as well as fingerprint: two collections of one shape are two models. */
function identityOf(fingerprint: string, json: string): string {
  return `${fingerprint}\n${json}`;
}
