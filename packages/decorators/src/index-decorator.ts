import { DatabaseError, type IndexCondition, type IndexMetadata } from '@nuthatch/model';
import { type CompositeIndexDecorator, compositeIndex } from './class-index-decorator.js';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types a unique index may hold; absent values are not indexed. */
export type UniqueValue = string | number | bigint | boolean | Date | null | undefined;

export interface IndexOptions {
  /** Only documents for which it holds are in the index. Pure; sees the whole document. */
  // The class cannot be inferred from inside its own decorator: `any` lets `(p) => …` and `(p: Player) => …` both compile.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly where?: (document: any) => boolean;
  /** Strings that differ only in case count as equal. */
  readonly caseInsensitive?: boolean;
}

/**
 * A unique index: one document per value. On a field or getter, `@Index()`; on the class, `@Index(['org', 'slug'])`
 * for a combination of fields. Documents without the value (or one of the values) are not in the index.
 */
export function Index(options?: IndexOptions): FieldDecorator<UniqueValue>;
export function Index<const F extends string>(fields: readonly F[], options?: IndexOptions): CompositeIndexDecorator<F>;
export function Index(first: readonly string[] | IndexOptions = {}, second: IndexOptions = {}): unknown {
  if (isFieldList(first)) checkArguments('Index', [second], OPTIONS);
  else
    checkArguments(
      'Index',
      Object.keys(second).length > 0 || typeof second === 'string' ? [first, second] : [first],
      OPTIONS,
    );
  if (isFieldList(first)) return compositeIndex('Index', 'unique', first, indexOptions(second));
  const options = indexOptions(first);
  return fieldDecorator<UniqueValue>('Index', (draft, field) => {
    draft.indexes.push({ name: field, kind: 'unique', fields: [field], ...options });
  });
}

const OPTIONS = ['where', 'caseInsensitive'] as const;

function isFieldList(value: readonly string[] | IndexOptions): value is readonly string[] {
  return Array.isArray(value);
}

function indexOptions({ where, caseInsensitive }: IndexOptions): Pick<IndexMetadata, 'where' | 'caseInsensitive'> {
  if (where !== undefined && typeof where !== 'function') {
    throw new DatabaseError('INVALID_DECORATOR', `@Index where is ${String(where)}, not a function`, { where });
  }
  return {
    ...(where && { where: where as IndexCondition }),
    ...(caseInsensitive && { caseInsensitive: true as const }),
  };
}
