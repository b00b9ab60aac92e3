import { DatabaseError, type IndexKind, type IndexMetadata } from '@nuthatch/model';
import { draftOf } from './metadata-store.js';

type AnyClass = abstract new (...args: never[]) => object;

/** Decorates a class that has all the fields named in `F`; any other is a compile error. */
export type CompositeIndexDecorator<F extends string> = <C extends AnyClass>(
  documentClass: C & ([F] extends [keyof InstanceType<C>] ? unknown : never),
  context?: ClassDecoratorContext<C>,
) => void;

/** Notes a composite index in the class's draft. Both forms of decorators hand over the class first. */
export function compositeIndex<F extends string>(
  decorator: string,
  kind: IndexKind,
  fields: readonly F[],
  options: Pick<IndexMetadata, 'where' | 'caseInsensitive'> = {},
): CompositeIndexDecorator<F> {
  if (fields.length < 2 || new Set(fields).size !== fields.length) {
    const what = `@${decorator} on a class needs two or more different fields, got [${fields.join(', ')}]`;
    throw new DatabaseError('INVALID_DECORATOR', what, { decorator, fields });
  }
  return (documentClass) => {
    if (typeof documentClass !== 'function') {
      throw new DatabaseError(
        'INVALID_DECORATOR',
        `@${decorator}([${fields.join(', ')}]) stands on a field: put it on the class`,
        { decorator, fields },
      );
    }
    draftOf(documentClass).classIndexes.push({ name: fields.join('_'), kind, fields, ...options });
  };
}
