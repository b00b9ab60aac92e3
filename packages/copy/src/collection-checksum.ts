/**
 * Count and checksum of a collection's stored fields, independent of order: equal on both sides means equal documents.
 *
 * Each document's canonical JSON is hashed to 64 bits and the hashes are summed, so documents may come in any order and
 * a missing, added or changed one changes the sum. It finds mistakes, not forgeries: the hash (cyrb53's two mixed lanes,
 * public domain, both kept whole) is quick, not cryptographic.
 */
import { SLICE_MS, SliceClock } from '@nuthatch/runtime/tools';
import { requireArgument, requireMethods, requireShape } from './argument-check.js';
import { PageBound } from './batch-bound.js';

import type { CollectionShape } from './collection-shape.js';
import type { ExternalStore, PlainDocument } from './external-store.js';
import { toJsonValue } from './json-value.js';

const { imul } = Math;
/** Documents between two looks at the clock. */
const DOCUMENTS_PER_LOOK = 16;

export interface CollectionSummary {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

export class CollectionChecksum {
  readonly #type: Parameters<typeof toJsonValue>[0];
  #count = 0;
  #low = 0;
  #high = 0;
  readonly #clock = new SliceClock(SLICE_MS.reading, DOCUMENTS_PER_LOOK);

  constructor(shape: CollectionShape) {
    requireShape(shape);
    this.#type = { kind: 'object', fields: shape.model.fields };
  }

  /** Adds a document. O(document). */
  add(document: object): void {
    if (typeof document !== 'object' || document === null) requireArgument(document, 'document', 'object');
    const text = JSON.stringify(toJsonValue(this.#type, document as PlainDocument));
    let low = 0xdeadbeef;
    let high = 0x41c6ce57;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      low = imul(low ^ unit, 2654435761);
      high = imul(high ^ unit, 1597334677);
    }
    low = imul(low ^ (low >>> 16), 2246822507) ^ imul(high ^ (high >>> 13), 3266489909);
    high = imul(high ^ (high >>> 16), 2246822507) ^ imul(low ^ (low >>> 13), 3266489909);
    this.#low = (this.#low + low) >>> 0;
    this.#high = (this.#high + high) >>> 0;
    this.#count++;
  }

  /** Adds documents, giving the event loop a turn every 3 ms. O(documents). */
  async addAll(documents: Iterable<object>): Promise<void> {
    for (const document of documents) {
      this.add(document);
      if (this.#clock.isOver()) await this.#clock.rest();
    }
  }

  get summary(): CollectionSummary {
    return { count: this.#count, checksum: hexOf(this.#high) + hexOf(this.#low) };
  }
}

/** Reads a collection back from a target and sums it up. I/O: every row, in pages. */
export async function summaryOfStore(
  store: ExternalStore,
  shape: CollectionShape,
  pageRowCount = 5_000,
): Promise<CollectionSummary> {
  requireMethods(store, 'store', ['readPage']);
  requireArgument(pageRowCount, 'pageRowCount', 'whole number of 1 or more');
  const checksum = new CollectionChecksum(shape);
  for await (const documents of pagesOf(store, shape, pageRowCount)) await checksum.addAll(documents);
  return checksum.summary;
}

/** Every page of a collection. Bounded memory: one page. */
export async function* pagesOf(
  store: Pick<ExternalStore, 'readPage'>,
  shape: CollectionShape,
  pageRowCount: number,
): AsyncGenerator<readonly PlainDocument[], void> {
  requireMethods(store, 'store', ['readPage']);
  requireShape(shape);
  requireArgument(pageRowCount, 'pageRowCount', 'whole number of 1 or more');
  const bound = new PageBound(shape, pageRowCount);
  let after: unknown;
  do {
    const page = await store.readPage(shape, after, bound.rowCount);
    bound.learn(page.documents);
    if (page.documents.length > 0) yield page.documents;
    after = page.next;
  } while (after !== undefined);
}

function hexOf(value: number): string {
  return value.toString(16).padStart(8, '0');
}
