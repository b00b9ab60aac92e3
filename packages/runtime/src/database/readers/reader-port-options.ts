import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { optionsObject } from '../../definition/unknown-option.js';

const MEBIBYTE = 2 ** 20;
const OPTIONS = ['maxBehindBytes', 'coldDocuments'];

/** Of `db.readerPort`. */
export interface ReaderPortOptions {
  /**
   * Bytes of changes that are kept in shared memory for a reader that does not advance; behind more, it is given a new image
   * instead. Default 64 MiB, at least 1 MiB.
   */
  readonly maxBehindBytes?: number;
  /**
   * Needed where a collection is cold: readers have its documents in shared memory, all of them. Default: such a database gives no
   * ports.
   */
  readonly coldDocuments?: 'memory';
}

/**
 * @param cold the name of a cold collection, if there is one.
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function maxBehindBytesOf(options: ReaderPortOptions | undefined, cold: string | undefined): number {
  const { maxBehindBytes = 64 * MEBIBYTE, coldDocuments } = optionsObject(options, 'readerPort', OPTIONS);
  if (!Number.isSafeInteger(maxBehindBytes) || maxBehindBytes < MEBIBYTE) {
    const what = `\`maxBehindBytes\` must be a whole number of at least ${MEBIBYTE}, found ${showValue(maxBehindBytes)}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'maxBehindBytes' });
  }
  if (coldDocuments !== undefined && coldDocuments !== 'memory') {
    const what = `\`coldDocuments\` must be 'memory', found ${showValue(coldDocuments)}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'coldDocuments' });
  }
  if (cold !== undefined && coldDocuments === undefined) {
    const what = `documents of ${cold} are cold, and readers would have all of them in shared memory: \`coldDocuments: 'memory'\` says that there is room`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'coldDocuments', collection: cold });
  }
  return maxBehindBytes;
}
