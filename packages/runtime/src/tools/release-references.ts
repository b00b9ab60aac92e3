/** The blobs that releases refer to: read from their bytes by the models that wrote them, which stand beside them. */
import type { BlobRef, DocumentModel } from '@nuthatch/model';
import { hashesIn } from '../blobs/hashes-in.js';
import { decodeAnyValue } from '../codec/any-value-codec.js';
import { ByteReader } from '../codec/byte-reader.js';
import { createModelCodec } from '../codec/model-codec.js';
import { blobFinder } from '../definition/blob-references.js';
import { collectionOfRecord, type ReleaseRecord, releasedModelName } from '../definition/release-records.js';

export class ReleaseReferences {
  /** Name → encoded value: of models, and of releases in which a hash may stand. */
  readonly #records = new Map<string, Uint8Array>();

  /** @param document of the engine's own collection: a head, a release or a model. */
  put(name: string, document: object): void {
    const { value } = document as { readonly value: Uint8Array };
    const isKept = collectionOfRecord(name) === undefined || holdsHash(value);
    if (isKept) this.#records.set(name, value);
    else this.#records.delete(name);
  }

  delete(name: string): void {
    this.#records.delete(name);
  }

  /** One that is named twice is there twice. A release whose model is gone has none: nothing can read it. */
  *references(): Iterable<BlobRef> {
    for (const [name, value] of this.#records) {
      if (!name.startsWith('release/')) continue;
      const { fingerprint, bytes } = decoded(value) as ReleaseRecord;
      const text = this.#records.get(releasedModelName(fingerprint));
      if (text === undefined) continue;
      const model = JSON.parse(decoded(text) as string) as DocumentModel;
      const find = blobFinder(model);
      if (find !== undefined) yield* find(createModelCodec(model).decode(new ByteReader(Buffer.from(bytes))) as object);
    }
  }
}

function decoded(bytes: Uint8Array): unknown {
  return decodeAnyValue(new ByteReader(Buffer.from(bytes)));
}

function holdsHash(bytes: Uint8Array): boolean {
  for (const _ of hashesIn(bytes)) return true;
  return false;
}
