import type { OnDelete } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';

/** A reference whose class is found among the documents once all of them are read. */
export interface FoundReference {
  readonly field: string;
  /** The declaration of the class, or of the constant that `defineDocument` makes. */
  readonly target: ts.Node;
  readonly targetName: string;
  readonly how: { readonly onDelete: OnDelete } | { readonly pin: true };
  /** Where it is written. */
  readonly node: ts.Node;
  /** The class of the typed keys that the field is written with, `Key<'Club'>`; undefined: its type does not say. */
  readonly keysOf?: { readonly name: string; readonly node: ts.Node } | undefined;
}
