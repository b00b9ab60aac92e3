import { DatabaseError } from '@nuthatch/model';

/** @throws DatabaseError `INVALID_OPTION` for a value of the wrong kind. */
export function requireLogOptions({ slowFsyncMs, withTexts }: { slowFsyncMs?: unknown; withTexts?: unknown }): void {
  if (slowFsyncMs !== undefined && !(typeof slowFsyncMs === 'number' && slowFsyncMs >= 0))
    throw new DatabaseError('INVALID_OPTION', '`slowFsyncMs` must be a number of milliseconds', {
      option: 'slowFsyncMs',
    });
  if (withTexts !== undefined && typeof withTexts !== 'boolean')
    throw new DatabaseError('INVALID_OPTION', '`withTexts` must be true or false', { option: 'withTexts' });
}
