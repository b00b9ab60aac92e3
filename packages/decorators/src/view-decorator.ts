/** `@View`: a class whose instances are rows made of the documents of another class. */
import {
  type AggregateModel,
  collectionNameOf,
  DatabaseError,
  type IndexCondition,
  type IndexMetadata,
  type ViewMetadata,
} from '@nuthatch/model';
import { isContext } from './decorator-arguments.js';
import type { DocumentDecorator } from './document.js';
import { draftsAlongChain, writeViewMetadata } from './metadata-store.js';

type AnyClass<D extends object> = abstract new (...args: never[]) => D;

type Part<V> = V extends readonly (infer E)[] ? E : V extends ReadonlySet<infer E> ? E : V;

/** What a field of a document is asked in the condition of a view; all that is given must hold. */
export type ViewQuestion<V> =
  | V
  | {
      readonly in?: readonly V[];
      readonly not?: ViewQuestion<V>;
      readonly absent?: boolean;
      readonly gt?: V;
      readonly gte?: V;
      readonly lt?: V;
      readonly lte?: V;
      readonly between?: readonly [V, V];
      /** Of texts. */
      readonly prefix?: string;
      /** Of arrays and sets, by their elements. */
      readonly any?: readonly V[];
      readonly all?: readonly V[];
      readonly none?: readonly V[];
    };

/** Conditions on any stored field, indexed or not, as `find` takes them for indexed ones. */
export type ViewCondition<D> = {
  readonly [F in keyof D as D[F] extends (...args: never[]) => unknown ? never : F]?: ViewQuestion<
    Part<Exclude<D[F], undefined>>
  >;
} & {
  readonly or?: readonly ViewCondition<D>[];
  readonly and?: readonly ViewCondition<D>[];
  readonly not?: ViewCondition<D>;
};

export interface ViewOptions<D extends object> {
  /**
   * Which documents count: conditions as `find` takes them, or a function, which must be pure. Views with conditions are found
   * by their values when something is written; a function is called at each write of a field that the view looks at.
   */
  readonly where?: ViewCondition<D> | ((document: D) => boolean);
  /**
   * Fields whose values make a group, and are the key of its row; of an array or a set, a document is in the group of each
   * element. Left out: a row for each document, with its key.
   */
  readonly groupBy?: (keyof D & string) | readonly (keyof D & string)[];
  /** Name in the database; the class's name with its first letter lowered when left out. */
  readonly collection?: string;
}

const OPTIONS = ['where', 'groupBy', 'collection'];

/**
 * The class's instances are rows made of documents: kept up to date with every write, in its transaction, and read like a
 * collection that nobody can write to.
 *
 *   @View(() => Player, { where: { retired: false }, groupBy: 'country' })
 *   export class CountryStats {
 *     country!: string;
 *     @Count() @Range() players!: number;
 *     @Sum('goals') goals!: number;
 *   }
 *
 * @param of the class of the documents, in a function: it may be declared later.
 * @throws DatabaseError `INVALID_DECORATOR` for other arguments, an anonymous class, or anything but a class.
 */
export function View<D extends object>(of: () => AnyClass<D>, options: ViewOptions<D> = {}): DocumentDecorator {
  const refuse = (what: string, facts: object = {}): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@View ${what}`, { decorator: 'View', ...facts });
  };
  // A class is a function, too: it cannot be called without `new`.
  if (typeof of !== 'function' || /^class\b/.test(Function.prototype.toString.call(of)))
    refuse('takes a function that names the class of the documents: write @View(() => Player)');
  if (typeof options !== 'object' || options === null || isContext(options))
    refuse('takes options as an object behind the class of the documents');
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) refuse(`has no option ${unknown}, there are ${OPTIONS.join(', ')}`, { option: unknown });
  const { where, groupBy, collection } = options;
  if (where !== undefined && typeof where !== 'function' && (typeof where !== 'object' || where === null))
    refuse(`where is ${String(where)}, not conditions or a function`, { option: 'where' });
  if (collection !== undefined && (typeof collection !== 'string' || collection === ''))
    refuse(`collection is ${String(collection)}, not a name`, { option: 'collection' });
  const groups: unknown = typeof groupBy === 'string' ? [groupBy] : groupBy;
  const isList = Array.isArray(groups) && groups.length > 0 && groups.every((field) => typeof field === 'string');
  if (groups !== undefined && (!isList || new Set(groups as string[]).size !== (groups as string[]).length))
    refuse('groupBy is not a field, or a list of different fields', { option: 'groupBy' });
  return (viewClass, context) => {
    if (typeof viewClass !== 'function' || (isContext(context) && context.kind !== 'class'))
      refuse('stands on something else than a class');
    const { name } = viewClass;
    if (!name) refuse('stands on a class without a name');
    writeViewMetadata(
      viewClass,
      new DecoratedViewMetadata(viewClass, {
        name,
        collection: collection ?? collectionNameOf(name),
        isCollectionNamed: collection !== undefined,
        of,
        where: where as object | IndexCondition | undefined,
        groupBy: groups as readonly string[] | undefined,
      }),
    );
  };
}

type GivenMetadata = Omit<ViewMetadata, 'aggregates' | 'indexes'>;

/** Fields are read when they are asked for: decorators of the class above `@View` may run after it. */
class DecoratedViewMetadata implements ViewMetadata {
  readonly name: string;
  readonly collection: string;
  readonly isCollectionNamed: boolean;
  readonly of: () => object;
  readonly where: object | IndexCondition | undefined;
  readonly groupBy: readonly string[] | undefined;
  readonly #viewClass: object;

  constructor(viewClass: object, { name, collection, isCollectionNamed, of, where, groupBy }: GivenMetadata) {
    this.#viewClass = viewClass;
    this.name = name;
    this.collection = collection;
    this.isCollectionNamed = isCollectionNamed;
    this.of = of;
    this.where = where;
    this.groupBy = groupBy;
  }

  get aggregates(): Readonly<Record<string, AggregateModel>> {
    return Object.fromEntries(
      draftsAlongChain(this.#viewClass).flatMap(({ aggregates = new Map() }) => [...aggregates]),
    );
  }

  get indexes(): readonly IndexMetadata[] {
    const drafts = draftsAlongChain(this.#viewClass);
    const all = [...drafts.flatMap((draft) => draft.indexes), ...drafts.flatMap((draft) => draft.classIndexes)];
    return [...new Map(all.map((index) => [`${index.kind} ${index.name}`, index])).values()];
  }
}
