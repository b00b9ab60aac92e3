/**
 * The form of a migration: a named step from one state of a database's models to the next, written by `nuthatch
 * generate` as a stub and filled in by the user.
 *
 * Collection steps see one document at a time: they run when a document is read (lazily) or in `nuthatch migrate up`.
 * A database step sees everything and writes anything, in `nuthatch migrate up` only.
 */
import type { DocumentModel } from '@nuthatch/model';

/** One step of a database's models. */
export interface Migration {
  /** The folder's name, `0003-player-rename-nick`: unique, and the order of steps that do not depend on one another. */
  readonly id: string;
  /** `modelsHash` of the state or states before: none for the first, two for the merge of two branches. */
  readonly parents: readonly string[];
  /** `modelsHash` of the state after. */
  readonly result: string;
  /** Models of the collections it touches, before and after. A collection that is in one of them only comes or goes. */
  readonly before: readonly DocumentModel[];
  readonly after: readonly DocumentModel[];
  /**
   * Fingerprints of the models a collection had before `before`, since its last migration: changes that took none. By
   * its name before.
   */
  readonly earlier?: Readonly<Record<string, readonly string[]>>;
  /** The same for models after `after`, up to today's: for the last migration of a collection. By its name after. */
  readonly later?: Readonly<Record<string, readonly string[]>>;
  /** Collection (its name after) → new name of a renamed field → its old one: for reports in words. */
  readonly renames?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Steps by the name the collection has before. */
  readonly collections?: Readonly<Record<string, CollectionMigration>>;
  /** Runs after the collections' steps. Opening a directory that still needs it is refused: it takes `migrate up`. */
  readonly database?: DatabaseMigration;
}

/** What happens to each document of one collection. The functions are pure: the same document, the same result. */
export interface CollectionMigration {
  /** Fingerprints of the models between which it leads. */
  readonly from: string;
  readonly to: string;
  /**
   * The newer document, plain: fields as values, no class needed. Gets the older one frozen: copy it. The key stays
   * the same. Fields left out that the step does not know are kept by the database, not by this function.
   */
  up(document: never): object;
  /** The older document; left out: there is no way back, and `migrate down` says so. */
  down?(document: never): object;
}

/** A step that sees the whole database: splits and merges collections, changes ids and types of keys. */
export interface DatabaseMigration {
  /**
   * @param source the database before the step.
   * @param target the database after it. A collection begins there as its own step or the rules of reading fields left
   *   it; empty when its id or the id's type changes, or nothing leads from the old model to the new. A collection that
   *   is in `before` but in no model of `after` is removed.
   */
  up(source: MigrationSource, target: MigrationTarget): void;
  down?(source: MigrationSource, target: MigrationTarget): void;
}

/** The database before a step, read-only. Documents are frozen and plain. */
export interface MigrationSource {
  /** Every document of the collection; none when it is unknown. */
  all<D = Readonly<Record<string, unknown>>>(collection: string): Iterable<D>;
  /** The document of a key (an object of the key's fields when the key has several); undefined when there is none. */
  get<D = Readonly<Record<string, unknown>>>(collection: string, key: unknown): D | undefined;
  /** Documents in the collection. */
  count(collection: string): number;
}

/** The database after a step, to be written. Everything is checked at the end, so order does not matter. */
export interface MigrationTarget extends MigrationSource {
  /** Adds a document. @throws DatabaseError `DUPLICATE_KEY` when its key is there. */
  insert(collection: string, document: object): void;
  /** Adds the document or replaces the one of its key. */
  put(collection: string, document: object): void;
  /** Removes the document of a key; false when there was none. */
  delete(collection: string, key: unknown): boolean;
  /** Removes every document of the collection. */
  clear(collection: string): void;
}
