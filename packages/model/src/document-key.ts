/** Typed keys: a club's key is refused where a player's key is expected, at no cost at run time. */

declare const keyBrand: unique symbol;

/** The key of a document class: `Key<'Player'>`. `Value` is its plain type, `string` unless the id says otherwise. */
export type Key<Name extends string, Value = string> = Value & { readonly [keyBrand]: Name };

/**
 * The keys that a repository accepts when the id field is declared plain: its own key or an unbranded value, no other
 * key.
 */
export type KeyLike<Name extends string, Value = string> = Value & { readonly [keyBrand]?: Name };

/** One release of a document, to keep in a field of another: the key of its class and the number of the release. */
export interface ReleasedKey<Name extends string, Value = string> {
  readonly key: KeyLike<Name, Value>;
  /** 1 for the first release. */
  readonly release: number;
}
