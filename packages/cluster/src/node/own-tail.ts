/**
 * What a copy holds behind its mark. A crash loses the last mark, not the transactions: they are looked for in the
 * journal and not applied again. If the journal lost them meanwhile and went on, others stand there under their numbers.
 */
import {
  type CollectionDefinition,
  type Effect,
  effectAt,
  effectCount,
  type Journal,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';

export class OwnTail {
  readonly #own: Journal;
  readonly #collections: ReadonlySet<string>;

  /** @param definitions of today: what belongs to others is not read back. */
  constructor(own: Journal, definitions: readonly CollectionDefinition[]) {
    this.#own = own;
    this.#collections = new Set(definitions.map(({ model }) => model.collection));
  }

  /**
   * Compares times, keys, revisions and numbers; what compaction has removed is not there to be compared. O(effects).
   *
   * @param arrived in order; those after the end of the copy are of no interest.
   * @returns the seq of the first transaction that the copy holds otherwise; undefined: they are the same.
   */
  async difference(arrived: readonly StoredTransaction[]): Promise<number | undefined> {
    const { lastSeq, oldestSince } = this.#own;
    const expected = arrived.filter(({ seq }) => seq <= lastSeq && seq > oldestSince);
    const [first] = expected;
    if (first === undefined) return undefined;
    let index = 0;
    for await (const kept of this.#own.read(first.seq - 1, expected.at(-1)!.seq)) {
      const due = expected[index++]!;
      if (this.#textOf(kept) !== this.#textOf(due)) return due.seq;
    }
    return undefined;
  }

  #textOf({ seq, timeMs, effects }: StoredTransaction): string {
    const parts: unknown[] = [seq, timeMs];
    for (let index = 0; index < effectCount(effects); index++) {
      const effect = effectAt(effects, index);
      if (this.#collections.has(effect.definition.model.collection)) parts.push(partsOf(effect));
    }
    return JSON.stringify(parts);
  }
}

/** What is compared of an effect: neither the document, which another version may have written in its own form. */
export function partsOf(effect: Effect): readonly unknown[] {
  const { kind, definition } = effect;
  const { collection } = definition.model;
  if (effect.kind === 'sequence') return [kind, collection, effect.value];
  const key = [typeof effect.key, String(effect.key)];
  if (effect.kind === 'delete') return [kind, collection, key];
  return [kind, collection, key, effect.revision, effect.expiresAt];
}
