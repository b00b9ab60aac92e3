/**
 * The indexes of one collection: how a write passes through all of them, and which one a field of a query means.
 *
 * A write is `check` (every value read, every collision found, nothing changed), then `move`. Undo is `read` of the
 * two documents in reverse, then `move`. The values read are kept between the two calls and belong to one write only.
 */
import {
  ALL_FIELDS,
  DatabaseError,
  type DocumentModel,
  type FieldType,
  fieldBits,
  type IndexModel,
  keyName,
} from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import type { WriteTarget } from '../../commit/write-record.js';
import { blobFinder } from '../../definition/blob-references.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { KeyCodec } from '../../definition/key-codec.js';
import { showValue } from '../../definition/show-value.js';
import type { IndexImage } from '../../image/image-tables.js';
import type { SecondaryIndex } from '../../indexes/secondary-index.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import { isDate } from '../../structures/is-date.js';
import type { Slot } from '../../structures/slot.js';
import { JoinCondition } from '../relating/join-condition.js';
import { ReferenceField } from '../relating/reference-field.js';
import { ReferenceIndex } from '../relating/reference-index.js';
import type { FieldReferrers, ReferenceLink } from '../relating/reference-link.js';
import { answersFor, Referrers } from '../relating/referrers.js';
import { BlobIndex } from './blob-index.js';
import type { CollectionIndex, Condition } from './collection-index.js';
import { createIndexes } from './create-indexes.js';
import type { RangeCollectionIndex } from './range-collection-index.js';
import type { TagCollectionIndex } from './tag-collection-index.js';
import { refuseUnindexed } from './unindexed-field.js';
import { UniqueCollectionIndex } from './unique-collection-index.js';
import { type VectorCollectionIndex, vectorIndexes } from './vector-collection-index.js';
import { type AskedCollection, conditionOnIndex, whereConditions } from './where-conditions.js';

type Structure = SecondaryIndex<unknown>;

const NOTHING: readonly undefined[] = [];

export class CollectionIndexes {
  /** Side by side with the lists below: those that conditions know, perhaps one of blobs, and those of vectors. */
  #all: readonly CollectionIndex[];
  #known: readonly CollectionIndex[];
  readonly #blobs: BlobIndex | undefined;
  readonly #vectors: readonly VectorCollectionIndex[];
  /** Fields that refer to documents, each with the index that knows which do. */
  readonly references: readonly FieldReferrers[];
  readonly #definition: CollectionDefinition;
  readonly #collection: string;
  readonly #store: ShardedStore;
  readonly #asked: AskedCollection;
  /** Fields that may be asked for what they refer to. */
  #links: ReadonlyMap<string, ReferenceLink> | undefined;
  /** Side by side with `all`: the hot paths go by these. */
  readonly #structures: Structure[];
  readonly #uniques: (UniqueCollectionIndex | undefined)[];
  /** Side by side: the stored fields a value is made of, as bits; all of them where code of the class takes part. */
  readonly #fields: number[];
  /** All of them together: an update of no such field passes by at once. */
  #indexedFields: number;
  readonly #before: unknown[];
  readonly #after: unknown[];
  /** Side by side: it holds what the snapshot's tables say, until the opening is over. */
  #adopted: boolean[] = [];
  /** The last reader may move an entry. */
  #isTouched = false;

  /**
   * @param store the collection's entries.
   * @param targets the models that its references may lead to, by collection.
   * @throws DatabaseError `MODEL_MISMATCH`.
   */
  constructor(definition: CollectionDefinition, store: ShardedStore, targets?: ReadonlyMap<string, DocumentModel>) {
    this.#definition = definition;
    this.#collection = definition.model.collection;
    this.#store = store;
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
    this.#known = known;
    this.#asked = this.#askedCollection(definition);
  }

  /** Those that queries know: in the model's order, then those added live. */
  get all(): readonly CollectionIndex[] {
    return this.#known;
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
    const [first, second] = this.#vectors;
    const names = this.#vectors.map(({ model }) => model.name);
    const facts = { collection: this.#collection, indexed: names };
    if (field === undefined && second !== undefined) {
      const what = `${this.#collection} has vectors in ${names.join(' and ')}: say which \`field\` is meant`;
      throw new DatabaseError('INVALID_QUERY', what, facts);
    }
    const found = field === undefined ? first : this.#vectors.find(({ model }) => model.name === field);
    if (found !== undefined) return found;
    const name = field === undefined ? 'no field' : `${this.#collection}.${showValue(field)}, which is not one`;
    const what = `nearest neighbours are asked of fields with @Vector (${names.join(', ') || 'there is none'}), found ${name}`;
    throw new DatabaseError('UNINDEXED_FIELD', what, { ...facts, field });
  }

  /** Takes in an index that is filled already. O(indexes). */
  adopt(index: CollectionIndex): void {
    this.#all = [...this.#all, index];
    this.#known = [...this.#known, index];
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
    this.#known = this.#known.filter((other) => other !== index);
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
  *rebuilding(): Steps {
    const slots = yield* this.#store.slotsInSteps();
    for (const structure of this.#structures) yield* structure.rebuilding(slots);
  }

  /** Takes the tables of an image. O(leaves of ranges). @param images by the position in the model. */
  *adopting(images: readonly (IndexImage | undefined)[]): Steps {
    this.#adopted = [];
    for (const [position, structure] of this.#structures.entries()) {
      // Of the model, whose indexes come first.
      const image = position < this.#known.length ? images[position] : undefined;
      this.#adopted.push(image !== undefined && structure.adopting !== undefined);
      if (image !== undefined) yield* structure.adopting?.(image) ?? NOTHING;
    }
  }

  /** While an opening goes on: a row of the image counts no longer, and its entry is as it was yet. O(indexes · log entries). */
  leaveImage(slot: Slot): void {
    const document = this.#store.peek(slot, undefined);
    for (const [position, structure] of this.#structures.entries()) {
      if (this.#adopted[position] !== true) continue;
      const value = structure.valueOf(document);
      if (value !== undefined) structure.move(slot, value, undefined);
    }
  }

  /**
   * Adds to adopted indexes what came after the image, and builds all others. O(added · log entries), or as `rebuilding`.
   *
   * @param added entries that are no rows of the image.
   */
  *completing(added: readonly Slot[]): Steps {
    const slots = this.#adopted.every((isAdopted) => isAdopted) ? [] : yield* this.#store.slotsInSteps();
    for (const [position, structure] of this.#structures.entries()) {
      if (this.#adopted[position] === true) yield* this.#adding(structure, added);
      else yield* structure.rebuilding(slots);
    }
    this.#adopted = [];
  }

  *#adding(structure: Structure, added: readonly Slot[]): Steps {
    for (let index = 0; index < added.length; index++) {
      const slot = added[index]!;
      // Whole documents: a posting may keep what it is given.
      const value = structure.valueOf(this.#store.peek(slot, undefined));
      if (value !== undefined) structure.move(slot, undefined, value);
      if (index % STEP_DOCUMENTS === 0) yield;
    }
  }

  /** Shares what those of another collection of the class hold, but for its live indexes. O(indexes). */
  share(other: CollectionIndexes): void {
    for (const [position, structure] of this.#structures.entries()) structure.share(other.#structures[position]!);
  }

  /** Ends the sharing for these. O(entries · indexes), at the speed of memory. */
  part(): void {
    for (const structure of this.#structures) structure.part();
  }

  /** The conditions of a `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_INDEX_VALUE`, `INVALID_KEY`. */
  conditions(where: object, depth?: number): readonly Condition[] {
    return whereConditions(this.#asked, where, depth);
  }

  tie(links: readonly ReferenceLink[]): void {
    if (links.length > 0) this.#links = new Map(links.map((link) => [link.field.name, link]));
  }

  /** The condition of one index. @throws DatabaseError `INVALID_QUERY`, `INVALID_INDEX_VALUE`. */
  conditionOn(index: CollectionIndex, query: unknown): Condition {
    return typeof query === 'object' ? conditionOnIndex(this.#asked, index, query) : index.condition(query);
  }

  /** The unique index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  unique(field: string): UniqueCollectionIndex {
    return this.#ofKind(field, 'unique', '@Index') as UniqueCollectionIndex;
  }

  /** The range index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  range(field: string): RangeCollectionIndex {
    return this.#ofKind(field, 'range', '@Range') as RangeCollectionIndex;
  }

  /** The range index that an order by the field takes; undefined: the field is the key. @throws DatabaseError `UNINDEXED_FIELD`. */
  ordering(field: string): RangeCollectionIndex | undefined {
    if (field !== this.#asked.keyName) return this.range(field);
    const isRange = this.#known.some(({ model }) => model.kind === 'range' && isNamed(model, field));
    return isRange ? this.range(field) : undefined;
  }

  /** Every range index. */
  get ranges(): readonly RangeCollectionIndex[] {
    return this.#known.filter(({ model }) => model.kind === 'range') as unknown as readonly RangeCollectionIndex[];
  }

  /** The tag index of a field. @throws DatabaseError `UNINDEXED_FIELD`. */
  tag(field: string): TagCollectionIndex {
    return this.#ofKind(field, 'tag', '@Tag') as TagCollectionIndex;
  }

  #askedCollection(definition: CollectionDefinition): AskedCollection {
    const { collection, key, fields, computed } = definition.model;
    const typeOf = ({ model }: CollectionIndex): FieldType | undefined =>
      [...fields, ...computed].find(({ name }) => name === model.fields[0])?.type;
    return {
      name: collection,
      store: this.#store,
      keys: new KeyCodec(definition.model),
      keyName: keyName(definition.model),
      keyFields: key.fields,
      hasIndex: (field) => this.#known.some(({ model }) => isNamed(model, field)),
      indexFor: (field, query) => this.#indexFor(field, query),
      isJoined: (field) => this.#links?.has(field) === true,
      isKeyIn: (field, query) => this.#links?.get(field)?.field.isKey(query) === true,
      join: (field, where, depth) => {
        const link = this.#links!.get(field)!;
        return new JoinCondition(link, link.to.indexes.conditions(where, depth));
      },
      // Rows of a view may have a NaN, which no index holds.
      holdsAll: (index) =>
        definition.isDerived !== true &&
        index.model.where === undefined &&
        index.model.kind !== 'unique' &&
        isScalar(typeOf(index)),
      holdsNull: (index) => mayBeNull(typeOf(index)),
    };
  }

  #indexFor(field: string, query: unknown): CollectionIndex {
    const kind = queryKind(query);
    let otherKind: CollectionIndex | undefined;
    for (const index of this.#known) {
      if (!isNamed(index.model, field)) continue;
      if (kind === undefined || index.model.kind === kind) return index;
      otherKind ??= index;
    }
    const ofKeys = this.#links?.get(field)?.referrers.index;
    return otherKind ?? ofKeys ?? this.#unindexed(field, 'index', this.#known);
  }

  #ofKind(field: string, kind: IndexModel['kind'], decorator: string): CollectionIndex {
    for (const index of this.#known) if (index.model.kind === kind && isNamed(index.model, field)) return index;
    const others = this.all.filter(({ model }) => model.kind === kind);
    return this.#unindexed(field, decorator, others);
  }

  #unindexed(field: unknown, kind: string, others: readonly CollectionIndex[]): never {
    refuseUnindexed(this.#definition, field, kind, others);
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

/** Whether each value of the type has its place in an index: no null, no list that may be empty. */
function isScalar(type: FieldType | undefined): boolean {
  return type !== undefined && ['string', 'number', 'bigint', 'boolean', 'date'].includes(type.kind);
}

/** Whether a value of the type may be null. */
export function mayBeNull(type: FieldType | undefined): boolean {
  return type?.kind === 'nullable' || type?.kind === 'json';
}

/** The stored fields an index is made of; all when it has a condition or a getter, which may look at any. */
function fieldsOf({ model }: CollectionDefinition, index: IndexModel): number {
  return index.where === undefined ? fieldBits(model.fields, index.fields) : ALL_FIELDS;
}

function isNamed(model: IndexModel, field: string): boolean {
  return model.name === field || (model.fields.length === 1 && model.fields[0] === field);
}

/** Which kind of index a condition is written for, when its form says so. */
export function queryKind(query: unknown): IndexModel['kind'] | undefined {
  if (typeof query !== 'object' || query === null || isDate(query)) return undefined;
  if ('any' in query || 'all' in query || 'none' in query) return 'tag';
  if ('gt' in query || 'gte' in query || 'lt' in query || 'lte' in query || 'between' in query || 'prefix' in query)
    return 'range';
  return undefined;
}
