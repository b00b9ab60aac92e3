import { DatabaseError } from '@nuthatch/model';
import { describeDatabase } from '@nuthatch/runtime';
import type { ObservedDatabase } from '../observe.js';

/**
 * The value of the label `database`.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a database, or a name that is not a text.
 */
export function observedName(db: ObservedDatabase, name: unknown): string {
  const { source } = describeDatabase(db);
  if (name === undefined) return source.name;
  if (typeof name === 'string' && name !== '') return name;
  throw new DatabaseError('INVALID_OPTION', '`name` must be a text that is not empty', { option: 'name' });
}
