/**
 * All documents of one class in memory: a store of entries and the indexes that point at them.
 *
 * Reads are synchronous. Writes come through DocumentWrites; `put` and `remove` here check every index first and
 * then change entry and indexes in one step, noting the undo in the transaction. An index whose value a write does
 * not change is not touched: it points at the entry, and the entry stays the same.
 */
import { DatabaseError, type IndexModel } from '@nuthatch/model';
import type { StoreKey } from '../commit/effect.js';
import type { Transaction } from '../commit/transaction.js';
import type { WriteRecord, WriteTarget } from '../commit/write-record.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { DocumentChange } from '../feed/change-batch.js';
import type { Subscription } from '../feed/change-feed.js';
import type { SecondaryIndex } from '../indexes/secondary-index.js';
import { Entry } from '../store/entry.js';
import { ShardedStore } from '../store/sharded-store.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';
import { CollectionView } from './collection-view.js';
import { DocumentWrites } from './document-writes.js';
import type { ExpiryQueue } from './expiry-queue.js';
import { createIndexes } from './create-indexes.js';
import { isSameValue } from './same-value.js';
import { KeyCodec } from './key-codec.js';
import { showValue } from './show-value.js';
import type { LiveQuery } from './live-query.js';
import type { QuerySource } from './query-planner.js';
import type { RangeCollectionIndex } from './range-collection-index.js';
import type { TagCollectionIndex } from './tag-collection-index.js';
import { UniqueCollectionIndex } from './unique-collection-index.js';

type Structure = SecondaryIndex<Entry, unknown>;

/** What a collection needs of its database. */
export interface CollectionContext {
  readonly unknownFields: 'refuse' | 'drop';
  readonly expiry: ExpiryQueue<Collection>;
  /** Subscribes to the durable changes of this collection. */
  readonly subscribe: (target: WriteTarget, listener: (changes: readonly DocumentChange[]) => void) => Subscription;
}

export class Collection implements WriteTarget, QuerySource {
  readonly definition: CollectionDefinition;
  readonly name: string;
  readonly isMemoryOnly: boolean;
  readonly keys: KeyCodec;
  readonly writes: DocumentWrites;
  readonly #context: CollectionContext;
  readonly #store = new ShardedStore();
  readonly #indexes: readonly CollectionIndex[];
  /** Side by side with `#indexes`: the hot paths go by these. */
  readonly #structures: readonly Structure[];
  readonly #uniques: readonly (UniqueCollectionIndex | undefined)[];
  readonly #isPlainKey: boolean;
  /** Values of the write at hand, by index: filled by `#check`, used at once. */
  readonly #before: unknown[];
  readonly #after: unknown[];
  #lastInSequence = 0;
  readonly #views = new Set<CollectionView>();
  readonly #watched = new Set<LiveQuery>();

  constructor(definition: CollectionDefinition, context: CollectionContext) {
    this.definition = definition;
    this.name = definition.model.collection;
    this.isMemoryOnly = definition.model.storage === 'memory';
    this.keys = new KeyCodec(definition.model);
    this.#isPlainKey = this.keys.isPlain;
    this.#context = context;
    this.#indexes = createIndexes(definition, () => this.#store.entries());
    this.#structures = this.#indexes.map((index) => index.structure);
    this.#uniques = this.#indexes.map((index) => (index instanceof UniqueCollectionIndex ? index : undefined));
    this.#before = this.#indexes.map(() => undefined);
    this.#after = this.#indexes.map(() => undefined);
    this.writes = new DocumentWrites(this, definition, context.unknownFields);
  }

  // Reads

  /** Count of documents. O(1). */
  get size(): number {
    return this.#store.size;
  }

  get indexes(): readonly CollectionIndex[] {
    return this.#indexes;
  }

  /** The document of a public key. O(1). @throws DatabaseError `INVALID_KEY`. */
  get(key: unknown): object | undefined {
    return this.entryOf(key)?.document;
  }

  /** The entry of a public key. O(1). @throws DatabaseError `INVALID_KEY`. */
  entryOf(key: unknown): Entry | undefined {
    if (!this.#isPlainKey) return this.#store.get(this.keys.toStoreKey(key));
    // A key that is found is of the right type, so only a miss has to be checked.
    const entry = this.#store.get(key as StoreKey);
    if (entry === undefined) this.keys.toStoreKey(key);
    return entry;
  }

  storedEntry(key: StoreKey): Entry | undefined {
    return this.#store.get(key);
  }

  /** @throws DatabaseError `DOCUMENT_NOT_FOUND`, `INVALID_KEY`. */
  require(key: unknown): Entry {
    const entry = this.entryOf(key);
    if (entry !== undefined) return entry;
    throw new DatabaseError('DOCUMENT_NOT_FOUND', `${this.name} has no document with key ${showValue(key)}`, { collection: this.name, key });
  }

  /** Every entry, in no order. Not to be held over a write. */
  entries(): Iterable<Entry> {
    return this.#store.entries();
  }

  publicKey(key: StoreKey): unknown {
    return this.#isPlainKey ? key : this.keys.toPublicKey(key);
  }

  /** The conditions of a `where`. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  conditions(where: object): readonly IndexCondition[] {
    if (typeof where !== 'object' || where === null) throw new DatabaseError('INVALID_QUERY', `a query of ${this.name} must be an object of fields`);
    return Object.entries(where).map(([field, query]) => this.#indexFor(field, query).condition(query));
  }

  /** The range index `orderBy` uses. @throws DatabaseError `UNINDEXED_FIELD`. */
  orderedIndex(field: string): RangeCollectionIndex {
    return this.#indexOfKind(field, 'range', '@Range') as RangeCollectionIndex;
  }

  /** @throws DatabaseError `UNINDEXED_FIELD`. */
  tagIndex(field: string): TagCollectionIndex {
    return this.#indexOfKind(field, 'tag', '@Tag') as TagCollectionIndex;
  }

  /** Tag → count of documents. @throws DatabaseError `UNINDEXED_FIELD`. */
  tags(field: string): Map<unknown, number> {
    return this.tagIndex(field).counts();
  }

  keysWithTag(field: string, tag: unknown): readonly unknown[] {
    return Array.from(this.tagIndex(field).condition(tag).entries(), (entry) => this.publicKey(entry.key));
  }

  /** The least or greatest value of a range field. @throws DatabaseError `UNINDEXED_FIELD`. */
  end(field: string, direction: 'ascending' | 'descending'): unknown {
    return this.orderedIndex(field).end(direction);
  }

  /** @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  sum(field: string, documents: Iterable<object> | undefined): number | bigint {
    const ordered = this.orderedIndex(field);
    if (documents === undefined && !(ordered.end('ascending') instanceof Date)) return ordered.structure.sum();
    let sum: number | bigint | undefined;
    for (const document of documents ?? this.#documents()) {
      const value = (document as Record<string, unknown>)[field];
      if (value === undefined || value === null) continue;
      if (typeof value === 'number' && typeof sum !== 'bigint') sum = ((sum as number | undefined) ?? 0) + value;
      else if (typeof value === 'bigint' && typeof sum !== 'number') sum = ((sum as bigint | undefined) ?? 0n) + value;
      else throw new DatabaseError('INVALID_QUERY', `${field} holds a ${typeof value}, which has no sum`, { collection: this.name, field });
    }
    return sum ?? 0;
  }

  *#documents(): Iterable<object> {
    for (const { document } of this.#store.entries()) yield document;
  }

  /** Feeds a live query until unsubscribed. */
  watch(live: LiveQuery): Subscription {
    const subscription = this.#context.subscribe(this, (changes) => live.take(changes));
    this.#watched.add(live);
    live.start();
    const unsubscribe = (): void => {
      this.#watched.delete(live);
      subscription.unsubscribe();
    };
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Writes were taken back: live queries look again. */
  refreshWatched(): void {
    for (const live of this.#watched) live.refresh();
  }

  /** Holds the collection still for a reader, until released. See CollectionView. */
  openView(): CollectionView {
    const view = new CollectionView(this.#store.entries(), (released) => this.#views.delete(released));
    this.#views.add(view);
    return view;
  }

  /** The highest number of the sequence given out. */
  get lastInSequence(): number {
    return this.#lastInSequence;
  }

  // Writes

  /**
   * Puts a sealed document: a new entry, or the next revision of `entry`. Checks first, then changes all at once.
   *
   * @throws DatabaseError `DUPLICATE_KEY`, `INVALID_INDEX_VALUE`; nothing was changed then.
   */
  put(transaction: Transaction, entry: Entry | undefined, key: StoreKey, document: object, expiresAt: number | undefined): object {
    const before = entry?.document;
    this.#check(transaction, key, before, document);
    const beforeRevision = entry?.revision ?? 0;
    const beforeExpiresAt = entry?.expiresAt;
    const revision = beforeRevision + 1;
    if (entry !== undefined) this.#keepForViews(entry);
    const cell = entry ?? new Entry(key, document, revision, expiresAt);
    if (entry === undefined) this.#store.set(cell);
    else {
      entry.document = document;
      entry.revision = revision;
      entry.expiresAt = expiresAt;
    }
    this.#moveAll(cell);
    if (expiresAt !== undefined) this.#context.expiry.add(this, key, expiresAt);
    const { definition } = this;
    transaction.add(
      expiresAt === undefined
        ? { kind: 'put', definition, key, document, revision, target: this, entry: cell, before, beforeRevision, beforeExpiresAt }
        : { kind: 'put', definition, key, document, revision, expiresAt, target: this, entry: cell, before, beforeRevision, beforeExpiresAt },
    );
    return document;
  }

  /** Removes an entry that is in the store. */
  remove(transaction: Transaction, entry: Entry): void {
    const { document, revision, expiresAt, key } = entry;
    this.#check(transaction, key, document, undefined);
    this.#keepForViews(entry);
    this.#store.delete(key);
    this.#moveAll(entry);
    transaction.add({
      kind: 'delete',
      definition: this.definition,
      key,
      target: this,
      entry,
      before: document,
      beforeRevision: revision,
      beforeExpiresAt: expiresAt,
    });
  }

  revert(record: WriteRecord): void {
    const { entry, before, document } = record;
    this.#keepForViews(entry);
    for (let index = 0; index < this.#structures.length; index++) {
      const structure = this.#structures[index] as Structure;
      this.#before[index] = document === undefined ? undefined : structure.valueOf(document);
      this.#after[index] = before === undefined ? undefined : structure.valueOf(before);
    }
    if (before === undefined) this.#store.delete(entry.key);
    else {
      entry.document = before;
      entry.revision = record.beforeRevision;
      entry.expiresAt = record.beforeExpiresAt;
      if (document === undefined) this.#store.set(entry);
      if (record.beforeExpiresAt !== undefined) this.#context.expiry.add(this, entry.key, record.beforeExpiresAt);
    }
    this.#moveAll(entry);
  }

  checkDeferred(): void {
    for (const unique of this.#uniques) unique?.checkDeferred(this);
  }

  changedFields(before: object | undefined, after: object | undefined): readonly string[] {
    const old = before as Record<string, unknown> | undefined;
    const now = after as Record<string, unknown> | undefined;
    return this.definition.model.fields.map((field) => field.name).filter((name) => !isSameValue(old?.[name], now?.[name]));
  }

  /** The next number of the sequence; it is used up even if the transaction is taken back. */
  nextInSequence(transaction: Transaction): number | bigint {
    const value = ++this.#lastInSequence;
    transaction.noteSequence(this, this.definition, value);
    const field = this.definition.model.fields.find((candidate) => candidate.name === this.definition.model.key.fields[0]);
    return field?.type.kind === 'bigint' ? BigInt(value) : value;
  }

  /** A caller gave an id of its own: later generated ones are greater. */
  useSequenceUpTo(transaction: Transaction, value: unknown): void {
    const used = Number(value);
    if (!Number.isSafeInteger(used) || used <= this.#lastInSequence) return;
    this.#lastInSequence = used;
    transaction.noteSequence(this, this.definition, used);
  }

  // Recovery

  /** Puts a document read from the journal; indexes are built by `finishRecovery`. */
  recover(key: StoreKey, document: object, revision: number, expiresAt: number | undefined): void {
    const entry = this.#store.get(key);
    if (entry === undefined) this.#store.set(new Entry(key, document, revision, expiresAt));
    else {
      entry.document = document;
      entry.revision = revision;
      entry.expiresAt = expiresAt;
    }
  }

  recoverDelete(key: StoreKey): void {
    this.#store.delete(key);
  }

  recoverSequence(value: number): void {
    if (value > this.#lastInSequence) this.#lastInSequence = value;
  }

  /** Builds every index over what was recovered, and queues what expires. O(documents · indexes). */
  finishRecovery(): void {
    for (const structure of this.#structures) structure.rebuild(this.#store.entries());
    for (const { key, expiresAt } of this.#store.entries()) if (expiresAt !== undefined) this.#context.expiry.add(this, key, expiresAt);
  }

  #check(transaction: Transaction, key: StoreKey, before: object | undefined, after: object | undefined): void {
    const structures = this.#structures;
    for (let index = 0; index < structures.length; index++) {
      const structure = structures[index] as Structure;
      const oldValue = before === undefined ? undefined : structure.valueOf(before);
      const newValue = after === undefined ? undefined : structure.valueOf(after);
      this.#before[index] = oldValue;
      this.#after[index] = newValue;
      const unique = this.#uniques[index];
      if (unique !== undefined && newValue !== undefined && newValue !== oldValue) unique.check(newValue, key, after as object, transaction, this);
    }
  }

  #moveAll(entry: Entry): void {
    const structures = this.#structures;
    for (let index = 0; index < structures.length; index++) {
      const structure = structures[index] as Structure;
      const oldValue = this.#before[index];
      const newValue = this.#after[index];
      if (!structure.isSame(oldValue, newValue)) structure.move(entry, oldValue, newValue);
    }
  }

  #keepForViews(entry: Entry): void {
    if (this.#views.size > 0) for (const view of this.#views) view.keep(entry);
  }

  #indexFor(field: string, query: unknown): CollectionIndex {
    const candidates = this.#indexes.filter(({ model }) => isNamed(model, field));
    const kind = queryKind(query);
    const found = candidates.find(({ model }) => kind === undefined || model.kind === kind) ?? candidates[0];
    return found ?? this.#unindexed(field, 'no index');
  }

  #indexOfKind(field: string, kind: IndexModel['kind'], decorator: string): CollectionIndex {
    const found = this.#indexes.find(({ model }) => model.kind === kind && isNamed(model, field));
    return found ?? this.#unindexed(field, `no ${decorator}`);
  }

  #unindexed(field: string, missing: string): never {
    const indexed = this.#indexes.map(({ model }) => model.name);
    const what = `${this.name}.${field} has ${missing}; indexed are ${indexed.join(', ') || 'none'}`;
    throw new DatabaseError('UNINDEXED_FIELD', what, { collection: this.name, field, indexed });
  }
}

function isNamed(model: IndexModel, field: string): boolean {
  return model.name === field || (model.fields.length === 1 && model.fields[0] === field);
}

/** Which kind of index a condition is written for, when its form says so. */
function queryKind(query: unknown): IndexModel['kind'] | undefined {
  if (typeof query !== 'object' || query === null || query instanceof Date) return undefined;
  if ('any' in query || 'all' in query || 'none' in query) return 'tag';
  if ('gt' in query || 'gte' in query || 'lt' in query || 'lte' in query || 'between' in query || 'prefix' in query) return 'range';
  return undefined;
}
