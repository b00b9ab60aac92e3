/**
 * The facts about an open database for tools outside the engine (copying, a studio): its collections' definitions and
 * which history its seqs count. A function, not a member, so that no collection's name is taken by it.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { noteMade, otherCopyHint } from '../definition/other-copies.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';

export interface DatabaseDescription {
  /**
   * Names the history that `db.seq` counts in: the same after every reopening of a directory, another after a salvage
   * that lost something, and another for each opening in memory. A position noted elsewhere is good for this one only.
   */
  readonly historyId: string;
  /** Of every collection, memory-only ones included, in the order they were given to `openDatabase`. */
  readonly definitions: readonly CollectionDefinition[];
  /** How its diagnostics name it: the `database` of each message is this very object. */
  readonly source: DatabaseSource;
}

const descriptions = new WeakMap<object, DatabaseDescription>();

/** Called once by `openDatabase`. */
export function noteDescription(database: object, description: DatabaseDescription): void {
  descriptions.set(database, Object.freeze(description));
  noteMade(database);
}

/** The description of an open or closed database. O(1). @throws DatabaseError `INVALID_OPTION` for anything else. */
export function describeDatabase(database: object): DatabaseDescription {
  const description = descriptions.get(database);
  if (description === undefined)
    throw new DatabaseError('INVALID_OPTION', `expected a database from \`openDatabase\`${otherCopyHint(database)}`, {
      option: 'db',
    });
  return description;
}
