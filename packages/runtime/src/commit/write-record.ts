/**
 * The effect of one write: its undo, its journal effect and the source of its change event in one object.
 *
 * One object serves all three because a write is the hottest path of the engine: nothing is copied on the way from
 * the collection to the journal and the feed.
 */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoreKey } from '../structures/store-key.js';

/** The parts that can take a write back: a collection. */
export interface WriteTarget {
  /** Collection name, for errors and events. */
  readonly name: string;
  /** True when the collection is not journaled. */
  readonly isMemoryOnly: boolean;
  /** The engine's own: its writes are announced to nobody. */
  readonly isHidden: boolean;
  /** A view: its rows follow the documents of another collection. */
  readonly isDerived: boolean;
  readonly definition: CollectionDefinition;
  /**
   * Puts back what the record says was before. Called newest first. O(indexes of changed fields).
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE` when a getter of the class throws that did not before; nothing is changed then.
   */
  revert(record: WriteRecord): void;
  /** The highest number of the sequence is `value` again: what used up those above it was taken back. Never throws. */
  revertSequence(value: number): void;
  /**
   * Checks what was put off to the transaction's end: that every unique value has one holder again.
   *
   * @throws DatabaseError `DUPLICATE_KEY`.
   */
  checkDeferred(): void;
  /** The key as callers know it, of a key as the store has it. */
  publicKey(key: StoreKey): unknown;
  /** Stored fields whose values differ, in model order; those that are set, when there is but one document. */
  changedFields(before: object | undefined, after: object | undefined): readonly string[];
  /** About how many bytes a document takes in memory. O(fields that can be large). */
  bytesOf(document: object): number;
}

/**
 * A class with one shape for puts and deletes, not literals: V8 allocates a literal in its old generation once enough
 * of them have lived long, as they do in bulk loads, and each update would then make garbage that only a full
 * collection clears. A value that follows from other fields is a getter: each field costs every write 8 bytes.
 */
export class WriteRecord {
  /**
   * @param document the document after the write; undefined for a delete.
   * @param before the document before the write; undefined when there was none.
   * @param beforeRevision its revision; 0 when there was none.
   */
  constructor(
    readonly target: WriteTarget,
    readonly key: StoreKey,
    readonly document: object | undefined,
    readonly expiresAt: number | undefined,
    readonly before: object | undefined,
    readonly beforeRevision: number,
    readonly beforeExpiresAt: number | undefined,
  ) {}

  get kind(): 'put' | 'delete' {
    return this.document === undefined ? 'delete' : 'put';
  }

  get definition(): CollectionDefinition {
    return this.target.definition;
  }

  /** The document's revision after the write; 0 for a delete. */
  get revision(): number {
    return this.document === undefined ? 0 : this.beforeRevision + 1;
  }
}

/** A put of another revision than the next one: what another database has numbered. */
export class ReplicatedRecord extends WriteRecord {
  readonly #revision: number;

  constructor(revision: number, ...parts: ConstructorParameters<typeof WriteRecord>) {
    super(...parts);
    this.#revision = revision;
  }

  override get revision(): number {
    return this.#revision;
  }
}

/** The writes of one transaction: the very record when there is one, which is most often, or all in order. */
export type Written = WriteRecord | readonly WriteRecord[];
