import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { optionsObject } from '../../definition/unknown-option.js';

const MEBIBYTE = 2 ** 20;

/** Of `db.readerPort`. */
export interface ReaderPortOptions {
  /**
   * Bytes of changes that are kept in shared memory for a reader that does not advance; behind more, it is given a new image
   * instead. Default 64 MiB, at least 1 MiB.
   */
  readonly maxBehindBytes?: number;
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function maxBehindBytesOf(options: ReaderPortOptions | undefined): number {
  const { maxBehindBytes = 64 * MEBIBYTE } = optionsObject(options, 'readerPort', ['maxBehindBytes']);
  if (Number.isSafeInteger(maxBehindBytes) && maxBehindBytes >= MEBIBYTE) return maxBehindBytes;
  const what = `\`maxBehindBytes\` must be a whole number of at least ${MEBIBYTE}, found ${showValue(maxBehindBytes)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'maxBehindBytes' });
}
