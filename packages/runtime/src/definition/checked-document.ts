/** A document that a migration made, frozen and checked by the rules of its class. */
import type { furtherValidation, Violation } from '@nuthatch/model';
import type { CollectionDefinition } from './collection-definition.js';

/** The frozen document, or what is wrong with it in words. The checked document is the stored one, as for an insert. */
export function checkedDocument(
  definition: CollectionDefinition,
  built: object,
  further: ReturnType<typeof furtherValidation>,
): { readonly document: object } | { readonly problem: string } {
  const isFrozenFirst = definition.sealsAnyValue === true;
  let document = isFrozenFirst ? definition.seal(built) : built;
  let violations: readonly Violation[] = definition.validate(document) ?? [];
  if (violations.length === 0) {
    if (!isFrozenFirst) document = definition.seal(document);
    violations = further?.(document) ?? [];
  }
  return violations.length === 0 ? { document } : { problem: violations.map(({ message }) => message).join('; ') };
}
