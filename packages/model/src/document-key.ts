/** Typed keys: a club's key is refused where a player's key is expected, at no cost at run time. */

declare const keyBrand: unique symbol;

/** The key of a document class: `Key<'Player'>`. `Value` is its plain type, `string` unless the id says otherwise. */
export type Key<Name extends string, Value = string> = Value & { readonly [keyBrand]: Name };

/**
 * The keys that a repository accepts when the id field is declared plain: its own key or an unbranded value, no other
 * key.
 */
export type KeyLike<Name extends string, Value = string> = Value & { readonly [keyBrand]?: Name };
