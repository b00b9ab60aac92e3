/** The typed face of `@Released()` and `@Lifetime`: what generated repositories of such classes have beside their own. */
import type { ReleasedKey } from '@nuthatch/model';
import type { CollectionTypes, RevisionOptions, UpdateOptions } from './repository-types.js';

/** One release of a document. */
export interface Release<D = object, K = unknown> {
  readonly key: K;
  /** 1 for the first. */
  readonly release: number;
  /** The document's revision from its release on. */
  readonly revision: number;
  readonly releasedAt: Date;
  /** As today's class has it, with the state that its lifetime has now. */
  readonly document: D;
  /** SHA-256 of the bytes that were released, 64 hexadecimal digits: the same permanently. O(size). */
  readonly digest: string;
  /** The fields as they were released, by the class of then. O(size). @throws DatabaseError `JOURNAL_DAMAGED`. */
  asReleased(): Readonly<Record<string, unknown>>;
}

export interface ReleasedReads<T extends CollectionTypes> {
  /** Whether the document is frozen; false for a draft, and when there is none. O(1). @throws DatabaseError `INVALID_KEY`. */
  isReleased(key: T['key']): boolean;
  /**
   * The document of a release, or of the newest one; undefined when there is none. Not a draft that has followed it. O(1).
   *
   * @throws DatabaseError `INVALID_KEY`; `INVALID_QUERY` unless `release` is a whole number from 1.
   */
  getReleased(key: T['key'], release?: number): T['document'] | undefined;
  /** The release that a field of another document names. */
  getReleased(pinned: PinOf<T>): T['document'] | undefined;
  /** Every release of a document, oldest first. O(releases). @throws DatabaseError `INVALID_KEY`. */
  history(key: T['key']): readonly Release<T['document'], T['key']>[];
}

/** A release of the class, as `ReleasedKey<'Part'>` has it. */
export interface PinOf<T extends CollectionTypes> extends Pick<ReleasedKey<string>, 'release'> {
  readonly key: T['key'];
}

/** Of a class with `@Released()`. */
export interface ReleasedRepository<T extends CollectionTypes> extends ReleasedReads<T> {
  /**
   * Freezes the draft as the next release. From now on every change of the document is refused with `DOCUMENT_RELEASED`,
   * but one of its lifetime alone. Its revision goes up by one, and its time to live ends.
   *
   * Rejects with `DOCUMENT_NOT_FOUND`, `DOCUMENT_RELEASED`, `REVISION_MISMATCH`, `INVALID_KEY`.
   */
  release(key: T['key'], options?: UpdateOptions): Promise<Release<T['document'], T['key']>>;
  /**
   * Begins the next draft of a released document, with the same fields, its lifetime at the initial state. `delete` gives
   * the draft up: the document is its newest release again.
   *
   * Rejects with `DOCUMENT_NOT_FOUND`, `DOCUMENT_NOT_RELEASED`, `REVISION_MISMATCH`, `INVALID_KEY`.
   */
  revise(key: T['key'], options?: UpdateOptions): Promise<T['document']>;
}

/** The same inside `db.transaction`. */
export interface ReleasedTransaction<T extends CollectionTypes> extends ReleasedReads<T> {
  /** @throws DatabaseError as the repository's `release` rejects; `TRANSACTION_ENDED`. */
  release(key: T['key'], options?: RevisionOptions): Release<T['document'], T['key']>;
  /** @throws DatabaseError as the repository's `revise` rejects; `TRANSACTION_ENDED`. */
  revise(key: T['key'], options?: RevisionOptions): T['document'];
}

export interface LifetimeSettings {
  /** Another release than the one that the document is now: the state of that one is changed. */
  readonly release?: number;
}

/**
 * Of a class with `@Lifetime`.
 *
 * @typeParam L state → the states that may follow it.
 */
export interface LifetimeRepository<T extends CollectionTypes, L extends object> {
  /**
   * Goes to a state that may follow the present one, also of a released document. With `from` it is refused in any other
   * state, and the compiler knows which states may follow.
   *
   * Rejects with `TRANSITION_REFUSED`, `DOCUMENT_NOT_FOUND`, `DOCUMENT_NOT_RELEASED`, `REVISION_MISMATCH`, `VALIDATION_FAILED`.
   */
  setLifetime<From extends keyof L>(
    key: T['key'],
    to: L[From] & string,
    options: UpdateOptions & LifetimeSettings & { readonly from: From },
  ): Promise<T['document']>;
  setLifetime(
    key: T['key'],
    to: L[keyof L] & string,
    options?: UpdateOptions & LifetimeSettings,
  ): Promise<T['document']>;
}

/** The same inside `db.transaction`. */
export interface LifetimeTransaction<T extends CollectionTypes, L extends object> {
  /** @throws DatabaseError as the repository's `setLifetime` rejects; `TRANSACTION_ENDED`. */
  setLifetime<From extends keyof L>(
    key: T['key'],
    to: L[From] & string,
    options: RevisionOptions & LifetimeSettings & { readonly from: From },
  ): T['document'];
  setLifetime(key: T['key'], to: L[keyof L] & string, options?: RevisionOptions & LifetimeSettings): T['document'];
}
