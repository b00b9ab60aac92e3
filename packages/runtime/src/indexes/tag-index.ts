/**
 * Many to many: tag → documents. A document has the tags of its array or Set, or its single value.
 *
 * Tags are strings, numbers, booleans, bigints and dates (held as epoch milliseconds), told apart as a Map tells its
 * keys; a tag named twice by one document counts once, null and undefined are not tags. A tag whose last document
 * leaves is gone. Answers are in the order of slots: in which the documents were inserted, but that a new one may
 * take the place of one that was deleted. Several tags joined by `any` come tag by tag.
 */

import { isSetValue } from '../document/brands.js';
import { imageHash } from '../image/image-hash.js';
import type { IndexImage, TagImage } from '../image/image-tables.js';
import { inParts, STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import { GrowingMap, type GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import type { ProjectedReader } from '../undecoded/projected-columns.js';
import { type ScalarValue, scalarValue } from './index-value.js';
import type { IndexOptions, IndexStats, SecondaryIndex, ValueOf } from './secondary-index.js';
import { tagSlotsOf } from './tag-build.js';
import { TagPosting } from './tag-posting.js';

export interface TagIndexOptions extends IndexOptions {
  /** Limits of the underlying map; for tests. */
  readonly limits?: GrowingMapOptions;
  /** Documents a tag has as a plain array at most; for tests. */
  readonly arrayCount?: number;
}

/** Sets of raw tags: any of `any`, all of `all`, none of `none`. An empty `any` is met by nothing. */
export interface TagSets {
  readonly any?: readonly unknown[];
  readonly all?: readonly unknown[];
  readonly none?: readonly unknown[];
}

/** The tags of one document, each once. */
export type TagList = readonly ScalarValue[];

/** Up to here a scan of the array beats a Set. */
const FEW_TAGS = 16;
const NONE: readonly never[] = [];
const TAGS_OF_A_STEP = 64;

export class TagIndex implements SecondaryIndex<TagList> {
  readonly kind = 'tag';
  readonly name: string;
  readonly #source: ProjectedReader;
  readonly #valueOf: ValueOf;
  readonly #postings: GrowingMap<ScalarValue, TagPosting>;
  readonly #arrayCount: number | undefined;
  #entryCount = 0;
  /** Tags that nobody has asked for since the opening; one that is asked for moves to the postings. */
  #image: TagImage | undefined;
  /** Pairs of these tags and their documents. */
  #imageCount = 0;

  constructor(options: TagIndexOptions) {
    this.name = options.name;
    this.#source = options.source;
    this.#valueOf = options.valueOf;
    this.#postings = new GrowingMap(options.limits);
    this.#arrayCount = options.arrayCount;
  }

  /** Pairs of tag and document. */
  get entryCount(): number {
    return this.#entryCount;
  }

  get imageCount(): number {
    return this.#image === undefined ? 0 : this.#imageCount;
  }

  share(other: TagIndex): void {
    other.#dissolveImage();
    this.#postings.share(other.#postings);
    this.#entryCount = other.#entryCount;
  }

  part(): void {
    this.#postings.part((posting) => posting.copy());
  }

  /** Tags that some document has. O(1). */
  get tagCount(): number {
    return this.#postings.size + (this.#image?.cells.size ?? 0);
  }

  *adopting(image: IndexImage): Steps {
    this.clear();
    this.#image = image as TagImage;
    this.#entryCount = this.#image.rows.length;
    this.#imageCount = this.#entryCount;
    yield;
  }

  /** See ImageCells. */
  isRow(number: number, tag: ScalarValue): boolean {
    return this.#image?.tags.at(number) === tag;
  }

  /** The posting of a tag, which is made the first time. O(1), or O(its documents), or O(its documents / 56). */
  #postingOf(tag: ScalarValue): TagPosting | undefined {
    const posting = this.#postings.get(tag);
    return posting !== undefined || this.#image === undefined ? posting : this.#fromImage(this.#image, tag);
  }

  #fromImage(image: TagImage, tag: ScalarValue): TagPosting | undefined {
    const hash = imageHash(tag, image.seed);
    const number = image.cells.find(hash, tag, this);
    if (number === undefined) return undefined;
    const { ends, rows } = image;
    const tagged = rows.subarray(number === 0 ? 0 : ends[number - 1]!, ends[number]!);
    const posting = TagPosting.ofImage(tagged, this.#arrayCount);
    image.cells.remove(hash, number);
    this.#imageCount -= tagged.length;
    this.#postings.set(tag, posting);
    if (image.cells.size === 0) this.#image = undefined;
    return posting;
  }

  #dissolveImage(): void {
    const image = this.#image;
    if (image === undefined) return;
    for (const number of image.cells.rows()) this.#fromImage(image, image.tags.at(number) as ScalarValue);
  }

  /** The document's tags, each once; undefined when it has none. May be the document's own array. O(tags). */
  valueOf(document: object): TagList | undefined {
    const raw = this.#valueOf(document);
    if (raw === undefined || raw === null) return undefined;
    const tags = Array.isArray(raw)
      ? this.#tagsOf(raw)
      : isSetValue(raw)
        ? this.#tagsOf([...raw])
        : this.#tagsOf([raw]);
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

  /**
   * Documents that meet the sets from a slot on, rising, each once; undefined where only `none` is given. Safe while writes
   * go on: those that a write moves may or may not come. O(tags) for each that comes or is passed over.
   */
  selectFrom({ any, all, none }: TagSets, slot: Slot): Iterable<Slot> | undefined {
    if (any === undefined && all === undefined) return undefined;
    const [narrowest] = all === undefined ? [] : [...all].sort((a, b) => this.count(a) - this.count(b));
    const isAnyNarrower = any !== undefined && (all === undefined || this.#countAny(any) < this.count(narrowest));
    const lead = isAnyNarrower
      ? mergedRising(any.map((tag) => this.entriesFrom(tag, slot)))
      : this.entriesFrom(narrowest, slot);
    const meets = (candidate: Slot): boolean =>
      (any === undefined || isAnyNarrower || any.some((tag) => this.has(tag, candidate))) &&
      (all === undefined || all.every((tag) => this.has(tag, candidate))) &&
      none?.some((tag) => this.has(tag, candidate)) !== true;
    return matching(lead, meets);
  }

  /** Every tag with its count of documents, in no promised order; safe while writes go on. O(tags). */
  *tags(): IterableIterator<[ScalarValue, number]> {
    for (const [tag, posting] of this.#postings) yield [tag, posting.count];
    const image = this.#image;
    if (image === undefined) return;
    const { tags, ends, cells, seed } = image;
    for (const number of cells.rows()) {
      const tag = tags.at(number) as ScalarValue;
      const posting = this.#postings.get(tag);
      if (posting !== undefined) yield [tag, posting.count];
      else if (cells.find(imageHash(tag, seed), tag, this) !== undefined)
        yield [tag, ends[number]! - (number === 0 ? 0 : ends[number - 1]!)];
    }
  }

  /** Every pair's entry: one with several tags comes several times. O(pairs). */
  allSlots(): Slot[] {
    const answer: Slot[] = [];
    for (const [, posting] of this.#postings) posting.appendTo(answer);
    if (this.#image === undefined) return answer;
    const { cells, ends, rows } = this.#image;
    for (const number of cells.rows())
      for (let at = number === 0 ? 0 : ends[number - 1]!; at < ends[number]!; at++) answer.push(rows[at]!);
    return answer;
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
      postings.push(yield* TagPosting.building(tagged, this.#arrayCount));
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
    this.#image = undefined;
    this.#entryCount = 0;
  }

  stats(): IndexStats {
    return { name: this.name, kind: this.kind, entryCount: this.#entryCount, valueCount: this.tagCount };
  }

  /** The same array when it is good as it is: plain values, none twice. */
  #tagsOf(raw: readonly unknown[]): TagList {
    if (raw.length > FEW_TAGS) return this.#normalised(raw);
    for (let index = 0; index < raw.length; index++) {
      const tag = raw[index];
      if (typeof tag !== 'string' || raw.indexOf(tag) !== index) return this.#normalised(raw);
    }
    return raw as TagList;
  }

  #normalised(raw: readonly unknown[]): TagList {
    const tags = new Set<ScalarValue>();
    for (const item of raw) {
      const tag = scalarValue(item, this.name);
      if (tag !== undefined) tags.add(tag);
    }
    return [...tags];
  }

  #posting(raw: unknown): TagPosting | undefined {
    const tag = this.tag(raw);
    return tag === undefined ? undefined : this.#postingOf(tag);
  }

  #postingsOf(tags: readonly unknown[]): (TagPosting | undefined)[] {
    return this.#normalised(tags).map((tag) => this.#postingOf(tag));
  }

  #countAny(tags: readonly unknown[]): number {
    return this.#postingsOf(tags).reduce((sum, posting) => sum + (posting?.count ?? 0), 0);
  }

  #countAll(tags: readonly unknown[]): number {
    return Math.min(...this.#postingsOf(tags).map((posting) => posting?.count ?? 0));
  }

  #add(tag: ScalarValue, slot: Slot): void {
    const posting = this.#postingOf(tag);
    if (posting === undefined) this.#postings.set(tag, new TagPosting([slot], this.#arrayCount));
    else if (!posting.add(slot)) return;
    this.#entryCount++;
  }

  #remove(tag: ScalarValue, slot: Slot): void {
    const posting = this.#postingOf(tag);
    if (posting === undefined || !posting.delete(slot)) return;
    this.#entryCount--;
    if (posting.count === 0) this.#postings.delete(tag);
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

/** Tags of `wanted` that `held` lacks. */
function missingFrom(held: TagList, wanted: TagList): TagList {
  if (held.length <= FEW_TAGS) return wanted.filter((tag) => !held.includes(tag));
  const set = new Set(held);
  return wanted.filter((tag) => !set.has(tag));
}

function meeting(candidates: Slot[], postings: readonly TagPosting[], isWanted: boolean): Slot[] {
  if (postings.length === 0) return candidates;
  return candidates.filter((slot) => postings.every((posting) => posting.has(slot) === isWanted));
}
