import { DatabaseError, type SearchModel } from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';
import { draftOf } from './metadata-store.js';

/** Types a searched field may have. */
export type SearchValue = string | readonly string[] | ReadonlySet<string> | null | undefined;

export interface SearchFieldOptions {
  /** How much more a word counts here than in a field of weight 1, the default: above 0, at most 1000. */
  readonly weight?: number;
  /**
   * Code of the language, `en`: base forms are compared (`crashes` finds `crash`), and words without meaning are left out.
   * Needs the packages `@orama/stemmers` and `@orama/stopwords`. Default: words are compared as they are.
   */
  readonly language?: string;
}

/** What `@Search` on the class says of several fields at once. */
export interface SearchClassOptions<F extends string> extends SearchFieldOptions {
  readonly fields: readonly [F, ...F[]];
}

type AnyClass = abstract new (...args: never[]) => object;

/** Decorates a class whose fields named in `F` are texts; any other is a compile error. */
export type SearchClassDecorator<F extends string> = <C extends AnyClass>(
  documentClass: C &
    (InstanceType<C> extends { readonly [K in F]?: SearchValue }
      ? [F] extends [keyof InstanceType<C>]
        ? unknown
        : never
      : never),
  context?: ClassDecoratorContext<C>,
) => void;

/**
 * The words of the field are found by `search`, ranked. On a field, or on the class with `fields`; what stands on a field
 * counts before what the class says. The project needs the package `@nuthatch/search`.
 *
 * @throws DatabaseError `INVALID_DECORATOR` for other options.
 */
export function Search<const F extends string>(options: SearchClassOptions<F>): SearchClassDecorator<F>;
export function Search(options?: SearchFieldOptions): FieldDecorator<SearchValue>;
export function Search(...args: readonly unknown[]): unknown {
  checkArguments('Search', args, ['fields', 'weight', 'language']);
  const { fields, ...settings } = (args[0] ?? {}) as { readonly fields?: unknown } & SearchFieldOptions;
  const searched = checkedSearch(settings);
  if (fields === undefined)
    return fieldDecorator('Search', (draft, field) => {
      draft.fieldSearch = [
        ...(draft.fieldSearch ?? []).filter((other) => other.field !== field),
        { field, ...searched },
      ];
    });
  if (!Array.isArray(fields) || fields.length === 0 || !fields.every((field) => typeof field === 'string'))
    throw new DatabaseError('INVALID_DECORATOR', '@Search has `fields` that are not a list of field names', {
      decorator: 'Search',
    });
  return (documentClass: unknown): void => {
    if (typeof documentClass !== 'function')
      throw new DatabaseError('INVALID_DECORATOR', '@Search with `fields` stands on a field: put it on the class', {
        decorator: 'Search',
      });
    const draft = draftOf(documentClass);
    const models = (fields as readonly string[]).map((field) => ({ field, ...searched }));
    draft.classSearch = [...models, ...(draft.classSearch ?? [])];
  };
}

/** The settings for programs that no compiler checks. @throws DatabaseError `INVALID_DECORATOR`. */
export function checkedSearch({ weight, language }: SearchFieldOptions): Omit<SearchModel, 'field'> {
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@Search has ${what}`, { decorator: 'Search' });
  };
  if (weight !== undefined && !(typeof weight === 'number' && weight > 0 && weight <= 1_000))
    refuse(`the weight ${String(weight)}: give a number above 0, at most 1000`);
  if (language !== undefined && !(typeof language === 'string' && /^[a-z]{2}$/.test(language)))
    refuse(`the language ${String(language)}: give a code of ISO 639-1, such as en`);
  return {
    ...(weight !== undefined && weight !== 1 && { weight }),
    ...(language !== undefined && { language }),
  };
}
