import { DatabaseError, isOnDelete, type KeyLike, type OnDelete, type ReleasedKey } from '@nuthatch/model';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** One key of any class, as a field may hold it: all parts of it in an object where the id has several. */
type AnyKey = KeyLike<string, string | number | bigint | boolean> | Date | object;

/** Types that a field of `@Ref` may have; whether the key is of the right class is checked by the generator. */
export type RefValue = AnyKey | readonly AnyKey[] | ReadonlySet<AnyKey> | null | undefined;

export interface RefOptions {
  /**
   * What becomes of this document when the one that it refers to is deleted. `restrict` (default): the delete is
   * refused; `cascade`: it is deleted, too; `setAbsent`: the key is taken out of the field.
   */
  readonly onDelete?: OnDelete;
}

export interface PinOptions {
  /** The field holds a release of a document, `{ key, release }`, which can never be deleted. */
  readonly pin: true;
}

/** A field that holds releases. */
export type PinnedValue =
  | ReleasedKey<string, unknown>
  | readonly ReleasedKey<string, unknown>[]
  | ReadonlySet<ReleasedKey<string, unknown>>
  | null
  | undefined;

/**
 * The field holds the key of a document of another class, or of the same one: a key, an array or a set of keys.
 *
 *   `@Ref(() => Club, { onDelete: 'setAbsent' }) club?: string;`
 *
 * Every key has its document, which is checked at the end of each transaction. The field has a tag index unless it has
 * another one.
 *
 * @param target the class: a function, since two classes may refer to each other.
 * @throws DatabaseError `INVALID_DECORATOR`.
 */
export function Ref(
  target: () => abstract new (...args: never[]) => object,
  options: PinOptions,
): FieldDecorator<PinnedValue>;
export function Ref(
  target: () => abstract new (...args: never[]) => object,
  options?: RefOptions,
): FieldDecorator<RefValue>;
export function Ref(
  target: () => abstract new (...args: never[]) => object,
  options?: RefOptions | PinOptions,
): FieldDecorator<RefValue> {
  const how = checkedRef(target, options);
  return fieldDecorator('Ref', (draft, field) => {
    (draft.references ??= []).push({ field, target, ...how });
  });
}

/** The options for programs that no compiler checks. @throws DatabaseError `INVALID_DECORATOR`. */
export function checkedRef(
  target: unknown,
  options: unknown,
): { readonly onDelete: OnDelete } | { readonly pin: true } {
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@Ref ${what}`, { decorator: 'Ref' });
  };
  if (typeof target !== 'function' || target.length > 0 || /^class\b/.test(Function.prototype.toString.call(target)))
    return refuse('takes a function that answers the class: write @Ref(() => Club)');
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    return refuse(`takes options, not ${String(options)}`);
  const { onDelete, pin, ...others } = (options ?? {}) as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return refuse(`has no option ${unknown}, there are onDelete and pin`);
  if (onDelete !== undefined && !isOnDelete(onDelete))
    return refuse(`has \`onDelete\` 'restrict', 'cascade' or 'setAbsent', found ${String(onDelete)}`);
  if (pin === undefined || pin === false) return { onDelete: onDelete ?? 'restrict' };
  if (pin !== true) return refuse(`has \`pin\` true or false, found ${String(pin)}`);
  if (onDelete !== undefined) return refuse('has either `pin` or `onDelete`: a release is never deleted');
  return { pin: true };
}
