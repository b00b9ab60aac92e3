/**
 * Makes the repository classes of one collection: `Repository` and `TransactionRepository` with a finder method for
 * each index, named by `finderName` of the model. One class per collection, so that calls stay monomorphic.
 */
import { finderName } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { UniqueCollectionIndex } from '../collection/indexing/unique-collection-index.js';
import type { CommitPath } from '../commit/commit-path.js';
import type { Transaction } from '../commit/transaction.js';
import type { ChangeFeed } from '../feed/change-feed.js';
import { Query } from './query.js';
import { addRelatedMembers } from './related-reads.js';
import { addReleasedMembers } from './released-members.js';
import { Repository } from './repository.js';
import type { CollectionTypes } from './repository-types.js';
import { addSearch } from './search-members.js';
import { TransactionRepository } from './transaction-repository.js';

export interface RepositoryClasses {
  readonly Repository: new (
    collection: Collection,
    commitPath: CommitPath,
    feed: ChangeFeed,
  ) => Repository<CollectionTypes>;
  readonly TransactionRepository: new (
    collection: Collection,
    transaction: Transaction,
  ) => TransactionRepository<CollectionTypes>;
}

export function repositoryClasses(collection: Collection): RepositoryClasses {
  class CollectionRepository extends Repository<CollectionTypes> {}
  class CollectionTransactionRepository extends TransactionRepository<CollectionTypes> {}
  addFinders(CollectionRepository.prototype, collection);
  addFinders(CollectionTransactionRepository.prototype, collection);
  if (collection.links !== undefined)
    addRelatedMembers([CollectionRepository.prototype, CollectionTransactionRepository.prototype], collection);
  if (collection.search !== undefined)
    addSearch(
      { repository: CollectionRepository.prototype, transaction: CollectionTransactionRepository.prototype },
      collection,
      collection.search,
    );
  if (collection.rules !== undefined)
    addReleasedMembers(
      { repository: CollectionRepository.prototype, transaction: CollectionTransactionRepository.prototype },
      collection,
    );
  return { Repository: CollectionRepository, TransactionRepository: CollectionTransactionRepository };
}

/** A unique index finds one document or undefined; tags and ranges give a query. */
function addFinders(prototype: object, collection: Collection): void {
  for (const index of collection.indexes.all) {
    const unique = index as UniqueCollectionIndex;
    const value =
      index.model.kind === 'unique'
        ? (query: unknown): object | undefined => unique.find(query)
        : (query: unknown): Query<CollectionTypes> =>
            Query.ofCondition(collection, collection.indexes.conditionOn(index, query));
    Object.defineProperty(prototype, finderName(index.model), {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}
