import { DatabaseError } from '@nuthatch/model';
import { describeDatabase } from '@nuthatch/runtime';
import type { ObservedDatabase } from '../observe.js';

/**
 * The value of the label `database`.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a database, or a name that is not a text; `DATABASE_CLOSED` for one
 *   that is closed or being closed: nobody would hear of its end.
 */
export function observedName(db: ObservedDatabase, name: unknown): string {
  const { source } = describeDatabase(db);
  const { state } = db.stats();
  if (state === 'closing' || state === 'closed')
    throw new DatabaseError('DATABASE_CLOSED', `the database ${source.name} is ${state}: there is nothing to watch`);
  if (name === undefined) return source.name;
  if (typeof name === 'string' && name !== '') return name;
  throw new DatabaseError('INVALID_OPTION', '`name` must be a text that is not empty', { option: 'name' });
}
