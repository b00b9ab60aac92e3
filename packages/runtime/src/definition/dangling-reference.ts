/** A key in a field whose document is not there. */
export interface DanglingReference {
  readonly collection: string;
  /** Of the document that refers. */
  readonly key: unknown;
  readonly field: string;
  /** The collection that is referred to. */
  readonly to: string;
  /** What stands in the field: the key, or `{ key, release }`. */
  readonly value: unknown;
}

/** All that were found in a database. */
export interface DanglingReferences {
  /** How many there are in all. */
  readonly count: number;
  /** The first of them, 1,000 at most. */
  readonly missing: readonly DanglingReference[];
}
