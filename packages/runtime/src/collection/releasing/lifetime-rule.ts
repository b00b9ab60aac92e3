/** The states of `@Lifetime`: which one a document begins with, and which may follow which. */
import { DatabaseError, type LifetimeModel } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { WritableCollection } from '../writing/writable-collection.js';

type Values = Readonly<Record<string, unknown>>;

export class LifetimeRule {
  readonly field: string;
  readonly initial: string;
  readonly #followers: ReadonlyMap<string, readonly string[]>;

  constructor({ field, initial, transitions }: LifetimeModel) {
    this.field = field;
    this.initial = initial;
    this.#followers = new Map(Object.entries(transitions));
  }

  stateOf(document: object): string {
    return (document as Values)[this.field] as string;
  }

  /**
   * @param before undefined for an insert.
   * @param isLoaded documents from elsewhere come in whatever state they are.
   * @throws DatabaseError `TRANSITION_REFUSED`.
   */
  require(of: WritableCollection, key: StoreKey, before: object | undefined, after: object, isLoaded: boolean): void {
    const to = this.stateOf(after);
    if (before === undefined) {
      if (to !== this.initial && !isLoaded) throw this.#refused(of, key, undefined, to, [this.initial]);
      return;
    }
    this.requireTransition(of, key, this.stateOf(before), to);
  }

  /** @throws DatabaseError `TRANSITION_REFUSED`. */
  requireTransition(of: WritableCollection, key: StoreKey, from: string, to: string): void {
    if (from === to) return;
    const allowed = this.#followers.get(from) ?? [];
    if (!allowed.includes(to)) throw this.#refused(of, key, from, to, allowed);
  }

  /** The error for a document that is in another state than the caller says. */
  notIn(of: WritableCollection, storeKey: StoreKey, expected: string, found: string): DatabaseError {
    const { field } = this;
    const { collection } = of.definition.model;
    const key = of.publicKey(storeKey);
    const what = `${field} of ${collection} ${showValue(key)} is ${showValue(found)}, expected ${showValue(expected)}`;
    const allowed = this.#followers.get(found) ?? [];
    return new DatabaseError('TRANSITION_REFUSED', what, { collection, key, field, from: found, expected, allowed });
  }

  #refused(
    of: WritableCollection,
    storeKey: StoreKey,
    from: string | undefined,
    to: unknown,
    allowed: readonly string[],
  ): DatabaseError {
    const { field } = this;
    const key = of.publicKey(storeKey);
    const may = allowed.length === 0 ? 'no state follows it' : `${allowed.map(showValue).join(' or ')} may`;
    const what =
      from === undefined
        ? `${of.definition.model.collection} ${showValue(key)} begins with ${field} ${showValue(this.initial)}, found ${showValue(to)}`
        : `${field} of ${of.definition.model.collection} ${showValue(key)} goes from ${showValue(from)} to ${showValue(to)}; ${may}`;
    return new DatabaseError('TRANSITION_REFUSED', what, {
      collection: of.definition.model.collection,
      key,
      field,
      from,
      to,
      allowed,
    });
  }
}
