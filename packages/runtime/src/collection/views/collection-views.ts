/**
 * The views over the documents of one collection: what a write goes through besides entry and indexes.
 *
 * A write is `read` for every view that it concerns (code of the class may throw there, and nothing has changed), then `move`
 * with the indexes, then `write`, which puts the rows in the same transaction. Taking a write back takes its rows back
 * first, as writes of their own, and then what was counted.
 *
 * Views are passed by that look at no field that differs. Where there are many, those whose condition neither document
 * meets are not looked at either: they are found by its values, as watched queries are.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { runSteps, type Steps } from '../../scheduling/steps.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import { whileAsked } from '../indexing/value-extractor.js';
import { InterestMap } from '../watch/interest-map.js';
import type { ViewUpkeep } from './view-upkeep.js';

/** Fewer are asked one after another: that is quicker than to look for them. */
const FEW = 16;

/** A view of the collection. */
class FollowedView {
  /** What it counts is not what the documents say: it begins anew before anything else. */
  isTorn = false;

  constructor(
    readonly name: string,
    readonly upkeep: ViewUpkeep,
  ) {}

  get conditions(): readonly Condition[] {
    return this.upkeep.conditions;
  }

  /** @throws DatabaseError `VIEW_FAILED`, `ASYNC_RULE`. */
  ask<T>(work: () => T): T {
    try {
      return this.upkeep.asksCode ? whileAsked(work, undefined) : work();
    } catch (cause) {
      if (DatabaseError.is(cause, 'ASYNC_RULE')) throw cause;
      const what = `a getter or condition that the view ${this.name} asks threw`;
      throw new DatabaseError('VIEW_FAILED', what, { view: this.name }, { cause });
    }
  }
}

export class CollectionViews {
  readonly #views: FollowedView[] = [];
  /** Once there are many. */
  #found: InterestMap<FollowedView> | undefined;
  /** Those that the write under way is something to. */
  #concerned: FollowedView[] = [];
  #hasTorn = false;

  add(name: string, upkeep: ViewUpkeep): void {
    const view = new FollowedView(name, upkeep);
    this.#views.push(view);
    if (this.#views.length < FEW) return;
    if (this.#found === undefined) {
      this.#found = new InterestMap();
      for (const each of this.#views) this.#found.add(each);
    } else this.#found.add(view);
  }

  /**
   * What the write is to each view. Nothing has changed yet.
   *
   * @param fields that differ, as bits.
   * @throws DatabaseError `VIEW_FAILED`, `ASYNC_RULE`.
   */
  read(storeKey: StoreKey, before: object | undefined, after: object | undefined, fields: number): void {
    if (this.#hasTorn) this.#mendAll();
    this.#concerned = [];
    const views = this.#found === undefined ? this.#views : this.#found.concerned([{ storeKey, before, after }]).keys();
    for (const view of views) {
      const { upkeep } = view;
      if ((upkeep.fields & fields) !== 0 && view.ask(() => upkeep.read(before, after))) this.#concerned.push(view);
    }
  }

  /** The entry is in the store, with the document after the write. Never throws. */
  move(slot: Slot): void {
    for (const { upkeep } of this.#concerned) upkeep.move(slot);
  }

  /**
   * Puts the rows that differ. A row may show other documents, which are cold: where one cannot be read, the write is taken
   * back, since its caller may catch the error and go on.
   *
   * @param mark of the transaction before the write.
   * @throws DatabaseError `DOCUMENT_DAMAGED`, `DOCUMENT_UNREADABLE`; the transaction is as before the write.
   */
  write(transaction: Transaction, key: StoreKey, mark: number): void {
    const concerned = this.#concerned;
    if (concerned.length === 0) return;
    this.#concerned = [];
    try {
      for (const { upkeep } of concerned) upkeep.write(transaction, key);
    } catch (error) {
      transaction.unwindTo(mark);
      throw error;
    }
  }

  /** The write is taken back; its rows have been. Never throws. @param slot still has its entry. */
  revert(slot: Slot, now: object | undefined, then: object | undefined): void {
    for (const view of this.#views) {
      if (view.isTorn) continue;
      try {
        if (view.ask(() => view.upkeep.read(now, then))) view.upkeep.move(slot);
      } catch {
        // Code that did not throw then throws now: what it counted cannot be told any more.
        view.isTorn = true;
        this.#hasTorn = true;
      }
    }
  }

  /** After a write was taken back: views that could not follow begin anew. Never throws. */
  mend(): void {
    if (!this.#hasTorn) return;
    try {
      this.#mendAll();
    } catch {
      // Writes are refused until it succeeds.
    }
  }

  /** Fills every view. @throws DatabaseError `VIEW_FAILED`, `ASYNC_RULE`. O(views · documents · log documents). */
  *building(): Steps {
    for (const view of this.#views) {
      const steps = view.upkeep.building();
      while (view.ask(() => steps.next()).done !== true) yield;
    }
  }

  share(other: CollectionViews): void {
    for (const [place, { upkeep }] of this.#views.entries()) upkeep.share(other.#views[place]!.upkeep);
  }

  part(): void {
    for (const { upkeep } of this.#views) upkeep.part();
  }

  #mendAll(): void {
    for (const view of this.#views) {
      if (!view.isTorn) continue;
      view.ask(() => runSteps(view.upkeep.building()));
      view.isTorn = false;
    }
    this.#hasTorn = false;
  }
}
