/**
 * Applies what other nodes wrote, as they wrote it: revisions, expiries and numbers are theirs, and no rule of a class
 * is asked again. Documents of collections that today's code does not define are kept as bytes.
 */
import type { Collection } from '../collection/collection.js';
import type { Transaction } from '../commit/transaction.js';
import { type Effect, effectAt, effectCount } from '../journal/effect.js';
import type { StoredTransaction } from '../journal/journal.js';
import type { UnknownCollections } from '../recovery/unknown-collections.js';

export class ArrivedTransactions {
  readonly #collections: ReadonlyMap<string, Collection>;
  readonly #unknown: UnknownCollections;

  /** @param collections by name, hidden ones too. */
  constructor(collections: ReadonlyMap<string, Collection>, unknown: UnknownCollections) {
    this.#collections = collections;
    this.#unknown = unknown;
  }

  /**
   * The writes of one transaction. O(effects).
   *
   * @throws DatabaseError when it does not fit the state here: this node's history is not that of the journal.
   */
  apply(transaction: Transaction, { effects }: StoredTransaction): void {
    const count = effectCount(effects);
    for (let index = 0; index < count; index++) this.#applyEffect(transaction, effectAt(effects, index));
  }

  #applyEffect(transaction: Transaction, effect: Effect): void {
    const { definition } = effect;
    const collection = this.#collections.get(definition.model.collection);
    if (collection === undefined) this.#keep(effect);
    else if (effect.kind === 'sequence') collection.recoverSequence(effect.value);
    else {
      const slot = collection.store.get(effect.key);
      if (effect.kind === 'put')
        collection.put(
          transaction,
          slot,
          effect.key,
          effect.document,
          effect.expiresAt,
          undefined,
          effect.revision,
          true,
        );
      else if (slot !== undefined) collection.forget(transaction, slot);
    }
  }

  #keep(effect: Effect): void {
    if (effect.kind === 'put') this.#unknown.put(effect);
    else if (effect.kind === 'delete') this.#unknown.delete(effect.definition, effect.key);
    else this.#unknown.sequence(effect.definition, effect.value);
  }
}
