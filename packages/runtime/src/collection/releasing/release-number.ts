import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { WritableCollection } from '../writing/writable-collection.js';

/** The number of a release as a caller gives it. @throws DatabaseError `INVALID_QUERY`. */
export function requireRelease({ definition }: WritableCollection, release: unknown): number {
  if (Number.isSafeInteger(release) && (release as number) >= 1) return release as number;
  const { collection } = definition.model;
  const what = `a release is a whole number from 1, found ${showValue(release)}`;
  throw new DatabaseError('INVALID_QUERY', what, { collection, release });
}
