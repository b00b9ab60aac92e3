/**
 * Those who are told of changes, in the order in which they came: each of one collection or view, or of all collections.
 *
 * A transaction mostly writes to few collections. So where there are many listeners, those of others are not looked at: a
 * write costs the same beside a thousand views that are watched and beside ten.
 */
import type { WriteTarget } from '../commit/write-record.js';
import type { ChangeBatch, DocumentChange } from './change-batch.js';

export interface Listener {
  /** Undefined: every collection. */
  readonly target: WriteTarget | undefined;
  readonly call: (changes: readonly DocumentChange[], batch: ChangeBatch) => void;
  /** How many ask through it. */
  readonly count: () => number;
}

/** Fewer are asked one after another: that is quicker than to look for them. */
const FEW = 16;

export class Listeners {
  /** With the number of each, which rises in the order in which they came. */
  readonly #all = new Map<Listener, number>();
  readonly #byTarget = new Map<WriteTarget | undefined, Set<Listener>>();
  #next = 0;
  /** How many listen to views. */
  #ofViewsCount = 0;

  get size(): number {
    return this.#all.size;
  }

  /** How many ask through all of them. */
  get askingCount(): number {
    let count = 0;
    for (const listener of this.#all.keys()) count += listener.count();
    return count;
  }

  add(listener: Listener): void {
    this.#all.set(listener, this.#next++);
    if (listener.target?.isDerived === true) this.#ofViewsCount++;
    const same = this.#byTarget.get(listener.target);
    if (same === undefined) this.#byTarget.set(listener.target, new Set([listener]));
    else same.add(listener);
  }

  delete(listener: Listener): void {
    if (!this.#all.delete(listener)) return;
    if (listener.target?.isDerived === true) this.#ofViewsCount--;
    const same = this.#byTarget.get(listener.target);
    same?.delete(listener);
    if (same?.size === 0) this.#byTarget.delete(listener.target);
  }

  clear(): void {
    this.#all.clear();
    this.#byTarget.clear();
    this.#ofViewsCount = 0;
  }

  /**
   * Gives each listener that the transaction says something to its changes, in the order in which they came. One that
   * goes meanwhile is left out, and one that comes meanwhile hears of the next transaction.
   */
  tell(batch: ChangeBatch, call: (listener: Listener, changes: readonly DocumentChange[]) => void): void {
    for (const listener of this.#all.size <= FEW ? [...this.#all.keys()] : this.#concerned(batch)) {
      if (!this.#all.has(listener)) continue;
      const changes = ofTarget(batch, listener.target);
      if (changes.length > 0) call(listener, changes);
    }
  }

  /** O(changes) and O(those who listen to their collections). */
  #concerned(batch: ChangeBatch): readonly Listener[] {
    const targets = new Set<WriteTarget | undefined>([undefined]);
    for (const { target } of batch.changes()) targets.add(target);
    // Changes of rows are made when they are asked for.
    if (this.#ofViewsCount > 0) for (const { target } of batch.changesOfRows()) targets.add(target);
    const found: Listener[] = [];
    for (const target of targets) found.push(...(this.#byTarget.get(target) ?? []));
    return found.sort((a, b) => this.#all.get(a)! - this.#all.get(b)!);
  }
}

/** The changes of one collection or view; of undefined those of all collections. O(changes). */
export function ofTarget(batch: ChangeBatch, target: WriteTarget | undefined): readonly DocumentChange[] {
  const changes = target?.isDerived === true ? batch.changesOfRows() : batch.changes();
  if (target === undefined || changes.every((change) => change.target === target)) return changes;
  return changes.filter((change) => change.target === target);
}
