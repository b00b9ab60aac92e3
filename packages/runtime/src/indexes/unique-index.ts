/**
 * One document per value: value → slot of its entry.
 *
 * Writes never fail here. A value taken twice keeps its first holder, and the later ones wait: two documents may swap
 * their values inside one transaction. `conflictOf` checks before a write, `hasConflicts` and `conflicts()` at the
 * transaction's end. When a holder leaves, the one that has waited longest takes its place.
 *
 * Sparse: undefined and null are not indexed, nor is a composite with such a part. With `caseInsensitive`, strings
 * (parts included) are one when they agree after Unicode NFC and lower-casing.
 */

import { imageHash } from '../image/image-hash.js';
import type { IndexImage, UniqueImage } from '../image/image-tables.js';
import { STEP_DOCUMENTS, type Steps } from '../scheduling/steps.js';
import type { GrowingMapOptions } from '../structures/growing-map.js';
import type { Slot } from '../structures/slot.js';
import { SlotTable } from '../structures/slot-table.js';
import type { ProjectedReader, ProjectedTexts } from '../undecoded/projected-columns.js';
import { foldCase, type IndexValue, identityOf, indexValue, type ScalarValue } from './index-value.js';
import type { IndexOptions, IndexStats, SecondaryIndex, ValueOf } from './secondary-index.js';

export interface UniqueIndexOptions extends IndexOptions {
  readonly caseInsensitive?: boolean;
  /** Limits of the underlying map; for tests. */
  readonly limits?: GrowingMapOptions;
}

/** A value with more than one document. */
export interface UniqueConflict {
  readonly value: ScalarValue;
  /** The entry that had the value first. */
  readonly holder: Slot;
  /** The entry that took it next. */
  readonly contender: Slot;
}

/** For a document the index holds the identity of its value: the value itself, or a composite's text. */
export class UniqueIndex implements SecondaryIndex<ScalarValue> {
  readonly kind = 'unique';
  readonly name: string;
  readonly #source: ProjectedReader;
  readonly #valueOf: ValueOf;
  readonly #isCaseInsensitive: boolean;
  readonly #holders: SlotTable<ScalarValue>;
  /** Values that the snapshot's table finds; those that leave it or come go by `holders`. */
  #image: UniqueImage | undefined;
  /** Values of documents that are bytes still, until their first touch. */
  #texts: ProjectedTexts | undefined;
  /** Values with several documents: those that wait after the holder, longest first. Empty outside transactions. */
  readonly #waiting = new Map<ScalarValue, Slot[]>();
  #waitingCount = 0;
  /** What `conflictOf` was asked last, and found, until the next change: the write that asked goes by it, without a second look. */
  #askedValue: ScalarValue | undefined;
  #askedHolder: Slot | undefined;

  constructor(options: UniqueIndexOptions) {
    this.name = options.name;
    this.#source = options.source;
    this.#valueOf = options.valueOf;
    this.#isCaseInsensitive = options.caseInsensitive === true;
    this.#holders = new SlotTable(options.limits);
  }

  get entryCount(): number {
    return this.#holders.size + this.#waitingCount + (this.#texts?.size ?? 0) + (this.#image?.cells.size ?? 0);
  }

  get imageCount(): number {
    return this.#image?.cells.size ?? 0;
  }

  /** Not while a transaction runs, when values may have several holders. */
  share(other: UniqueIndex): void {
    other.#dissolveImage();
    this.#holders.share(other.#holders);
    this.#askedValue = undefined;
  }

  part(): void {
    this.#holders.part();
  }

  valueOf(document: object): ScalarValue | undefined {
    const raw = this.#valueOf(document);
    return typeof raw === 'string' && !this.#isCaseInsensitive ? raw : this.identity(raw);
  }

  /**
   * A raw value (a field's, or an array of parts) as the index holds it; undefined for absent ones. O(length).
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE`.
   */
  identity(raw: unknown): ScalarValue | undefined {
    const value = indexValue(raw, this.name);
    if (value === undefined) return undefined;
    return identityOf(this.#isCaseInsensitive ? folded(value) : value);
  }

  isSame(before: ScalarValue | undefined, after: ScalarValue | undefined): boolean {
    return before === after;
  }

  /** The entry with a raw value; while a conflict lasts, its first holder. O(1). @throws DatabaseError `INVALID_INDEX_VALUE`. */
  find(raw: unknown): Slot | undefined {
    if (typeof raw === 'string' && !this.#isCaseInsensitive) return this.get(raw);
    const identity = this.identity(raw);
    return identity === undefined ? undefined : this.get(identity);
  }

  /** The entry that holds a value of `valueOf`. O(1). */
  get(value: ScalarValue): Slot | undefined {
    return this.#holders.get(value) ?? this.#untouched(value);
  }

  *adopting(image: IndexImage): Steps {
    this.clear();
    this.#image = image as UniqueImage;
    yield;
  }

  /** See ImageCells. */
  isRow(slot: Slot, value: ScalarValue): boolean {
    return this.valueOf(this.#source.documentOf(slot)) === value;
  }

  #dissolveImage(): void {
    const image = this.#image;
    if (image === undefined) return;
    for (const slot of image.cells.rows()) {
      const value = this.valueOf(this.#source.documentOf(slot))!;
      this.#removeFromImage(slot, value);
      this.#holders.add(value, slot);
    }
    this.#image = undefined;
  }

  #removeFromImage(slot: Slot, value: ScalarValue): boolean {
    const image = this.#image;
    return image?.cells.remove(imageHash(value, image.seed), slot) === true;
  }

  /** Apart: what most look-ups run through stays short enough to be compiled into them. */
  #findInImage({ cells, seed }: UniqueImage, value: ScalarValue): Slot | undefined {
    const slot = cells.find(imageHash(value, seed), value, this);
    return slot ?? (typeof value === 'string' ? this.#texts?.find(value) : undefined);
  }

  #untouched(value: ScalarValue): Slot | undefined {
    if (this.#image !== undefined) return this.#findInImage(this.#image, value);
    return this.#texts === undefined || typeof value !== 'string' ? undefined : this.#texts.find(value);
  }

  /** The holder of `value` when it is not `slot`: the write would make a conflict. O(1). */
  conflictOf(value: ScalarValue | undefined, slot: Slot | undefined): Slot | undefined {
    if (value === undefined) return undefined;
    const holder = this.get(value);
    this.#askedValue = value;
    this.#askedHolder = holder;
    return holder === slot ? undefined : holder;
  }

  /** After `conflictOf` of the value no document is read. Else one may be, and nothing was changed when that fails. */
  move(slot: Slot, before: ScalarValue | undefined, after: ScalarValue | undefined): void {
    if (before === after) return;
    const isAsked = after === undefined || after === this.#askedValue;
    this.#exchange(slot, before, after, isAsked ? this.#askedHolder : this.get(after));
  }

  /**
   * Takes a move back. No document is read, since a read may fail, and what was refused would stay: whoever had the value
   * beside this entry is among the holders, see `#wait`.
   */
  restore(slot: Slot, before: ScalarValue | undefined, after: ScalarValue | undefined): void {
    if (before === after) return;
    const holder = after === undefined ? undefined : this.#inMemory(after);
    this.#exchange(slot, before, after, holder);
  }

  #inMemory(value: ScalarValue): Slot | undefined {
    return this.#holders.get(value) ?? (typeof value === 'string' ? this.#texts?.find(value) : undefined);
  }

  #exchange(
    slot: Slot,
    before: ScalarValue | undefined,
    after: ScalarValue | undefined,
    holder: Slot | undefined,
  ): void {
    this.#askedValue = undefined;
    if (before !== undefined) this.#remove(slot, before);
    if (after !== undefined) this.#add(slot, after, holder);
  }

  /** Whether any value has more than one document now. O(1). */
  get hasConflicts(): boolean {
    return this.#waitingCount > 0;
  }

  /** Every document beyond the first of its value, by value in the order in which they arose. O(conflicts). */
  conflicts(): readonly UniqueConflict[] {
    return [...this.#waiting].flatMap(([value, contenders]) =>
      contenders.map((contender) => ({ value, holder: this.get(value)!, contender })),
    );
  }

  *rebuilding(slots: readonly Slot[]): Steps {
    this.clear();
    try {
      const texts = yield* this.#claimTexts();
      const values: ScalarValue[] = [];
      const held: Slot[] = [];
      // Mostly all are found as texts.
      const others = texts?.size === slots.length ? [] : slots;
      for (let index = 0; index < others.length; index++) {
        const slot = others[index]!;
        if (texts?.isHashed(slot) !== true) this.#valueInto(values, held, slot);
        if (index % STEP_DOCUMENTS === 0) yield;
      }
      if (values.some((value) => this.#untouched(value) !== undefined)) {
        // A decoded document has the same value as one that is still bytes.
        this.#texts?.forget();
        yield* this.rebuilding(slots);
        return;
      }
      yield* this.#holders.filling(values, held);
      if (this.#holders.size === values.length) return;
      // Some values occur twice: `filling` keeps the last holder, but the first one must be kept.
      this.#holders.clear();
      for (const [index, slot] of held.entries()) this.#add(slot, values[index]!, this.get(values[index]!));
    } catch (error) {
      this.clear();
      throw error;
    }
  }

  #valueInto(values: ScalarValue[], held: Slot[], slot: Slot): void {
    const value = this.valueOf(this.#source.peek(slot, this.#valueOf.fields));
    if (value === undefined) return;
    values.push(value);
    held.push(slot);
  }

  clear(): void {
    this.#holders.clear();
    this.#waiting.clear();
    this.#waitingCount = 0;
    this.#askedValue = undefined;
    this.#texts?.forget();
    this.#texts = undefined;
    this.#image = undefined;
  }

  /** The values of documents that are bytes, if each is there once; they come to the holders when they are touched. */
  *#claimTexts(): Steps<ProjectedTexts | undefined> {
    const { fields } = this.#valueOf;
    if (fields?.length !== 1 || this.#isCaseInsensitive) return undefined;
    const texts = this.#source.projected?.texts(fields[0]!);
    if (texts === undefined || !(yield* texts.building())) return undefined;
    texts.onLeave = (text, slot) => this.#holders.add(text, slot);
    this.#texts = texts;
    return texts;
  }

  stats(): IndexStats {
    return {
      name: this.name,
      kind: this.kind,
      entryCount: this.entryCount,
      valueCount: this.entryCount - this.#waitingCount,
    };
  }

  #add(slot: Slot, value: ScalarValue, holder: Slot | undefined): void {
    if (holder === undefined) this.#holders.add(value, slot);
    else if (holder !== slot) this.#wait(slot, value, holder);
  }

  /** A value that several have is not left to the table of the image: the holder is known from now on without a read. */
  #wait(slot: Slot, value: ScalarValue, holder: Slot): void {
    if (this.#removeFromImage(holder, value)) this.#holders.add(value, holder);
    const waiting = this.#waiting.get(value);
    if (waiting === undefined) this.#waiting.set(value, [slot]);
    else if (waiting.includes(slot)) return;
    else waiting.push(slot);
    this.#waitingCount++;
  }

  #remove(slot: Slot, value: ScalarValue): void {
    const waiting = this.#waitingCount === 0 ? undefined : this.#waiting.get(value);
    if (waiting === undefined) {
      if (!this.#holders.remove(value, slot)) this.#removeFromImage(slot, value);
      return;
    }
    if (this.#holders.remove(value, slot) || this.#removeFromImage(slot, value))
      this.#holders.add(value, waiting.shift()!);
    else {
      const position = waiting.indexOf(slot);
      if (position < 0) return;
      waiting.splice(position, 1);
    }
    this.#waitingCount--;
    if (waiting.length === 0) this.#waiting.delete(value);
  }
}

function folded(value: IndexValue): IndexValue {
  if (typeof value === 'object') return value.map((part) => (typeof part === 'string' ? foldCase(part) : part));
  return typeof value === 'string' ? foldCase(value) : value;
}
