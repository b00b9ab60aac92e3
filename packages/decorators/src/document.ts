import { type CollectionStorage, collectionNameOf, DatabaseError, type SyncMode } from '@nuthatch/model';
import { noteRuleOptions } from './class-validator-adapter.js';
import { DecoratedClassMetadata } from './decorated-class-metadata.js';
import { checkArguments, isContext } from './decorator-arguments.js';
import { writeClassMetadata } from './metadata-store.js';

export interface DocumentOptions {
  /** Name of the collection and of its repository; the class's name with its first letter lowered when left out. */
  readonly collection?: string;
  /**
   * Names of several collections of the class, each with a repository: `['draft', 'published']` for `db.draft` and `db.published`.
   * In the place of `collection`.
   */
  readonly collections?: readonly string[];
  /**
   * `memory`: never journaled, gone with the process. `cold`: keys and indexes in memory, documents in the image on the
   * disk, read at their first touch, for collections larger than memory. Default `disk`: all of it in memory, and journaled.
   */
  readonly storage?: CollectionStorage;
  /**
   * Raise it when documents begin to mean something that older versions of your program would misread: those refuse to
   * open a directory with such documents (`READER_TOO_OLD`). A whole number; default 0: older code reads what it knows.
   */
  readonly minReader?: number;
  /**
   * How replicas write to the class: `checkOut`: edits and deletes need a lease; `revision`, the default: an edit of an older
   * revision is a conflict; `lastWrite`: the last edit stays.
   */
  readonly sync?: SyncMode | 'revision';
}

/** Decorates a class of documents, in both forms. */
export type DocumentDecorator = <C extends abstract new (...args: never[]) => object>(
  documentClass: C,
  context?: ClassDecoratorContext<C>,
) => void;

/**
 * The class's instances are documents of one collection.
 *
 * @throws DatabaseError `INVALID_DECORATOR` for options it does not know, an anonymous class, or anything but a class.
 */
export function Document(options?: DocumentOptions): DocumentDecorator;
export function Document(options: DocumentOptions = {}, ...rest: readonly unknown[]): DocumentDecorator {
  checkArguments('Document', [options, ...rest], ['collection', 'collections', 'storage', 'minReader', 'sync']);
  const { storage = 'disk', collection, minReader, sync = 'revision' } = options;
  if (collection !== undefined && (typeof collection !== 'string' || collection === '')) {
    throw new DatabaseError('INVALID_DECORATOR', `@Document collection is ${String(collection)}, not a name`, {
      collection,
    });
  }
  const names = checkedCollections(options);
  if (storage !== 'disk' && storage !== 'memory' && storage !== 'cold') {
    const what = `@Document storage is ${String(storage)}, not 'disk', 'memory' or 'cold'`;
    throw new DatabaseError('INVALID_DECORATOR', what, { storage });
  }
  if (minReader !== undefined && (!Number.isSafeInteger(minReader) || minReader < 0)) {
    const what = `@Document minReader is ${String(minReader)}, not a whole number of 0 or more`;
    throw new DatabaseError('INVALID_DECORATOR', what, { minReader });
  }
  if (sync !== 'revision' && sync !== 'checkOut' && sync !== 'lastWrite') {
    const what = `@Document sync is ${String(sync)}, not 'checkOut', 'revision' or 'lastWrite'`;
    throw new DatabaseError('INVALID_DECORATOR', what, { sync });
  }
  return (documentClass, context) => {
    if (typeof documentClass !== 'function' || (isContext(context) && context.kind !== 'class')) {
      throw new DatabaseError('INVALID_DECORATOR', '@Document stands on something else than a class', {});
    }
    const { name } = documentClass;
    if (!name) throw new DatabaseError('INVALID_DECORATOR', '@Document stands on a class without a name', {});
    noteRuleOptions(documentClass);
    writeClassMetadata(
      documentClass,
      new DecoratedClassMetadata(
        documentClass,
        name,
        collection ?? names?.[0] ?? collectionNameOf(name),
        storage,
        minReader || undefined,
        collection !== undefined || names !== undefined,
        sync === 'revision' ? undefined : sync,
        names,
      ),
    );
  };
}

/** The names of several collections, copied. @throws DatabaseError `INVALID_DECORATOR`. */
export function checkedCollections({ collection, collections }: DocumentOptions): readonly string[] | undefined {
  if (collections === undefined) return undefined;
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@Document collections ${what}`, { collections });
  };
  if (collection !== undefined) return refuse('stand beside `collection`: give one of the two');
  const isNames = Array.isArray(collections) && collections.every((name) => typeof name === 'string' && name !== '');
  if (!isNames || collections.length === 0) return refuse('are not a list of names');
  if (new Set(collections).size < collections.length) return refuse('name one twice');
  return Object.freeze([...collections]);
}
