/** The repositories of a database: its members by the names of collections and views, and those of its transactions. */
import type { CommitPath } from '../commit/commit-path.js';
import { type RepositoryClasses, repositoryClasses } from '../repository/repository-factory.js';
import type { CollectionTypes } from '../repository/repository-types.js';
import { type TransactionCollections, transactionCollections } from '../repository/transaction-collections.js';
import { type ViewRepository, viewRepository } from '../repository/view-repository.js';
import type { DatabaseParts } from './database-parts.js';

/** @returns the collections as a transaction function gets them. */
export function addRepositories<Tx>(
  database: object,
  { collections, views: rowsOf, feed }: DatabaseParts,
  commitPath: CommitPath,
): TransactionCollections<Tx> {
  const classes = new Map<string, RepositoryClasses>();
  for (const [name, collection] of collections) {
    const made = repositoryClasses(collection);
    classes.set(name, made);
    addMember(database, name, new made.Repository(collection, commitPath, feed));
  }
  const views = new Map<string, ViewRepository<CollectionTypes>>();
  for (const [name, rows] of rowsOf) {
    const view = viewRepository(rows, feed);
    views.set(name, view);
    addMember(database, name, view);
  }
  return transactionCollections<Tx>(collections, classes, views);
}

function addMember(database: object, name: string, value: object): void {
  Object.defineProperty(database, name, { value, enumerable: true });
}
