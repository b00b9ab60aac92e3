/**
 * Documents by sets of tags: any of some, all of others, none of yet others. The narrowest set is read, the others are asked.
 */
import type { Slot } from '../structures/slot.js';
import type { ScalarValue } from './index-value.js';
import { normalised } from './tag-list.js';
import type { TagPosting } from './tag-posting.js';
import type { TagPostings } from './tag-postings.js';

/** Sets of raw tags: any of `any`, all of `all`, none of `none`. An empty `any` is met by nothing. */
export interface TagSets {
  readonly any?: readonly unknown[];
  readonly all?: readonly unknown[];
  readonly none?: readonly unknown[];
}

/** What of a tag index is asked here. */
interface TaggedDocuments {
  count(raw: unknown): number;
  has(raw: unknown, slot: Slot): boolean;
  entriesFrom(raw: unknown, slot: Slot): IterableIterator<Slot>;
}

export class TagSelection {
  readonly #name: string;
  readonly #tagged: TaggedDocuments;
  readonly #postings: TagPostings;

  /** @param name of the index. */
  constructor(name: string, tagged: TaggedDocuments, postings: TagPostings) {
    this.#name = name;
    this.#tagged = tagged;
    this.#postings = postings;
  }

  /** Documents with at least one of the tags, each once. O(documents of the tags). */
  any(tags: readonly unknown[]): Slot[] {
    const postings = this.#postingsOf(tags).filter((posting) => posting !== undefined);
    if (postings.length === 1) return postings[0]!.toArray();
    const answer: Slot[] = [];
    for (const posting of postings) posting.appendTo(answer);
    return [...new Set(answer)];
  }

  /** Documents with every one of the tags (there must be one): the narrowest is read, the others asked. O(narrowest · tags · log n). */
  all(tags: readonly unknown[]): Slot[] {
    const postings = this.#postingsOf(tags);
    if (postings.length === 0 || postings.includes(undefined)) return [];
    const [narrowest, ...others] = (postings as TagPosting[]).sort((a, b) => a.count - b.count);
    return meeting(narrowest!.toArray(), others, true);
  }

  /** Those of `candidates` with none of the tags. O(candidates · tags · log n). */
  none(tags: readonly unknown[], candidates: Iterable<Slot>): Slot[] {
    const postings = this.#postingsOf(tags).filter((posting) => posting !== undefined);
    return meeting([...candidates], postings, false);
  }

  /**
   * Documents that meet all the sets given, beginning with the narrowest.
   *
   * @param universe every slot with an entry; read only when `none` stands alone.
   */
  select(sets: TagSets, universe: () => Iterable<Slot>): Slot[] {
    const { any, all = [], none = [] } = sets;
    if (any === undefined && all.length === 0) return this.none(none, universe());
    let answer: Slot[];
    if (any !== undefined && (all.length === 0 || this.#countAny(any) < this.#countAll(all))) {
      const wanted = this.#postingsOf(all);
      answer = wanted.includes(undefined) ? [] : meeting(this.any(any), wanted as TagPosting[], true);
    } else {
      const wanted = any === undefined ? undefined : this.#postingsOf(any);
      answer = this.all(all);
      if (wanted !== undefined) answer = answer.filter((slot) => wanted.some((posting) => posting?.has(slot) === true));
    }
    return none.length === 0 ? answer : this.none(none, answer);
  }

  /** At most how many documents `select` answers. O(tags). @param universeCount how many documents there are. */
  estimate(sets: TagSets, universeCount: number): number {
    const { any, all = [] } = sets;
    const anyCount = any === undefined ? universeCount : this.#countAny(any);
    return Math.min(universeCount, anyCount, all.length === 0 ? universeCount : this.#countAll(all));
  }

  /**
   * Documents that meet the sets from a slot on, rising, each once; undefined where only `none` is given. Safe while writes
   * go on: those that a write moves may or may not come. O(tags) for each that comes or is passed over.
   */
  selectFrom({ any, all, none }: TagSets, slot: Slot): Iterable<Slot> | undefined {
    if (any === undefined && all === undefined) return undefined;
    const [narrowest] = all === undefined ? [] : [...all].sort((a, b) => this.#tagged.count(a) - this.#tagged.count(b));
    const isAnyNarrower =
      any !== undefined && (all === undefined || this.#countAny(any) < this.#tagged.count(narrowest));
    const lead = isAnyNarrower
      ? mergedRising(any.map((tag) => this.#tagged.entriesFrom(tag, slot)))
      : this.#tagged.entriesFrom(narrowest, slot);
    const meets = (candidate: Slot): boolean =>
      (any === undefined || isAnyNarrower || any.some((tag) => this.#tagged.has(tag, candidate))) &&
      (all === undefined || all.every((tag) => this.#tagged.has(tag, candidate))) &&
      none?.some((tag) => this.#tagged.has(tag, candidate)) !== true;
    return matching(lead, meets);
  }

  #postingsOf(tags: readonly unknown[]): (TagPosting | undefined)[] {
    return normalised(tags, this.#name).map((tag: ScalarValue) => this.#postings.get(tag));
  }

  #countAny(tags: readonly unknown[]): number {
    return this.#postingsOf(tags).reduce((sum, posting) => sum + (posting?.count ?? 0), 0);
  }

  #countAll(tags: readonly unknown[]): number {
    return Math.min(...this.#postingsOf(tags).map((posting) => posting?.count ?? 0));
  }
}

function* matching(slots: Iterable<Slot>, meets: (slot: Slot) => boolean): Iterable<Slot> {
  for (const slot of slots) if (meets(slot)) yield slot;
}

/** Rising walks as one, each slot once. */
function* mergedRising(walks: readonly IterableIterator<Slot>[]): IterableIterator<Slot> {
  const heads = walks.map((walk) => walk.next());
  for (;;) {
    let least: Slot | undefined;
    for (const { done, value } of heads) if (done !== true && (least === undefined || value < least)) least = value;
    if (least === undefined) return;
    yield least;
    for (const [place, head] of heads.entries())
      if (head.done !== true && head.value <= least) heads[place] = walks[place]!.next();
  }
}

function meeting(candidates: Slot[], postings: readonly TagPosting[], isWanted: boolean): Slot[] {
  if (postings.length === 0) return candidates;
  return candidates.filter((slot) => postings.every((posting) => posting.has(slot) === isWanted));
}
