/** Deletes of many documents that change each other's fate: what goes along, and which of them meet the conditions. */
import type { Transaction } from '../../commit/transaction.js';
import type { Condition } from '../indexing/collection-index.js';
import { asksForOthers } from '../indexing/condition-tree.js';
import type { RelatedCollection } from './reference-link.js';

/**
 * Whether deletes may change which other documents meet the conditions: one that is taken along, or loses a key, may meet
 * them no more, nor one whose target was changed. Those are looked up once and deleted in one transaction.
 */
export function areDeletedTogether(
  { links }: Pick<RelatedCollection, 'links'>,
  conditions: readonly Condition[],
): boolean {
  if (links === undefined) return false;
  return links.reachesItself || (links.incoming.length > 0 && asksForOthers(conditions));
}

/** How many documents of a collection a transaction has deleted, those that were taken along among them. O(writes). */
export function deletedIn({ records }: Transaction, collection: object): number {
  return records.filter(({ target, document }) => target === collection && document === undefined).length;
}
