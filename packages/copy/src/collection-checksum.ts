/**
 * Count and checksum of a collection's stored fields, independent of order: equal on both sides means equal documents.
 *
 * Each document's canonical JSON is hashed (SHA-256, its first 8 bytes); the sums are taken modulo 2^64, so documents
 * may come in any order and a missing, added or changed one changes the sum.
 */
import { createHash } from 'node:crypto';
import type { CollectionShape } from './collection-shape.js';
import type { ExternalStore, PlainDocument } from './external-store.js';
import { toJsonValue } from './json-value.js';

export interface CollectionSummary {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

export class CollectionChecksum {
  readonly #type: Parameters<typeof toJsonValue>[0];
  #count = 0;
  #sum = 0n;

  constructor(shape: CollectionShape) {
    this.#type = { kind: 'object', fields: shape.model.fields };
  }

  /** Adds a document. O(document). */
  add(document: object): void {
    const text = JSON.stringify(toJsonValue(this.#type, document as PlainDocument));
    this.#sum = (this.#sum + createHash('sha256').update(text).digest().readBigUInt64LE()) & 0xffff_ffff_ffff_ffffn;
    this.#count++;
  }

  get summary(): CollectionSummary {
    return { count: this.#count, checksum: this.#sum.toString(16).padStart(16, '0') };
  }
}

/** Reads a collection back from a target and sums it up. I/O: every row, in pages. */
export async function summaryOfStore(
  store: ExternalStore,
  shape: CollectionShape,
  pageRowCount = 5_000,
): Promise<CollectionSummary> {
  const checksum = new CollectionChecksum(shape);
  for await (const documents of pagesOf(store, shape, pageRowCount)) for (const one of documents) checksum.add(one);
  return checksum.summary;
}

/** Every page of a collection. Bounded memory: one page. */
export async function* pagesOf(
  store: Pick<ExternalStore, 'readPage'>,
  shape: CollectionShape,
  pageRowCount: number,
): AsyncGenerator<readonly PlainDocument[], void> {
  let after: unknown;
  do {
    const page = await store.readPage(shape, after, pageRowCount);
    if (page.documents.length > 0) yield page.documents;
    after = page.next;
  } while (after !== undefined);
}
