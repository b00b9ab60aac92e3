import { DatabaseError } from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types that say when a document ends; absent: never. */
export type ExpiresValue = Date | undefined;

/**
 * The field says when its document is deleted, with a change of origin `expiry`; a document without the value stays.
 * A class has one such field, and its documents take no `ttlMs`.
 *
 * @throws DatabaseError `INVALID_DECORATOR` on a second field of one class.
 */
export function Expires(): FieldDecorator<ExpiresValue>;
export function Expires(...args: readonly unknown[]): FieldDecorator<ExpiresValue> {
  checkArguments('Expires', args, []);
  return fieldDecorator<ExpiresValue>('Expires', (draft, field) => {
    if (draft.expiresField !== undefined && draft.expiresField !== field) {
      const what = `@Expires stands on ${draft.expiresField} and on ${field}: a document has one expiry`;
      throw new DatabaseError('INVALID_DECORATOR', what, { decorator: 'Expires', field });
    }
    draft.expiresField = field;
  });
}
