/**
 * The end of a transaction: every key in a field has its document, and what is deleted takes along, lets go or keeps
 * what refers to it.
 *
 * Looked at are the writes of the transaction alone, in order, those that this adds among them: a chain of cascades is
 * one loop, however long. All that is deleted along goes first; then each document that stays is written once, however
 * many keys it loses. Everything is checked once the function of the transaction has returned, so documents may refer
 * to each other and be inserted or deleted in any order. What is added are ordinary writes: journaled, announced, taken
 * back with the rest, and bounded as every transaction is. A crash leaves all of it or nothing.
 */
import type { Transaction } from '../../commit/transaction.js';
import type { WriteRecord } from '../../commit/write-record.js';
import type { StoreKey } from '../../structures/store-key.js';
import { LostKeys } from './lost-keys.js';
import { danglingReference, referenced, referenceMissing } from './reference-errors.js';
import { type CollectionLinks, isThere, type ReferenceLink, type RelatedCollection } from './reference-link.js';

/** Something that must not be so any more at the end. */
type Doubt = () => void;

/**
 * Brings the references of a transaction in order. O(1) for a write of a class without references; else O(keys that were
 * added), and for each deleted document O(those that refer to it).
 *
 * @throws DatabaseError `REFERENCE_MISSING`, `REFERENCED`; of a document that cannot be changed, as its own write would.
 */
export function keepReferences(transaction: Transaction): void {
  const { written } = transaction;
  if (!Array.isArray(written) && linksOf(written as WriteRecord) === undefined) return;
  const doubts: Doubt[] = [];
  const count = transaction.records.length;
  const gone = new GoneKeys();
  for (const record of transaction.records) {
    const links = linksOf(record);
    if (links === undefined) continue;
    if (record.document !== undefined) for (const link of links.outgoing) checkAdded(link, record, doubts, gone);
    if (links.incoming.length > 0) gone.note(links.incoming[0]!.to, record);
  }
  const lost = new LostKeys();
  let place = 0;
  do {
    // Cascades add to the list while it is read.
    for (; place < transaction.records.length; place++) {
      const record = transaction.records[place]!;
      const links = linksOf(record);
      if (links === undefined) continue;
      if (record.document === undefined) {
        if (links.incoming.length > 0 && !links.incoming[0]!.to.store.has(record.key))
          for (const link of links.incoming) letGo(transaction, link, record.key, doubts, lost);
      } else if (place >= count) for (const link of links.outgoing) checkAdded(link, record, doubts);
    }
    lost.takeOut(transaction);
  } while (place < transaction.records.length);
  for (const doubt of doubts) doubt();
}

/** Documents that the transaction has deleted so far, at each of its writes. */
class GoneKeys {
  readonly #keys = new Map<RelatedCollection, Set<StoreKey>>();

  note(collection: RelatedCollection, { key, document }: WriteRecord): void {
    const keys = this.#keys.get(collection);
    if (document !== undefined) keys?.delete(key);
    else if (keys !== undefined) keys.add(key);
    else this.#keys.set(collection, new Set([key]));
  }

  has(collection: RelatedCollection, key: StoreKey | undefined): boolean {
    return key !== undefined && this.#keys.get(collection)?.has(key) === true;
  }
}

function linksOf({ target }: WriteRecord): CollectionLinks | undefined {
  return (target as unknown as RelatedCollection).links;
}

/**
 * What is missing now is missing at the end, unless the document is deleted or changed by a cascade. A document that came
 * to refer to another after that one was deleted is not for a cascade to delete: that is refused at once.
 */
function checkAdded(link: ReferenceLink, record: WriteRecord, doubts: Doubt[], gone?: GoneKeys): void {
  const { field, to } = link;
  const { key, document, before } = record;
  const value = field.valueIn(document!);
  const was = before === undefined ? undefined : field.valueIn(before);
  if (value === was) return;
  let known: ReadonlySet<unknown> | undefined;
  for (const each of field.valuesOf(value)) {
    if (isThere(link, each)) continue;
    // Only what is new: a document may be changed that has had a key without document ever since.
    known ??= new Set(field.valuesOf(was).map((old) => identityOf(link, old)));
    if (known.has(identityOf(link, each))) continue;
    const doubt = (): void => requireNoMore(link, key, each);
    if (gone?.has(to, field.storeKeyOf(each)) === true) doubt();
    else doubts.push(doubt);
  }
}

/** @throws DatabaseError `REFERENCE_MISSING` when the document is there and refers so still. */
function requireNoMore(link: ReferenceLink, key: StoreKey, value: unknown): void {
  const { from, field } = link;
  const now = from.store.find(key);
  const values = now === undefined ? [] : field.valuesOf(field.valueIn(now));
  if (values.some((each) => identityOf(link, each) === identityOf(link, value)))
    throw referenceMissing(danglingReference(link, key, value));
}

function identityOf({ field }: ReferenceLink, value: unknown): unknown {
  const key = field.storeKeyOf(value);
  return field.isPinned ? `${(value as { readonly release: number }).release} ${String(key)}` : key;
}

/** A document is gone: those that refer to it follow, lose the key, or keep it. */
function letGo(transaction: Transaction, link: ReferenceLink, key: StoreKey, doubts: Doubt[], lost: LostKeys): void {
  const { from, field, referrers } = link;
  // What is released is never deleted.
  if (field.isPinned || referrers.countOf(key) === 0) return;
  doubts.push(() => {
    if (referrers.countOf(key) > 0) throw referenced(link, key);
  });
  if (field.onDelete === 'restrict') return;
  // Keys, since slots do not outlast a write.
  const keys = Array.from(referrers.slotsOf(key), (slot) => from.store.keyOf(slot));
  for (const each of keys) {
    if (field.onDelete === 'setAbsent') {
      lost.note(link, each, key);
      continue;
    }
    const slot = from.store.get(each);
    if (slot !== undefined) from.remove(transaction, slot);
  }
}
