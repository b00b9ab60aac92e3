/** How many documents are held at once on their way to or from a target: by count, and by bytes, for some are large. */
import { documentSizer } from '@nuthatch/runtime/tools';
import type { CollectionShape } from './collection-shape.js';

/** Bytes of documents in one batch, as estimated; one document alone may be larger. */
export const BATCH_BYTES = 8 * 2 ** 20;
/** A first page is short: how large its rows are is not known before. */
const FIRST_PAGE_ROWS = 64;
const MAX_GROWTH = 4;

/** Documents of one batch of a collection. */
export class BatchBound {
  readonly #bytesOf: (document: object) => number;
  readonly #mostCount: number;
  #count = 0;
  #bytes = 0;

  constructor(shape: Pick<CollectionShape, 'model'>, mostCount: number) {
    this.#bytesOf = documentSizer(shape.model);
    this.#mostCount = mostCount;
  }

  /** Counts a document; answers whether the batch is full with it. O(fields that can be large). */
  add(document: object): boolean {
    this.#count++;
    this.#bytes += this.#bytesOf(document);
    return this.#count >= this.#mostCount || this.#bytes >= BATCH_BYTES;
  }

  /** The next batch begins. */
  begin(): void {
    this.#count = 0;
    this.#bytes = 0;
  }
}

/** How many rows to read at once: so many that they are as large as a batch, going by those read last. */
export class PageBound {
  readonly #bytesOf: (document: object) => number;
  readonly #mostRows: number;
  #rows: number;

  constructor(shape: Pick<CollectionShape, 'model'>, mostRows: number) {
    this.#bytesOf = documentSizer(shape.model);
    this.#mostRows = mostRows;
    this.#rows = Math.min(mostRows, FIRST_PAGE_ROWS);
  }

  /** Rows of the next page. */
  get rowCount(): number {
    return this.#rows;
  }

  /** Learns from a page. O(rows · fields that can be large). */
  learn(documents: readonly object[]): void {
    if (documents.length === 0) return;
    let bytes = 0;
    for (const document of documents) bytes += this.#bytesOf(document);
    const fitting = Math.floor((BATCH_BYTES * documents.length) / Math.max(1, bytes));
    this.#rows = Math.max(1, Math.min(fitting, this.#rows * MAX_GROWTH, this.#mostRows));
  }
}
