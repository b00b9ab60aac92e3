/**
 * All documents of one class in memory: a store of entries and the indexes that point at them.
 *
 * Reads are synchronous. Writes come through DocumentWrites; `put` and `remove` here check every index first and
 * then change entry and indexes in one step, noting the undo in the transaction. An index whose value a write does
 * not change is not touched: it points at the entry, and the entry stays the same.
 */

import { randomBytes } from 'node:crypto';
import { ALL_FIELDS, DatabaseError, type DocumentModel } from '@nuthatch/model';
import { LAST_COUNT, rangeExhausted } from '../codec/storable.js';
import type { MemoryLimit } from '../commit/memory-limit.js';
import type { Transaction } from '../commit/transaction.js';
import { ReplicatedRecord, WriteRecord, type WriteTarget } from '../commit/write-record.js';
import { type BlobFinder, blobFinder } from '../definition/blob-references.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { KeyCodec } from '../definition/key-codec.js';
import { showValue } from '../definition/show-value.js';
import { documentSizer } from '../document/document-bytes.js';
import type { Upcast } from '../recovery/document-reader.js';
import { runSteps } from '../scheduling/steps.js';
import { ShardedStore } from '../store/sharded-store.js';
import type { Slot } from '../structures/slot.js';
import type { StoreKey } from '../structures/store-key.js';
import type { DecodedCache } from '../undecoded/decoded-cache.js';
import { undecodedFormOf } from '../undecoded/undecoded-form.js';
import type { BlobLinks } from './blob-links.js';
import { CollectionRecovery } from './collection-recovery.js';
import { CollectionView } from './collection-view.js';
import { DocumentFaces } from './face/document-faces.js';
import { CollectionIndexes } from './indexing/collection-indexes.js';
import { LiveIndexes } from './indexing/live-indexes.js';
import { SearchHost } from './indexing/search-host.js';
import type { TagCollectionIndex } from './indexing/tag-collection-index.js';
import { requireNoneAsked } from './indexing/value-extractor.js';
import type { CollectionLinks } from './relating/reference-link.js';
import type { LifetimeRule } from './releasing/lifetime-rule.js';
import { ReleaseStore } from './releasing/release-store.js';
import { ReleaseWrites } from './releasing/release-writes.js';
import { ReleasedDocuments } from './releasing/released-documents.js';
import { ReleasedReader } from './releasing/released-reader.js';
import { ReplicatedReleases } from './releasing/replicated-releases.js';
import { setLifetime } from './releasing/set-lifetime.js';
import { WriteRules } from './releasing/write-rules.js';
import { CollectionViews } from './views/collection-views.js';
import type { ViewUpkeep } from './views/view-upkeep.js';
import { PinnedKeys } from './watch/pinned-keys.js';
import { type WatchedFeed, WatchedQueries } from './watch/watched-queries.js';
import { carryKeptFields } from './writing/carry-kept-fields.js';
import { DocumentWrites } from './writing/document-writes.js';
import { type Environment, REAL_ENVIRONMENT } from './writing/environment.js';
import type { ExpiryQueue } from './writing/expiry-queue.js';
import { greatestId } from './writing/greatest-id.js';
import { isSameValue } from './writing/same-value.js';

/** The parts of its database that a collection needs. */
export interface CollectionContext {
  readonly unknownFields: 'refuse' | 'drop';
  readonly expiry: ExpiryQueue<Collection>;
  /** How many documents of cold collections stay decoded, where `cache` is left out; undefined: none of them stays in a file. */
  readonly coldCache?: DecodedCache | undefined;
  /** Left out: the machine's. */
  readonly environment?: Environment;
  /** The part of the change feed that serves the collection's watched queries. */
  readonly watchedFeed: (target: WriteTarget) => WatchedFeed;
  /** Left out where nothing is written. */
  readonly blobs?: BlobLinks;
  /** Every model of the database, by collection; left out where references lead nowhere. */
  readonly models?: ReadonlyMap<string, DocumentModel>;
  /** How many documents stay decoded; left out: all that were read or written. */
  readonly cache?: DecodedCache | undefined;
  /** Refuses writes that add when memory is nearly used up; left out: nothing does. */
  readonly memory?: MemoryLimit | undefined;
}

/** Says which numbers of a sequence may be given out here. */
export interface SequenceGuide {
  /** The next number after the last that was used. @throws to refuse the insert. */
  next(last: number): number;
  /** Whether an id that was given by hand counts as used. */
  covers(id: number): boolean;
}

export class Collection implements WriteTarget {
  readonly definition: CollectionDefinition;
  readonly name: string;
  /** Not journaled. Changed by `setMemoryOnly` alone. */
  isMemoryOnly: boolean;
  /** Its documents stay in the file of the image, as far as there is one. */
  readonly isCold: boolean;
  readonly isHidden: boolean;
  /** Rows of a view. */
  readonly isDerived: boolean;
  readonly keys: KeyCodec;
  readonly indexes: CollectionIndexes;
  /** The text index; undefined unless the class has `@Search`. */
  readonly search: SearchHost | undefined;
  readonly liveIndexes: LiveIndexes;
  readonly watched: WatchedQueries;
  readonly writes: DocumentWrites;
  /** What the class refuses beyond its fields' rules; undefined for most. */
  rules: WriteRules | undefined;
  /** The writes and reads of releases; undefined unless the class is `@Released()`. */
  releases: ReleaseWrites | undefined;
  /** The same as sync needs it. */
  replicated: ReplicatedReleases | undefined;
  /** What its documents refer to, and what refers to them; undefined for a class without references. */
  links: CollectionLinks | undefined;
  /** For openings. */
  readonly recovery: CollectionRecovery;
  readonly bytesOf: (document: object) => number;
  readonly #context: CollectionContext;
  /** The entries. Written to by this class alone. */
  readonly store: ShardedStore;
  /** Functions of `view(key, fn)` that run. */
  readonly faces: DocumentFaces;
  readonly #isPlainKey: boolean;
  #lastInSequence = 0;
  /** Set where another database gives out the numbers. */
  sequenceGuide: SequenceGuide | undefined;
  /** Finds the blobs of documents; undefined for nearly every class. */
  readonly #blobsOf: BlobFinder | undefined;
  /** Views whose rows follow its documents; undefined for most. */
  views: CollectionViews | undefined;
  readonly #views = new Set<CollectionView>();
  #openingId: string | undefined;
  readonly #memory: MemoryLimit | undefined;
  /** Entries and indexes are another collection's, too: only in databases of tests. */
  #isShared = false;

  constructor(definition: CollectionDefinition, context: CollectionContext) {
    this.definition = definition;
    this.name = definition.model.collection;
    this.isDerived = definition.isDerived === true;
    this.isMemoryOnly = definition.model.storage === 'memory' || this.isDerived;
    this.isHidden = definition.isHidden === true;
    this.bytesOf = documentSizer(definition.model);
    this.keys = new KeyCodec(definition.model);
    this.#isPlainKey = this.keys.isPlain;
    this.#context = context;
    this.#memory = this.isDerived ? undefined : context.memory;
    const isOnDisk = definition.model.storage === 'cold' && context.coldCache !== undefined;
    this.isCold = isOnDisk && !this.isHidden && !this.isDerived;
    const cache = context.cache ?? (this.isCold ? context.coldCache : undefined);
    const isStaying = cache === undefined || this.isHidden || this.isDerived;
    const pins = isStaying ? undefined : new PinnedKeys();
    this.store = new ShardedStore({
      isCold: this.isCold,
      cache: pins && { cache: cache!, sizeOf: this.bytesOf, isPinned: (key) => pins.has(key) },
      keyField: this.#isPlainKey ? definition.model.key.fields[0] : undefined,
      undecodedForm: undecodedFormOf(definition),
    });
    this.faces = new DocumentFaces(this.store, definition);
    this.indexes = new CollectionIndexes(definition, this.store, context.models);
    this.#blobsOf = blobFinder(definition.model);
    if (this.indexes.blobs !== undefined) context.blobs?.add(this.indexes.blobs);
    this.search = definition.search && new SearchHost(definition.search(), this.store, definition.fingerprint);
    this.liveIndexes = new LiveIndexes(this);
    this.watched = new WatchedQueries(context.watchedFeed(this), pins);
    this.writes = new DocumentWrites(this, definition, context.unknownFields, context.environment ?? REAL_ENVIRONMENT);
    if (definition.model.lifetime !== undefined) this.rules = new WriteRules(this);
    this.recovery = new CollectionRecovery(
      definition.model,
      this.store,
      this.indexes,
      (key, expiresAt) => context.expiry.add(this, key, expiresAt, false),
      this.search,
    );
  }

  /**
   * From now on documents may be released, and what is released is frozen.
   *
   * @param records every release of the database.
   * @param upcast leads what older classes released through the user's migrations.
   */
  keepReleases(records: Collection, upcast: Upcast | undefined): void {
    this.rules ??= new WriteRules(this);
    const { definition, rules } = this;
    const store = new ReleaseStore(records, definition);
    const reader = new ReleasedReader(definition, (fingerprint) => store.modelText(fingerprint), upcast);
    const { clock } = this.#context.environment ?? REAL_ENVIRONMENT;
    const released = new ReleasedDocuments(this, store, { lifetime: rules.lifetime, reader, clock });
    rules.released = released;
    this.replicated = new ReplicatedReleases(definition, { store, released, reader, clock });
    // A class that is not released any more has no such methods; what was released by it stays frozen.
    if (definition.model.released) this.releases = new ReleaseWrites(this, released);
  }

  /** From now on the view follows every write. */
  addView(name: string, upkeep: ViewUpkeep): void {
    this.views ??= new CollectionViews();
    this.views.add(name, upkeep);
  }

  get lifetime(): LifetimeRule | undefined {
    return this.rules?.lifetime;
  }

  /** Of a class with `@Lifetime`. @throws DatabaseError as `setLifetime` of set-lifetime.ts. */
  setLifetime(transaction: Transaction, key: unknown, to: unknown, options: object | undefined): object {
    const update = (patch: object): object => this.writes.update(transaction, key, patch);
    return setLifetime(this, this.rules!, transaction, key, to, options, update);
  }

  // Reads

  /** Count of documents. O(1). */
  get size(): number {
    return this.store.size;
  }

  /** Another one each time the database is opened: slots are its own. */
  get openingId(): string {
    this.#openingId ??= randomBytes(9).toString('base64url');
    return this.#openingId;
  }

  /** The document of a public key. O(1). @throws DatabaseError `INVALID_KEY`. */
  get(key: unknown): object | undefined {
    return this.store.find(this.keys.toStoreKey(key));
  }

  /** The entry of a public key. O(1). @throws DatabaseError `INVALID_KEY`. */
  slotOf(key: unknown): Slot | undefined {
    if (!this.#isPlainKey) return this.store.get(this.keys.toStoreKey(key));
    // A key that is found is of the right type, so only a miss has to be checked.
    const slot = this.store.get(key as StoreKey);
    if (slot === undefined) this.keys.toStoreKey(key);
    return slot;
  }

  /** @throws DatabaseError `DOCUMENT_NOT_FOUND`, `INVALID_KEY`. */
  require(key: unknown): Slot {
    const slot = this.slotOf(key);
    if (slot !== undefined) return slot;
    throw new DatabaseError('DOCUMENT_NOT_FOUND', `${this.name} has no document with key ${showValue(key)}`, {
      collection: this.name,
      key,
    });
  }

  publicKey(key: StoreKey): unknown {
    return this.#isPlainKey ? key : this.keys.toPublicKey(key);
  }

  /** @throws DatabaseError `UNINDEXED_FIELD`. */
  tagIndex(field: string): TagCollectionIndex {
    return this.indexes.tag(field);
  }

  slotLike(field: string, document: object): Slot | undefined {
    const index = this.indexes.unique(field);
    const value = index.structure.valueOf(document);
    if (value !== undefined) return index.structure.get(value);
    const { name } = index.model;
    const what = `the input has no value for ${this.name}.${name}, or its index leaves it out`;
    throw new DatabaseError('INVALID_QUERY', what, { collection: this.name, index: name });
  }

  keysWithTag(field: string, tag: unknown): readonly unknown[] {
    return Array.from(this.tagIndex(field).condition(tag).slots(), (slot) => this.publicKey(this.store.keyOf(slot)));
  }

  /** Readers that hold it still now. */
  get viewCount(): number {
    return this.#views.size;
  }

  /**
   * Holds the collection still for a reader, until released. See CollectionView.
   *
   * @param reading how the reader gets documents that were not written to meanwhile; left out: as they are in memory.
   */
  openView(reading?: (slot: Slot) => object): CollectionView {
    const view = new CollectionView(this.store, (released) => this.#views.delete(released), reading);
    this.#views.add(view);
    return view;
  }

  /** Whether the document of the key is there and expires at that very time. O(1). */
  isDueAt(key: StoreKey, expiresAt: number): boolean {
    const slot = this.store.get(key);
    return slot !== undefined && this.store.expiresAtOf(slot) === expiresAt;
  }

  /** The highest number of the sequence given out. */
  get lastInSequence(): number {
    return this.#lastInSequence;
  }

  // Writes

  /**
   * Puts a frozen document: a new entry, or the next revision of the one in `slot`. Checks first, then changes all at once.
   *
   * @param fields that differ from the entry's document; see `CollectionDefinition.differing`.
   * @param given the revision it gets, where another database has numbered it; default: the next one.
   * @param isWhole it has all kept fields that it is to have: another database, which knows more fields, made it.
   * @throws DatabaseError `DUPLICATE_KEY`, `INVALID_INDEX_VALUE`, `RANGE_EXHAUSTED`, `BLOB_MISSING`, `MEMORY_LIMIT`; nothing was changed then.
   */
  put(
    transaction: Transaction,
    slot: Slot | undefined,
    key: StoreKey,
    document: object,
    expiresAt: number | undefined,
    fields: number = ALL_FIELDS,
    given?: number,
    isWhole = false,
  ): object {
    const { store, views } = this;
    if (!this.isDerived) transaction.requireRoom();
    if (this.#isShared) this.#part();
    const before = slot === undefined ? undefined : store.documentOf(slot);
    const beforeRevision = slot === undefined ? 0 : store.revisionOf(slot);
    // What carries its revision was decided elsewhere: by another database, or by the rules themselves.
    if (given === undefined) this.rules?.requirePut(transaction, key, before, document, expiresAt);
    const revision = given ?? beforeRevision + 1;
    if (revision > LAST_COUNT) throw rangeExhausted(`the revision of ${this.name} ${showValue(this.publicKey(key))}`);
    requireNoneAsked(this.name);
    this.liveIndexes.requireIdle();
    // What comes from another database may be ahead of its blobs.
    if (this.#blobsOf !== undefined && given === undefined)
      this.#context.blobs?.require(document, this.#blobsOf, this.name);
    this.indexes.check(transaction, this, slot, before, document, fields);
    // The check may have read others in its place: it is read again here, and not once something has changed.
    if (this.isCold && slot !== undefined) store.holdToWrite(slot);
    // What comes from another database is there already, and a view is no larger than what it is of allows.
    if (this.#memory !== undefined) this.#noteGrowth(this.#memory, before, document, given === undefined);
    if (before !== undefined && !isWhole) carryKeptFields(this.definition.model, before, document);
    if (views !== undefined) views.read(key, before, document, fields);
    this.liveIndexes.beforeWrite(key, before, document);
    const beforeExpiresAt = slot === undefined ? undefined : store.expiresAtOf(slot);
    this.#keepForViews(key);
    if (slot !== undefined) store.replace(slot, document, revision, expiresAt);
    const place = slot ?? store.add(key, document, revision, expiresAt);
    this.indexes.move(place);
    if (views !== undefined) views.move(place);
    this.liveIndexes.afterWrite(place, before, document);
    if (expiresAt !== undefined && expiresAt !== beforeExpiresAt) this.#context.expiry.add(this, key, expiresAt);
    const mark = transaction.mark();
    transaction.add(
      given === undefined
        ? new WriteRecord(this, key, document, expiresAt, before, beforeRevision, beforeExpiresAt)
        : new ReplicatedRecord(given, this, key, document, expiresAt, before, beforeRevision, beforeExpiresAt),
    );
    if (views !== undefined) views.write(transaction, key, mark);
    return document;
  }

  /** @throws DatabaseError `MEMORY_LIMIT` where growth may be refused; nothing was noted then. */
  #noteGrowth(memory: MemoryLimit, before: object | undefined, after: object | undefined, isRefused: boolean): void {
    const addedBytes = this.#sizeOf(after) - this.#sizeOf(before);
    if (addedBytes > 0 && isRefused) memory.require(addedBytes);
    memory.note(addedBytes);
  }

  #sizeOf(document: object | undefined): number {
    return document === undefined ? 0 : this.bytesOf(document);
  }

  /**
   * Removes an entry that is in the store; a draft that has releases becomes the newest of them again.
   *
   * @throws DatabaseError `DOCUMENT_RELEASED`; nothing was changed then.
   */
  remove(transaction: Transaction, slot: Slot): void {
    if (this.rules?.takeBack(transaction, slot) !== true) this.forget(transaction, slot);
  }

  /** Removes an entry whatever the rules of its class say: it was decided elsewhere. */
  forget(transaction: Transaction, slot: Slot): void {
    const { store, views } = this;
    if (!this.isDerived) transaction.requireRoom();
    if (this.#isShared) this.#part();
    const key = store.keyOf(slot);
    const document = store.documentToWrite(slot);
    const revision = store.revisionOf(slot);
    const expiresAt = store.expiresAtOf(slot);
    requireNoneAsked(this.name);
    this.liveIndexes.requireIdle();
    this.indexes.check(transaction, this, slot, document, undefined, ALL_FIELDS);
    if (views !== undefined) views.read(key, document, undefined, ALL_FIELDS);
    this.liveIndexes.beforeWrite(key, document, undefined);
    this.#keepForViews(key);
    this.indexes.move(slot);
    if (views !== undefined) views.move(slot);
    this.liveIndexes.afterWrite(slot, document, undefined);
    store.delete(key);
    if (this.#memory !== undefined) this.#noteGrowth(this.#memory, document, undefined, false);
    const mark = transaction.mark();
    transaction.add(new WriteRecord(this, key, undefined, undefined, document, revision, expiresAt));
    if (views !== undefined) views.write(transaction, key, mark);
  }

  revert(record: WriteRecord): void {
    if (this.#memory !== undefined) this.#noteGrowth(this.#memory, record.document, record.before, false);
    const { key, before, beforeRevision, beforeExpiresAt } = record;
    const { store, views } = this;
    if (this.#isShared) this.#part();
    let slot = store.get(key);
    // A view that could not follow has begun anew: its rows need not be those of the record.
    const document = this.isDerived ? store.find(key) : record.document;
    if (this.isDerived && document === before) return;
    this.#keepForViews(key);
    this.indexes.read(document, before);
    if (before !== undefined) {
      // A document that was deleted comes back in whatever slot is free now.
      if (slot === undefined) slot = store.add(key, before, beforeRevision, beforeExpiresAt);
      else store.replace(slot, before, beforeRevision, beforeExpiresAt);
      if (beforeExpiresAt !== undefined) this.#context.expiry.add(this, key, beforeExpiresAt);
    }
    this.indexes.restore(slot!);
    if (views !== undefined) views.revert(slot!, document, before);
    this.liveIndexes.afterWrite(slot!, document, before);
    if (before === undefined) store.delete(key);
    this.liveIndexes.afterRevert(key, document, before);
    if (views !== undefined) views.mend();
  }

  checkDeferred(): void {
    this.indexes.checkDeferred(this);
  }

  changedFields(before: object | undefined, after: object | undefined): readonly string[] {
    const old = before as Record<string, unknown> | undefined;
    const now = after as Record<string, unknown> | undefined;
    return this.definition.model.fields
      .map((field) => field.name)
      .filter((name) => !isSameValue(old?.[name], now?.[name]));
  }

  /**
   * The next number of the sequence. It is used up by the write that takes it: a refused one moves nothing.
   *
   * @throws DatabaseError `SEQUENCE_EXHAUSTED` at the last number that is exact; what the guide throws.
   */
  nextInSequence(): number | bigint {
    if (this.#lastInSequence >= Number.MAX_SAFE_INTEGER) {
      const what = `the sequence of ${this.name} has no number after ${this.#lastInSequence}`;
      throw new DatabaseError('SEQUENCE_EXHAUSTED', what, { collection: this.name, lastId: this.#lastInSequence });
    }
    const value = this.sequenceGuide?.next(this.#lastInSequence) ?? this.#lastInSequence + 1;
    const { fields, key } = this.definition.model;
    const isBigint = fields.find(({ name }) => name === key.fields[0])?.type.kind === 'bigint';
    const id = isBigint ? BigInt(value) : value;
    if (this.sequenceGuide !== undefined || this.store.get(id) === undefined) return id;
    // Else every insert from now on would be refused: what is refused moves nothing.
    this.#lastInSequence = runSteps(greatestId(this.store));
    return this.nextInSequence();
  }

  /** A document of this id was put: later generated ids are greater, until it is taken back. */
  useSequenceUpTo(transaction: Transaction, id: unknown): void {
    const used = Number(id);
    const before = this.#lastInSequence;
    if (!Number.isSafeInteger(used) || used <= before || this.sequenceGuide?.covers(used) === false) return;
    this.#lastInSequence = used;
    transaction.noteSequence(this, this.definition, used, before);
  }

  revertSequence(value: number): void {
    this.#lastInSequence = value;
  }

  /** The journal says that this number was given out. */
  recoverSequence(value: number): void {
    if (value > this.#lastInSequence) this.#lastInSequence = value;
  }

  /**
   * Takes over all documents of a collection of the same class. Entries and indexes are shared until either is written to,
   * which then copies its own. Not while a transaction runs. O(indexes + documents that expire).
   */
  share(other: Collection): void {
    this.store.share(other.store);
    this.indexes.share(other.indexes);
    if (other.views !== undefined) this.views?.share(other.views);
    this.#isShared = true;
    other.#isShared = true;
    this.isMemoryOnly = other.isMemoryOnly;
    this.#lastInSequence = other.#lastInSequence;
    for (const [slot, expiresAt] of this.store.expiries())
      this.#context.expiry.add(this, this.store.keyOf(slot), expiresAt, false);
  }

  /** Before anything is written to entries or indexes that are another collection's, too. */
  #part(): void {
    this.#isShared = false;
    this.store.part();
    this.indexes.part();
    this.views?.part();
  }

  /** From now on writes are journaled, or not. Never while a transaction runs. */
  setMemoryOnly(isMemoryOnly: boolean): void {
    this.isMemoryOnly = isMemoryOnly;
  }

  /** Before a key is written. */
  #keepForViews(key: StoreKey): void {
    if (this.#views.size > 0) for (const view of this.#views) view.keep(key);
    if (!this.faces.areOpen) return;
    const slot = this.store.get(key);
    if (slot !== undefined) this.faces.keep(slot);
  }
}
