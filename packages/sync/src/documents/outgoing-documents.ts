import {
  ByteWriter,
  type CarriedRelease,
  type Collection,
  type CollectionDefinition,
  keptFieldsOf,
  type StoreKey,
} from '@nuthatch/runtime/sync';
import type { WireModel, WirePut, WireRelease } from '../protocol/messages.js';

const NO_BYTES = new Uint8Array(0);
const NONE: ReadonlySet<string> = new Set();
const NO_RELEASES: readonly never[] = [];

interface ShownBytes {
  readonly document: Uint8Array;
  readonly kept: Uint8Array;
}

/** Documents on their way out: the models of this side, numbered, and the bytes that their codecs write. */
export class OutgoingDocuments {
  readonly #ids = new Map<string, number>();
  readonly #writer = new ByteWriter();
  /** All of this side's models; a model's number is its place. */
  readonly models: readonly WireModel[];

  constructor(collections: Iterable<Collection>) {
    const models: WireModel[] = [];
    for (const { name, definition } of collections) {
      this.#ids.set(name, models.length);
      models.push(wireModelOf(definition));
    }
    this.models = models;
  }

  /** This side's own model where the other side has the same, so that its text is kept once. O(length). */
  shared(model: WireModel): WireModel {
    const own = this.models[this.#ids.get(model.collection) ?? -1];
    const isSame =
      own?.fingerprint === model.fingerprint && own.json === model.json && own.minReader === model.minReader;
    return own !== undefined && isSame ? own : model;
  }

  idOf(collection: string): number {
    return this.#ids.get(collection)!;
  }

  /** The document's bytes, those of fields that this side does not know beside them. O(size). */
  bytesOf(definition: CollectionDefinition, document: object): ShownBytes {
    const writer = this.#writer;
    writer.reset();
    definition.codec.encode(document, writer);
    const bytes = writer.finish().slice();
    return { document: bytes, kept: keptFieldsOf(document)?.bytes ?? NO_BYTES };
  }

  /** @param mayShow which of its releases go with it; left out: none. */
  put(
    collection: Collection,
    key: StoreKey,
    document: object,
    revision: number,
    expiresAt: number | undefined,
    hidden: ReadonlySet<string> = NONE,
    mayShow?: (document: object) => boolean,
  ): WirePut {
    const modelId = this.idOf(collection.name);
    const expiresAtMs = expiresAt ?? 0;
    const state = collection.replicated?.stateAt(key, revision);
    const released = state === undefined ? 0 : state.releases * 2 + Number(state.isReleased);
    const all = mayShow === undefined ? undefined : collection.replicated?.releasesOf(key, state?.releases ?? 0);
    const releases =
      all === undefined
        ? NO_RELEASES
        : this.#releases(
            collection,
            all.filter(({ document: old }) => mayShow!(old)),
            hidden,
          );
    const bytes = this.shownBytes(collection.definition, document, hidden);
    return { modelId, key, revision, expiresAtMs, ...bytes, released, releases };
  }

  #releases(
    { definition }: Collection,
    releases: readonly CarriedRelease[],
    hidden: ReadonlySet<string>,
  ): readonly WireRelease[] {
    return releases.map(({ release, revision, releasedAtMs, document }) => ({
      ...{ number: release, revision, releasedAtMs, ...this.shownBytes(definition, document, hidden) },
    }));
  }

  /** As a user sees it from whom fields are hidden. O(size). */
  shownBytes(definition: CollectionDefinition, document: object, hidden: ReadonlySet<string>): ShownBytes {
    return this.bytesOf(definition, hidden.size === 0 ? document : without(document, hidden));
  }
}

/** A copy that lacks the fields; what its class does not know goes too: nobody has said that it may be shown. */
function without(document: object, hidden: ReadonlySet<string>): object {
  const copy = Object.create(Object.getPrototypeOf(document) as object) as Record<string, unknown>;
  for (const [name, value] of Object.entries(document)) copy[name] = hidden.has(name) ? undefined : value;
  return copy;
}

export function wireModelOf({ model, fingerprint }: CollectionDefinition): WireModel {
  const { collection, minReader = 0 } = model;
  return { collection, fingerprint, minReader, json: JSON.stringify(model) };
}
