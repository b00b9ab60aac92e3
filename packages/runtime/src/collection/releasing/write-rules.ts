/**
 * What a class with `@Released()` or `@Lifetime` refuses. Every write of a document comes down to `put` or `remove` of
 * its collection and is asked about there: whoever writes, and however.
 */
import { keptFieldsOf } from '../../codec/kept-fields.js';
import type { Transaction } from '../../commit/transaction.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import { isSameValue } from '../writing/same-value.js';
import type { WritableCollection } from '../writing/writable-collection.js';
import { LifetimeRule } from './lifetime-rule.js';
import type { ReleasedDocuments } from './released-documents.js';

type Values = Readonly<Record<string, unknown>>;

export class WriteRules {
  readonly #of: WritableCollection;
  readonly lifetime: LifetimeRule | undefined;
  released: ReleasedDocuments | undefined;

  constructor(of: WritableCollection) {
    this.#of = of;
    const { lifetime } = of.definition.model;
    this.lifetime = lifetime && new LifetimeRule(lifetime);
  }

  /** @throws DatabaseError `DOCUMENT_RELEASED`, `TRANSITION_REFUSED`. */
  requirePut(
    transaction: Transaction,
    key: StoreKey,
    before: object | undefined,
    document: object,
    expiresAt: number | undefined,
  ): void {
    const { released, lifetime } = this;
    if (released !== undefined) {
      const { releases, isReleased } = released.stateOf(key);
      if (isReleased && (expiresAt !== undefined || !this.#isOnlyLifetime(before, document)))
        throw released.released(key, releases);
    }
    lifetime?.require(this.#of, key, before, document, transaction.origin === 'load');
  }

  /**
   * @returns true when the document is not to be removed: it was a draft, and is its newest release again.
   * @throws DatabaseError `DOCUMENT_RELEASED`.
   */
  takeBack(transaction: Transaction, slot: Slot): boolean {
    const { released } = this;
    if (released === undefined) return false;
    const key = this.#of.store.keyOf(slot);
    const { releases, isReleased } = released.stateOf(key);
    if (isReleased) throw released.released(key, releases);
    if (releases === 0) return false;
    released.discard(transaction, slot, releases);
    return true;
  }

  #isOnlyLifetime(before: object | undefined, document: object): boolean {
    const { lifetime } = this;
    if (before === undefined || lifetime === undefined) return false;
    const kept = keptFieldsOf(document);
    if (kept !== undefined && !isSameValue(kept.bytes, keptFieldsOf(before)?.bytes)) return false;
    return this.#of.definition.model.fields.every(
      ({ name }) => isSameValue((before as Values)[name], (document as Values)[name]) !== (name === lifetime.field),
    );
  }
}
