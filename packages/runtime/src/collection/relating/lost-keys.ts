/**
 * Keys that documents lose by `setAbsent`, gathered so that each document is written once: a list that loses 5,000 keys
 * is not copied 5,000 times, nor journaled so.
 */
import type { Transaction } from '../../commit/transaction.js';
import { isSetValue } from '../../document/brands.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { ReferenceLink, RelatedCollection } from './reference-link.js';

/** One key in one field of a document. */
interface LostKey {
  readonly link: ReferenceLink;
  readonly key: StoreKey;
}

export class LostKeys {
  #documents = new Map<RelatedCollection, Map<StoreKey, LostKey[]>>();

  /** @param document key of the document that refers to `key`. O(1). */
  note(link: ReferenceLink, document: StoreKey, key: StoreKey): void {
    const documents = this.#documents.get(link.from) ?? new Map<StoreKey, LostKey[]>();
    this.#documents.set(link.from, documents);
    const lost = documents.get(document);
    if (lost === undefined) documents.set(document, [{ link, key }]);
    else lost.push({ link, key });
  }

  /**
   * Writes the documents that are there still without what they lose, and forgets it. O(keys in their fields).
   *
   * @throws DatabaseError as an update: of a document that cannot be changed.
   */
  takeOut(transaction: Transaction): void {
    const all = this.#documents;
    this.#documents = new Map();
    for (const [from, documents] of all)
      for (const [key, lost] of documents) {
        const slot = from.store.get(key);
        // Undefined: a cascade has taken it along.
        if (slot === undefined) continue;
        from.writes.update(transaction, from.publicKey(key), patchWithout(lost, from.store.documentOf(slot)));
      }
  }
}

/** The change that takes keys out of fields: undefined where a field may lack its key, else null. */
function patchWithout(lost: readonly LostKey[], document: object): object {
  const [first, second] = lost;
  // Most documents lose one.
  if (first !== undefined && second === undefined)
    return { [first.link.field.name]: valueWithout(first.link, document, (key) => key === first.key) };
  const byField = new Map<ReferenceLink, Set<StoreKey>>();
  for (const { link, key } of lost) {
    const keys = byField.get(link);
    if (keys === undefined) byField.set(link, new Set([key]));
    else keys.add(key);
  }
  const values = Array.from(byField, ([link, keys]) => {
    return [link.field.name, valueWithout(link, document, (key) => keys.has(key))] as const;
  });
  return Object.fromEntries(values);
}

function valueWithout({ field, from }: ReferenceLink, document: object, has: (key: StoreKey) => boolean): unknown {
  const value = field.valueIn(document);
  const isLost = (each: unknown): boolean => {
    const key = field.storeKeyOf(each);
    return key !== undefined && has(key);
  };
  if (!Array.isArray(value) && !isSetValue(value)) {
    const { optional } = from.definition.model.fields.find(({ name }) => name === field.name)!;
    return isLost(value) ? (optional ? undefined : null) : value;
  }
  const left = field.valuesOf(value).filter((each) => !isLost(each));
  return isSetValue(value) ? new Set(left) : left;
}
