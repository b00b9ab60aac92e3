/**
 * Documents on disk that today's models cannot read. A journal holds the past too, so a document counts only if
 * nothing later of the journal replaces or deletes it; what is left at the end is refused as a whole, with its keys.
 */
import { DatabaseError } from '@nuthatch/model';
import type { StoreKey } from '../structures/store-key.js';

/** Why a document cannot be read. */
export class UnreadableDocument {
  constructor(
    /** `age is not of type number`; of a migration, what its function threw. */
    readonly problem: string,
    /** The migration whose result it is; undefined: the models alone. */
    readonly migration?: string,
  ) {}
}

/** Keys named in an error's facts; all are counted. */
const MAX_LISTED = 1_000;

export class UnreadableDocuments {
  readonly #byCollection = new Map<string, Map<StoreKey, UnreadableDocument>>();

  get isEmpty(): boolean {
    return this.#byCollection.size === 0;
  }

  add(collection: string, key: StoreKey, document: UnreadableDocument): void {
    let ofCollection = this.#byCollection.get(collection);
    if (ofCollection === undefined) {
      ofCollection = new Map();
      this.#byCollection.set(collection, ofCollection);
    }
    ofCollection.set(key, document);
  }

  /** The document was replaced or deleted later. O(1). */
  clear(collection: string, key: StoreKey): void {
    if (this.#byCollection.size > 0) this.#byCollection.get(collection)?.delete(key);
  }

  /**
   * All is read, and everything can be.
   *
   * @throws DatabaseError `MIGRATION_REQUIRED`, or `MIGRATION_FAILED` when a migration is to blame, with every key.
   */
  requireNone(): void {
    let count = 0;
    const failures: { collection: string; key: StoreKey; problem: string; migration?: string }[] = [];
    for (const [collection, documents] of this.#byCollection) {
      count += documents.size;
      for (const [key, { problem, migration }] of documents) {
        if (failures.length === MAX_LISTED) break;
        failures.push({ collection, key, problem, ...(migration !== undefined && { migration }) });
      }
    }
    const [first] = failures;
    if (first === undefined) return;
    const failed = failures.find(({ migration }) => migration !== undefined);
    const { collection, key, problem, migration } = failed ?? first;
    const facts = { failureCount: count, failures, collection, ...(migration !== undefined && { migration }) };
    const others = count === 1 ? '' : `, and ${count - 1} more`;
    if (failed === undefined) {
      const what = `document ${String(key)} of ${collection} was written by another model: ${problem}${others}`;
      throw new DatabaseError('MIGRATION_REQUIRED', what, { ...facts, command: 'npx nuthatch generate' });
    }
    const what = `migration ${migration} does not bring document ${String(key)} of ${collection} to today's model: ${problem}${others}`;
    throw new DatabaseError('MIGRATION_FAILED', what, facts);
  }
}
