/** The members that repositories of classes with `@Released()` or `@Lifetime` have beside their own. */
import type { Collection } from '../collection/collection.js';
import type { Transaction } from '../commit/transaction.js';
import { Repository } from './repository.js';
import type { CollectionTypes, WriteOptions } from './repository-types.js';
import { TransactionRepository } from './transaction-repository.js';

/** One write: takes its arguments and the options, which come last. */
type Write = (transaction: Transaction, key: unknown, ...rest: readonly unknown[]) => unknown;

/** @param prototypes of the classes of one collection. */
export function addReleasedMembers(
  prototypes: { readonly repository: object; readonly transaction: object },
  collection: Collection,
): void {
  const { lifetime, releases } = collection;
  if (releases !== undefined) {
    for (const prototype of [prototypes.repository, prototypes.transaction]) {
      define(prototype, 'isReleased', (key: unknown) => releases.isReleased(key));
      define(prototype, 'getReleased', (key: unknown, release?: number) => releases.getReleased(key, release));
      define(prototype, 'history', (key: unknown) => releases.history(key));
    }
    addWrite(prototypes, 'release', 1, (transaction, key, options) =>
      releases.release(transaction, key, options as object | undefined),
    );
    addWrite(prototypes, 'revise', 1, (transaction, key, options) =>
      releases.revise(transaction, key, options as object | undefined),
    );
  }
  if (lifetime)
    addWrite(prototypes, 'setLifetime', 2, (transaction, key, to, options) =>
      collection.setLifetime(transaction, key, to, options as object | undefined),
    );
}

/** @param argumentCount how many arguments come before the options. */
function addWrite(
  { repository, transaction }: { readonly repository: object; readonly transaction: object },
  name: string,
  argumentCount: number,
  write: Write,
): void {
  define(repository, name, function (this: Repository<CollectionTypes>, ...given: readonly unknown[]) {
    const [key, ...rest] = given;
    const options = given[argumentCount] as (WriteOptions & Extra) | undefined;
    return Repository.run(this, (running) => write(running, key, ...rest), plain(options));
  });
  define(transaction, name, function (this: TransactionRepository<CollectionTypes>, ...given: readonly unknown[]) {
    const [key, ...rest] = given;
    const running = TransactionRepository.begin(
      this,
      plain(given[argumentCount] as (WriteOptions & Extra) | undefined),
    );
    return write(running, key, ...rest);
  });
}

interface Extra {
  readonly from?: unknown;
  readonly release?: unknown;
}

/** The options that every write has: the others are the write's own to check. */
function plain(options: (WriteOptions & Extra) | undefined): WriteOptions | undefined {
  if (typeof options !== 'object' || options === null) return options;
  const { from: _from, release: _release, ...others } = options;
  return others;
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
