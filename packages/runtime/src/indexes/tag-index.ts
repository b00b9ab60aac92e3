/**
 * Many to many: tag → documents. A document has the tags of its array or Set, or its single value.
 *
 * Tags are strings, numbers, booleans, bigints and dates (held as epoch milliseconds), told apart as a Map tells its
 * keys; a tag named twice by one document counts once, null and undefined are not tags. A tag whose last document
 * leaves is gone. Answers are in the order of slots: in which the documents were inserted, but that a new one may
 * take the place of one that was deleted. Several tags joined by `any` come tag by tag.
 */

import type { IndexImage, TagImage } from '../image/image-tables.js';
import { inParts, STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import type { GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import type { ProjectedReader } from '../undecoded/projected-columns.js';
import { type ScalarValue, scalarValue } from './index-value.js';
import type { IndexOptions, IndexStats, SecondaryIndex, ValueOf } from './secondary-index.js';
import { tagSlotsOf } from './tag-build.js';
import { missingFrom, type TagList, tagsIn } from './tag-list.js';
import type { TagPosting } from './tag-posting.js';
import { TagPostings } from './tag-postings.js';
import { TagSelection } from './tag-selection.js';

export interface TagIndexOptions extends IndexOptions {
  /** Limits of the underlying map; for tests. */
  readonly limits?: GrowingMapOptions;
  /** Documents a tag has as a plain array at most; for tests. */
  readonly arrayCount?: number;
}

const NONE: readonly never[] = [];
const TAGS_OF_A_STEP = 64;

export class TagIndex implements SecondaryIndex<TagList> {
  readonly kind = 'tag';
  readonly name: string;
  readonly #source: ProjectedReader;
  readonly #valueOf: ValueOf;
  readonly #postings: TagPostings;
  /** Documents by sets of tags. */
  readonly sets: TagSelection;
  #entryCount = 0;

  constructor(options: TagIndexOptions) {
    this.name = options.name;
    this.#source = options.source;
    this.#valueOf = options.valueOf;
    this.#postings = new TagPostings(options.limits, options.arrayCount);
    this.sets = new TagSelection(this.name, this, this.#postings);
  }

  /** Pairs of tag and document. */
  get entryCount(): number {
    return this.#entryCount;
  }

  get imageCount(): number {
    return this.#postings.imageCount;
  }

  share(other: TagIndex): void {
    this.#postings.share(other.#postings);
    this.#entryCount = other.#entryCount;
  }

  part(): void {
    this.#postings.part();
  }

  /** Tags that some document has. O(1). */
  get tagCount(): number {
    return this.#postings.tagCount;
  }

  *adopting(image: IndexImage): Steps {
    this.clear();
    this.#entryCount = this.#postings.adopt(image as TagImage);
    yield;
  }

  /** The document's tags, each once; undefined when it has none. May be the document's own array. O(tags). */
  valueOf(document: object): TagList | undefined {
    const raw = this.#valueOf(document);
    if (raw === undefined || raw === null) return undefined;
    const tags = tagsIn(raw, this.name);
    return tags.length === 0 ? undefined : tags;
  }

  /** Whether a tag, as the index holds it, is among those of `valueOf`: without a list for one tag. */
  isCarriedBy(document: object, tag: ScalarValue | undefined): boolean {
    const raw = this.#valueOf(document);
    if (typeof raw === 'string') return raw === tag;
    if (typeof tag === 'string' && Array.isArray(raw)) return raw.includes(tag);
    return tag !== undefined && this.valueOf(document)?.includes(tag) === true;
  }

  isSame(before: TagList | undefined, after: TagList | undefined): boolean {
    if (before === after) return true;
    if (before === undefined || after === undefined || before.length !== after.length) return false;
    return before.every((tag, index) => tag === after[index]) || missingFrom(before, after).length === 0;
  }

  move(slot: Slot, before: TagList | undefined, after: TagList | undefined): void {
    if (before === after) return;
    if (before === undefined) for (const tag of after!) this.#add(tag, slot);
    else if (after === undefined) for (const tag of before) this.#remove(tag, slot);
    else {
      for (const tag of missingFrom(after, before)) this.#remove(tag, slot);
      for (const tag of missingFrom(before, after)) this.#add(tag, slot);
    }
  }

  /** A raw tag as the index holds it; undefined for null and undefined. @throws DatabaseError `INVALID_INDEX_VALUE`. */
  tag(raw: unknown): ScalarValue | undefined {
    return typeof raw === 'string' ? raw : scalarValue(raw, this.name);
  }

  /** How many documents have the tag. O(1). @throws DatabaseError `INVALID_INDEX_VALUE`. */
  count(raw: unknown): number {
    return this.#posting(raw)?.count ?? 0;
  }

  /** Whether the entry has the tag. O(log n). */
  has(raw: unknown, slot: Slot): boolean {
    return this.#posting(raw)?.has(slot) ?? false;
  }

  /** Documents of the tag, as an array of the caller's own. O(documents of the tag). */
  collect(raw: unknown): Slot[] {
    return this.#posting(raw)?.toArray() ?? [];
  }

  /** As `collect`, as numbers side by side. */
  slotsOf(raw: unknown): Uint32Array {
    return this.#posting(raw)?.toSlots() ?? new Uint32Array(0);
  }

  /** As `collect`, without a copy: not to be changed, nor held over a write. With a limit at least the first so many. */
  peek(raw: unknown, limit?: number): readonly Slot[] {
    return this.#posting(raw)?.peek(limit) ?? NONE;
  }

  /**
   * Documents of the tag, safe while writes go on: one that has the tag all along comes exactly once; one that gains
   * or loses it meanwhile may or may not come.
   */
  entries(raw: unknown): IterableIterator<Slot> {
    return this.#posting(raw)?.entries() ?? NONE.values();
  }

  /** Documents of the tag from a slot on, rising; safe while writes go on, as `entries`. */
  entriesFrom(raw: unknown, slot: Slot): IterableIterator<Slot> {
    return this.#posting(raw)?.entriesFrom(slot) ?? NONE.values();
  }

  /** Every tag with its count of documents, in no promised order; safe while writes go on. O(tags). */
  tags(): IterableIterator<[ScalarValue, number]> {
    return this.#postings.tags();
  }

  /** Every pair's entry: one with several tags comes several times. O(pairs). */
  allSlots(): Slot[] {
    return this.#postings.allSlots();
  }

  *rebuilding(slots: readonly Slot[]): Steps {
    this.clear();
    try {
      const others = yield* this.#takeProjected(slots);
      for (let index = 0; index < others.length; index++) {
        const slot = others[index]!;
        this.move(slot, undefined, this.valueOf(this.#source.peek(slot, this.#valueOf.fields)) ?? NONE);
        if (index % STEP_DOCUMENTS === 0) yield;
      }
    } catch (error) {
      this.clear();
      throw error;
    }
  }

  /** Takes the tags from the projected column. @returns slots of other documents. */
  *#takeProjected(slots: readonly Slot[]): Steps<readonly Slot[]> {
    const { fields } = this.#valueOf;
    const tags = fields?.length === 1 ? this.#source.projected?.tags(fields[0]!) : undefined;
    if (tags === undefined) return slots;
    const projected: Slot[] = [];
    const others: Slot[] = [];
    yield* inParts(slots.length, (from, to) => this.#part(slots.slice(from, to), projected, others));
    const tagSlots = yield* tagSlotsOf(tags, projected);
    const texts: string[] = [];
    const postings: TagPosting[] = [];
    for (let number = 0; number < tagSlots.length; number++) {
      const tagged = tagSlots[number]!;
      if (tagged.length === 0) continue;
      texts.push(tags.texts[number]!);
      this.#entryCount += tagged.length;
      postings.push(yield* this.#postings.building(tagged));
      if (number % TAGS_OF_A_STEP === 0) yield;
    }
    yield* this.#postings.filling(texts, postings);
    return others;
  }

  #part(slots: readonly Slot[], projected: Slot[], others: Slot[]): void {
    const columns = this.#source.projected;
    for (const slot of slots) (columns?.isProjected(slot) === true ? projected : others).push(slot);
  }

  clear(): void {
    this.#postings.clear();
    this.#entryCount = 0;
  }

  stats(): IndexStats {
    return { name: this.name, kind: this.kind, entryCount: this.#entryCount, valueCount: this.tagCount };
  }

  #posting(raw: unknown): TagPosting | undefined {
    const tag = this.tag(raw);
    return tag === undefined ? undefined : this.#postings.get(tag);
  }

  #add(tag: ScalarValue, slot: Slot): void {
    const posting = this.#postings.get(tag);
    if (posting === undefined) this.#postings.begin(tag, slot);
    else if (!posting.add(slot)) return;
    this.#entryCount++;
  }

  #remove(tag: ScalarValue, slot: Slot): void {
    const posting = this.#postings.get(tag);
    if (posting === undefined || !posting.delete(slot)) return;
    this.#entryCount--;
    if (posting.count === 0) this.#postings.delete(tag);
  }
}
