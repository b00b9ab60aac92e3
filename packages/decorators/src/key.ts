import { DatabaseError, isKeyGeneration, type KeyGeneration } from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types an id may have; branded keys are of one of them, too. */
export type IdValue = string | number | bigint | boolean | Date;

export interface IdOptions {
  /** How an id is made when an insert leaves it out: `uuidv7` or `ulid` (texts that sort by time), or `sequence` (1, 2, 3 …). */
  readonly generate?: KeyGeneration;
}

/**
 * The field is the document's identity; on several fields, each is a part of it (composite). An id never changes.
 *
 * @throws DatabaseError `INVALID_DECORATOR` for an unknown way of generating.
 */
export function Id(options: { readonly generate: 'uuidv7' | 'ulid' }): FieldDecorator<string>;
export function Id(options: { readonly generate: 'sequence' }): FieldDecorator<number>;
export function Id(options?: IdOptions): FieldDecorator<IdValue>;
export function Id(options: IdOptions = {}, ...rest: readonly unknown[]): FieldDecorator<never> {
  checkArguments('Id', [options, ...rest], ['generate']);
  const { generate } = options;
  if (generate !== undefined && !isKeyGeneration(generate)) {
    throw new DatabaseError('INVALID_DECORATOR', `@Id cannot generate ${String(generate)}`, { generate });
  }
  return fieldDecorator('Id', (draft, field) => {
    draft.keyFields.push(field);
    if (generate) draft.generate = generate;
  });
}
