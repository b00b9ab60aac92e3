/** Which collections may be switched between memory and disk, and when. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import type { CommitPath } from '../commit/commit-path.js';
import { showValue } from '../definition/show-value.js';
import type { DatabaseParts } from './database-parts.js';

/**
 * The collection that `Database.setStorage` is asked to switch.
 *
 * @throws DatabaseError `INVALID_OPTION`; nothing was changed then.
 */
export function switchable(
  { collections, node, files }: DatabaseParts,
  commitPath: CommitPath,
  collection: string,
  storage: 'memory' | 'disk',
): Collection {
  const found = collections.get(collection);
  const refused = (option: string, what: string): DatabaseError =>
    new DatabaseError('INVALID_OPTION', what, { option, collection });
  if (node !== undefined)
    throw refused('journal', 'the storage of a collection cannot be switched on a node of a shared journal');
  if (found === undefined) throw refused('collection', `there is no collection ${showValue(collection)}`);
  if (found.definition.model.storage === 'cold')
    throw refused('storage', `documents of ${collection} are cold: their storage changes with the class alone`);
  if (storage !== 'memory' && storage !== 'disk')
    throw refused('storage', `\`storage\` must be 'memory' or 'disk', found ${showValue(storage)}`);
  if (storage === 'memory' && found.rules?.released !== undefined)
    throw refused('storage', `documents of ${collection} are released permanently: they are kept on disk`);
  if (commitPath.active !== undefined)
    throw refused('storage', 'the storage of a collection cannot be switched inside a transaction');
  if (files === undefined) throw refused('memory', 'a database in memory cannot switch the storage of a collection');
  return found;
}
