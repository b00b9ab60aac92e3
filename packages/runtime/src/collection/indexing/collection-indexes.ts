/**
 * The indexes of one collection, and how a write passes through all of them.
 *
 * A write is `check` (every value read, every collision found, nothing changed), then `move`. Undo is `read` of the
 * two documents in reverse, then `move`. The values read are kept between the two calls and belong to one write only.
 *
 * Which index a field of a query means: named-indexes.ts. How they are filled at an opening: index-filling.ts.
 */
import { ALL_FIELDS, DatabaseError, type DocumentModel, fieldBits, type IndexModel } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import type { WriteTarget } from '../../commit/write-record.js';
import { blobFinder } from '../../definition/blob-references.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { IndexImage } from '../../image/image-tables.js';
import type { SecondaryIndex } from '../../indexes/secondary-index.js';
import type { Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import { ReferenceField } from '../relating/reference-field.js';
import { ReferenceIndex } from '../relating/reference-index.js';
import type { FieldReferrers, ReferenceLink } from '../relating/reference-link.js';
import { answersFor, Referrers } from '../relating/referrers.js';
import { BlobIndex } from './blob-index.js';
import type { CollectionIndex, Condition } from './collection-index.js';
import type { CompositeIndex } from './composite-index.js';
import { createIndexes } from './create-indexes.js';
import { type ImageValues, IndexFilling } from './index-filling.js';
import { NamedIndexes } from './named-indexes.js';
import type { RangeCollectionIndex } from './range-collection-index.js';
import type { TagCollectionIndex } from './tag-collection-index.js';
import { UniqueCollectionIndex } from './unique-collection-index.js';
import { type VectorCollectionIndex, vectorIndexes } from './vector-collection-index.js';

type Structure = SecondaryIndex<unknown>;

export class CollectionIndexes {
  /** Side by side with the lists below: those that conditions know, perhaps one of blobs, and those of vectors. */
  #all: readonly CollectionIndex[];
  readonly #named: NamedIndexes;
  readonly #filling: IndexFilling;
  readonly #blobs: BlobIndex | undefined;
  readonly #vectors: readonly VectorCollectionIndex[];
  /** Fields that refer to documents, each with the index that knows which do. */
  readonly references: readonly FieldReferrers[];
  readonly #collection: string;
  /** Side by side with `all`: the hot paths go by these. */
  readonly #structures: Structure[];
  readonly #uniques: (UniqueCollectionIndex | undefined)[];
  /** Side by side: the stored fields a value is made of, as bits; all of them where code of the class takes part. */
  readonly #fields: number[];
  /** All of them together: an update of no such field passes by at once. */
  #indexedFields: number;
  readonly #before: unknown[];
  readonly #after: unknown[];
  /** The last reader may move an entry. */
  #isTouched = false;

  /**
   * @param store the collection's entries.
   * @param targets the models that its references may lead to, by collection.
   * @throws DatabaseError `MODEL_MISMATCH`.
   */
  constructor(definition: CollectionDefinition, store: ShardedStore, targets?: ReadonlyMap<string, DocumentModel>) {
    this.#collection = definition.model.collection;
    const finder = blobFinder(definition.model);
    this.#blobs = finder && new BlobIndex(finder, store);
    const known = createIndexes(definition, store);
    this.#vectors = vectorIndexes(definition.model, store);
    this.references = referrersOf(definition.model, known, store, targets);
    const hidden = this.references.flatMap(({ referrers: { index } }) => (known.includes(index) ? [] : [index]));
    const all = [...known, ...(this.#blobs === undefined ? [] : [this.#blobs]), ...this.#vectors, ...hidden];
    this.#all = all;
    this.#structures = all.map((index) => index.structure);
    this.#uniques = all.map((index) => (index instanceof UniqueCollectionIndex ? index : undefined));
    this.#fields = all.map((index) => fieldsOf(definition, index.model));
    this.#indexedFields = this.#fields.reduce((all, fields) => all | fields, 0);
    this.#before = all.map(() => undefined);
    this.#after = all.map(() => undefined);
    this.#named = new NamedIndexes(definition, store, known, this.#vectors);
    this.#filling = new IndexFilling(store);
  }

  /** Those that queries know: in the model's order, then those added live. */
  get all(): readonly CollectionIndex[] {
    return this.#named.all;
  }

  /** Whether an index was not dropped. O(indexes). */
  has(index: CollectionIndex): boolean {
    return this.#all.includes(index);
  }

  /** The references to blobs; undefined for a class that has none. */
  get blobs(): BlobIndex | undefined {
    return this.#blobs;
  }

  /** The vectors of each field that has some. */
  get vectors(): readonly VectorCollectionIndex[] {
    return this.#vectors;
  }

  /**
   * The vectors of a field; of the one that has some, when none is named.
   *
   * @throws DatabaseError `UNINDEXED_FIELD`; `INVALID_QUERY` when it has to be named.
   */
  vector(field: string | undefined): VectorCollectionIndex {
    return this.#named.vector(field);
  }

  /** The unique index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  unique(field: string): UniqueCollectionIndex {
    return this.#named.unique(field);
  }

  /** The range index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  range(field: string): RangeCollectionIndex {
    return this.#named.range(field);
  }

  /** The range index that an order by the field takes; undefined: the field is the key. @throws DatabaseError `UNINDEXED_FIELD`. */
  ordering(field: string): RangeCollectionIndex | undefined {
    return this.#named.ordering(field);
  }

  /** Every range index. */
  get ranges(): readonly RangeCollectionIndex[] {
    return this.#named.ranges;
  }

  /** Range indexes of several fields, into which conditions are merged. */
  get composites(): readonly CompositeIndex[] {
    return this.#named.composites;
  }

  /** As few conditions as composite indexes allow. O(1) for a class that has none. */
  merged(conditions: readonly Condition[]): readonly Condition[] {
    return this.#named.merged(conditions);
  }

  /** The tag index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  tag(field: string): TagCollectionIndex {
    return this.#named.tag(field);
  }

  /** The conditions of a `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`. */
  conditions(where: object, depth?: number): readonly Condition[] {
    return this.#named.conditions(where, depth);
  }

  /** The condition of one index. @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
  conditionOn(index: CollectionIndex, query: unknown): Condition {
    return this.#named.conditionOn(index, query);
  }

  /** References of the collection may be asked for what they lead to. */
  tie(links: readonly ReferenceLink[]): void {
    this.#named.tie(links);
  }

  /** Takes in an index that is filled already. O(indexes). */
  adopt(index: CollectionIndex): void {
    this.#all = [...this.#all, index];
    this.#named.add(index);
    this.#structures.push(index.structure);
    this.#uniques.push(index instanceof UniqueCollectionIndex ? index : undefined);
    this.#fields.push(ALL_FIELDS);
    this.#indexedFields = ALL_FIELDS;
    this.#before.push(undefined);
    this.#after.push(undefined);
  }

  /** Lets go of an index: queries made of it throw `UNINDEXED_FIELD` from now on. O(indexes). */
  drop(index: CollectionIndex): void {
    const position = this.#all.indexOf(index);
    if (position < 0) return;
    this.#all = this.#all.filter((other) => other !== index);
    this.#named.remove(index);
    for (const list of [this.#structures, this.#uniques, this.#fields, this.#before, this.#after])
      list.splice(position, 1);
    this.#indexedFields = this.#fields.reduce((all, fields) => all | fields, 0);
    const { name } = index.model;
    const facts = { collection: this.#collection, field: name };
    const refuse = (): never => {
      throw new DatabaseError('UNINDEXED_FIELD', `index ${name} of ${facts.collection} was dropped`, facts);
    };
    // Conditions made earlier ask the index for its structure when they are asked.
    Object.defineProperty(index, 'structure', { get: refuse });
  }

  /**
   * Reads both documents' values and checks that the new ones may be taken.
   *
   * @param fields that differ, as `CollectionDefinition.differing` gives them: indexes of other fields are left alone.
   * @throws DatabaseError `DUPLICATE_KEY`, `INVALID_INDEX_VALUE`; nothing was changed then.
   */
  check(
    transaction: Transaction,
    target: WriteTarget,
    slot: Slot | undefined,
    before: object | undefined,
    after: object | undefined,
    fields: number,
  ): void {
    this.read(before, after, fields);
    if (after === undefined || !this.#isTouched) return;
    for (let index = 0; index < this.#uniques.length; index++) {
      const value = this.#after[index];
      if (value !== undefined && value !== this.#before[index]) {
        this.#uniques[index]?.check(value, slot, after, transaction, target);
      }
    }
  }

  /** Reads what the indexes hold of a document and are to hold instead. @throws DatabaseError `INVALID_INDEX_VALUE`. */
  read(before: object | undefined, after: object | undefined, fields: number = ALL_FIELDS): void {
    this.#isTouched = (fields & this.#indexedFields) !== 0;
    if (!this.#isTouched) return;
    const structures = this.#structures;
    for (let index = 0; index < structures.length; index++) {
      if ((this.#fields[index]! & fields) === 0) {
        this.#before[index] = undefined;
        this.#after[index] = undefined;
        continue;
      }
      const structure = structures[index]!;
      this.#before[index] = before === undefined ? undefined : structure.valueOf(before);
      this.#after[index] = after === undefined ? undefined : structure.valueOf(after);
    }
  }

  /** Moves the entry by what was checked last. Indexes whose value stays are not touched. Never throws. */
  move(slot: Slot): void {
    if (!this.#isTouched) return;
    const structures = this.#structures;
    for (let index = 0; index < structures.length; index++) {
      const structure = structures[index]!;
      const before = this.#before[index];
      const after = this.#after[index];
      if (before !== after && !structure.isSame(before, after)) structure.move(slot, before, after);
    }
  }

  /** As `move`, by what was read last, of a write that is taken back. Never throws. */
  restore(slot: Slot): void {
    if (!this.#isTouched) return;
    for (const [index, structure] of this.#structures.entries()) {
      const before = this.#before[index];
      const after = this.#after[index];
      if (before === after || structure.isSame(before, after)) continue;
      if (structure.restore === undefined) structure.move(slot, before, after);
      else structure.restore(slot, before, after);
    }
  }

  /** @throws DatabaseError `DUPLICATE_KEY` when a unique value has two holders. */
  checkDeferred(target: WriteTarget): void {
    for (const unique of this.#uniques) unique?.checkDeferred(target);
  }

  /** Unique values that two documents have, after a `rebuild` over documents that another model wrote. O(conflicts). */
  conflicts(): readonly { readonly index: string; readonly holder: Slot; readonly contender: Slot }[] {
    return this.#uniques.flatMap((unique) =>
      unique?.structure.hasConflicts
        ? unique.structure.conflicts().map(({ holder, contender }) => ({ index: unique.model.name, holder, contender }))
        : [],
    );
  }

  /** Builds every index again over all entries: nothing may be written or asked until it is done. O(entries · log entries). */
  rebuilding(): Steps {
    return this.#filling.rebuilding(this.#structures);
  }

  /** Takes the tables of an image. O(leaves of ranges). @param images by the position in the model. */
  adopting(images: readonly (IndexImage | undefined)[]): Steps {
    // Of the model, whose indexes come first.
    return this.#filling.adopting(this.#structures, images.slice(0, this.all.length));
  }

  /** See IndexFilling. */
  imageValuesOf(slot: Slot): ImageValues {
    return this.#filling.imageValuesOf(this.#structures, slot);
  }

  /** See IndexFilling. */
  leaveImage(slot: Slot, values: ImageValues): void {
    this.#filling.leaveImage(this.#structures, slot, values);
  }

  /** See IndexFilling. */
  changedOf(replaced: ReadonlyMap<Slot, ImageValues>): Steps<ReadonlyMap<Slot, ImageValues>> {
    return this.#filling.changedOf(this.#structures, replaced);
  }

  /** See IndexFilling. */
  completing(added: readonly Slot[], changed: ReadonlyMap<Slot, ImageValues>): Steps {
    return this.#filling.completing(this.#structures, added, changed);
  }

  /** Shares what those of another collection of the class hold, but for its live indexes. O(indexes). */
  share(other: CollectionIndexes): void {
    for (const [position, structure] of this.#structures.entries()) structure.share(other.#structures[position]!);
  }

  /** Ends the sharing for these. O(entries · indexes), at the speed of memory. */
  part(): void {
    for (const structure of this.#structures) structure.part();
  }
}

/** Of each field that refers to a collection that is there; by an index of its own where none of the class answers. */
function referrersOf(
  { references = [] }: DocumentModel,
  known: readonly CollectionIndex[],
  store: ShardedStore,
  targets: ReadonlyMap<string, DocumentModel> | undefined,
): readonly FieldReferrers[] {
  return references.flatMap((reference) => {
    const target = targets?.get(reference.to);
    if (target === undefined) return [];
    const field = new ReferenceField(reference, target);
    const index = known.find(({ model }) => answersFor(model, field)) ?? new ReferenceIndex(field, store);
    return [{ field, referrers: new Referrers(index, store) }];
  });
}

/** The stored fields an index is made of; all when it has a condition or a getter, which may look at any. */
function fieldsOf({ model }: CollectionDefinition, index: IndexModel): number {
  return index.where === undefined ? fieldBits(model.fields, index.fields) : ALL_FIELDS;
}
