/**
 * Tag → the documents that have it. Tags that nobody has asked for since the opening stay in the tables of the image that it was
 * opened from; one that is asked for moves to the map.
 */
import { imageHash } from '../image/image-hash.js';
import type { TagImage } from '../image/image-tables.js';
import type { Steps } from '../scheduling/steps.js';
import { GrowingMap, type GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import type { ScalarValue } from './index-value.js';
import { TagPosting } from './tag-posting.js';

export class TagPostings {
  readonly #map: GrowingMap<ScalarValue, TagPosting>;
  readonly #arrayCount: number | undefined;
  #image: TagImage | undefined;
  /** Pairs of its tags and their documents. */
  #imageCount = 0;

  /** @param arrayCount documents a tag has as a plain array at most. */
  constructor(limits: GrowingMapOptions | undefined, arrayCount: number | undefined) {
    this.#map = new GrowingMap(limits);
    this.#arrayCount = arrayCount;
  }

  /** Tags that some document has. O(1). */
  get tagCount(): number {
    return this.#map.size + (this.#image?.cells.size ?? 0);
  }

  /** Pairs of tag and document that are still in the image. */
  get imageCount(): number {
    return this.#image === undefined ? 0 : this.#imageCount;
  }

  /** The posting of a tag, which is made the first time. O(1), or O(its documents), or O(its documents / 56). */
  get(tag: ScalarValue): TagPosting | undefined {
    const posting = this.#map.get(tag);
    return posting !== undefined || this.#image === undefined ? posting : this.#fromImage(this.#image, tag);
  }

  /** The tag's first document. O(1). */
  begin(tag: ScalarValue, slot: Slot): void {
    this.#map.set(tag, new TagPosting([slot], this.#arrayCount));
  }

  /** The tag's last document has left. O(1). */
  delete(tag: ScalarValue): void {
    this.#map.delete(tag);
  }

  /** Makes the posting of many documents, which `filling` takes. @param slots rising. */
  building(slots: Slot[]): Steps<TagPosting> {
    return TagPosting.building(slots, this.#arrayCount);
  }

  /** Takes postings of tags that are not there. */
  filling(tags: readonly string[], postings: readonly TagPosting[]): Steps {
    return this.#map.filling(tags, postings);
  }

  /** See ImageCells. */
  isRow(number: number, tag: ScalarValue): boolean {
    return this.#image?.tags.at(number) === tag;
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
    this.#map.set(tag, posting);
    if (image.cells.size === 0) this.#image = undefined;
    return posting;
  }

  /** All of them go to the map. O(pairs). */
  #dissolveImage(): void {
    const image = this.#image;
    if (image === undefined) return;
    for (const number of image.cells.rows()) this.#fromImage(image, image.tags.at(number) as ScalarValue);
  }

  /** Every tag with its count of documents, in no promised order; safe while writes go on. O(tags). */
  *tags(): IterableIterator<[ScalarValue, number]> {
    for (const [tag, posting] of this.#map) yield [tag, posting.count];
    const image = this.#image;
    if (image === undefined) return;
    const { tags, ends, cells, seed } = image;
    for (const number of cells.rows()) {
      const tag = tags.at(number) as ScalarValue;
      const posting = this.#map.get(tag);
      if (posting !== undefined) yield [tag, posting.count];
      else if (cells.find(imageHash(tag, seed), tag, this) !== undefined)
        yield [tag, ends[number]! - (number === 0 ? 0 : ends[number - 1]!)];
    }
  }

  /** Every pair's entry: one with several tags comes several times. O(pairs). */
  allSlots(): Slot[] {
    const answer: Slot[] = [];
    for (const [, posting] of this.#map) posting.appendTo(answer);
    if (this.#image === undefined) return answer;
    const { cells, ends, rows } = this.#image;
    for (const number of cells.rows())
      for (let at = number === 0 ? 0 : ends[number - 1]!; at < ends[number]!; at++) answer.push(rows[at]!);
    return answer;
  }

  /** Takes the tables of an image, where there is nothing. @returns its pairs of tag and document. O(1). */
  adopt(image: TagImage): number {
    this.#image = image;
    this.#imageCount = image.rows.length;
    return this.#imageCount;
  }

  share(other: TagPostings): void {
    other.#dissolveImage();
    this.#map.share(other.#map);
  }

  part(): void {
    this.#map.part((posting) => posting.copy());
  }

  clear(): void {
    this.#map.clear();
    this.#image = undefined;
  }
}
