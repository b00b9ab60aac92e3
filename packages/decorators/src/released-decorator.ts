import { DatabaseError } from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import type { DocumentDecorator } from './document.js';
import { draftOf } from './metadata-store.js';

/**
 * Documents of the class are drafts until `release(key)`, and frozen from then on; `revise(key)` begins the next draft,
 * and every release stays readable permanently (`history`, `getReleased`).
 *
 * @throws DatabaseError `INVALID_DECORATOR` on anything but a class.
 */
export function Released(): DocumentDecorator;
export function Released(...args: readonly unknown[]): DocumentDecorator {
  checkArguments('Released', args, []);
  return (documentClass) => {
    if (typeof documentClass !== 'function')
      throw new DatabaseError('INVALID_DECORATOR', '@Released stands on a field: put it on the class', {
        decorator: 'Released',
      });
    draftOf(documentClass).released = true;
  };
}
