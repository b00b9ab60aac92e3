/** The condition that a document meets a question to the class's text index, and the order that the answer has. */
import type { RankedQuestion } from '../../definition/ranked-index.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import { Ranking, type RankSource } from '../query/ranking.js';
import type { Condition } from './collection-index.js';

/** What a question is put to. */
export interface Searched {
  /** The index is complete, and has changed so often. */
  ready(): number;
  readonly store: ShardedStore;
  keyOf(document: object): unknown;
}

export class SearchCondition implements Condition, RankSource {
  readonly kind = 'search';
  readonly isExact = true;
  readonly #question: RankedQuestion;
  readonly #searched: Searched;
  /** The answer, and the changes up to it. */
  #answer: { readonly changeCount: number; readonly ranking: Ranking } | undefined;

  constructor(question: RankedQuestion, searched: Searched) {
    this.#question = question;
    this.#searched = searched;
  }

  /** The documents that meet it now. O(postings of its words), or O(1) when nothing was written since. */
  pinned(): Ranking {
    const changeCount = this.#searched.ready();
    if (this.#answer?.changeCount !== changeCount) {
      const { keys, scores } = this.#question.hits();
      this.#answer = { changeCount, ranking: new Ranking(keys, scores) };
    }
    return this.#answer.ranking;
  }

  get estimate(): number {
    return this.pinned().count;
  }

  slots(): readonly Slot[] {
    const { store } = this.#searched;
    const slots: Slot[] = [];
    for (const key of this.pinned().keys) {
      const slot = store.get(key);
      if (slot !== undefined) slots.push(slot);
    }
    return slots;
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  /** A document as it is now is looked up in the answer; another one is read word by word. */
  matches(document: object): boolean {
    const { store } = this.#searched;
    const key = this.#searched.keyOf(document) as Parameters<ShardedStore['get']>[0];
    const slot = store.get(key);
    if (slot !== undefined && store.documentOf(slot) === document) return this.pinned().scoreOf(key) !== undefined;
    return this.#question.matches(document);
  }
}
