/**
 * What there is of each document in the end, as a few bytes: key, revision, expiry and a hash of its values. Two
 * databases are compared by it, and all of it together is one digest, whatever the order in which documents came.
 *
 * Memory: about 100 bytes a document, beside its key.
 */
import { createHash } from 'node:crypto';
import {
  type CollectionDefinition,
  isOwnCollection,
  keptFieldsOf,
  LastState,
  RELEASES_COLLECTION,
  type RecoveryTarget,
  type StoredDocument,
  type StoreKey,
} from '@nuthatch/runtime/cluster';
import { type JsonValues, jsonValues } from '@nuthatch/runtime/tools';

const HASH_BYTES = 32;

export class DocumentDigests implements RecoveryTarget {
  readonly #state = new LastState<string>();
  readonly #numbers = new Map<string, number>();
  readonly #values = new DocumentValues();

  put(stored: StoredDocument): void {
    const { collection } = stored.definition.model;
    const isCounted = !isOwnCollection(collection) || collection === RELEASES_COLLECTION;
    this.#state.put(stored, isCounted ? this.#digestOf(stored) : undefined);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#state.delete(definition, key);
  }

  sequence({ model }: CollectionDefinition, value: number): void {
    this.#numbers.set(model.collection, value);
  }

  finish(): void {}

  /** By collection and key. */
  collections(): IterableIterator<readonly [string, ReadonlyMap<StoreKey, string>]> {
    return this.#state.collections();
  }

  /** Of all documents and given numbers, 64 hexadecimal digits. O(documents). */
  sha256(): string {
    const sum = new Uint8Array(HASH_BYTES);
    for (const [collection, digests] of this.#state.collections())
      for (const [key, digest] of digests) mix(sum, JSON.stringify([collection, typeof key, String(key), digest]));
    for (const [collection, value] of this.#numbers) mix(sum, JSON.stringify([collection, value]));
    return Buffer.from(sum).toString('hex');
  }

  #digestOf(stored: StoredDocument): string {
    const { revision, expiresAt } = stored;
    const hash = createHash('sha256').update(this.#values.textOf(stored)).digest('base64');
    return `${revision} ${expiresAt ?? ''} ${hash}`;
  }
}

/** The values of documents as JSON, by the models that they were written with. */
export class DocumentValues {
  readonly #values = new Map<CollectionDefinition, JsonValues>();

  /** As `nuthatch dump` writes them. O(document). */
  toJson({ definition, document }: StoredDocument): unknown {
    let values = this.#values.get(definition);
    if (values === undefined) {
      values = jsonValues({ kind: 'object', fields: definition.model.fields });
      this.#values.set(definition, values);
    }
    return values.toJson(document);
  }

  /** The same, with the fields that the model does not know. */
  textOf(stored: StoredDocument): string {
    const kept = keptFieldsOf(stored.document);
    return JSON.stringify([this.toJson(stored), kept && Buffer.from(kept.bytes).toString('base64')]);
  }
}

/** Of no order: no two documents have one collection and key. */
function mix(sum: Uint8Array, text: string): void {
  const hash = createHash('sha256').update(text).digest();
  for (let index = 0; index < HASH_BYTES; index++) sum[index]! ^= hash[index]!;
}
