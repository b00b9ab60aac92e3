/**
 * The meaning of each write: which document it makes, of which key, with which generated id and expiry, and what it
 * puts. The checks of the input are in input-check.ts, those of the existing document in write-conditions.ts.
 *
 * Every method runs inside a transaction, checks everything before it changes anything, and throws a DatabaseError
 * when something is wrong; methods that write many documents take their own writes back first.
 */
import { ALL_FIELDS, fieldBits, type KeyGeneration } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { checkOptionsOf } from '../../commit/write-options.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import { isSetValue } from '../../document/brands.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import { changedTags } from './changed-tags.js';
import type { Environment } from './environment.js';
import { expiryAsked } from './expiry-of.js';
import { InputCheck } from './input-check.js';
import { isSameValue } from './same-value.js';
import { isUnchanged } from './unchanged.js';
import type { WritableCollection } from './writable-collection.js';
import type { AnswerSettings, WrittenEntry } from './write-answer.js';
import { duplicateKey, requireRevision, requireSameKey, requireSameKeys } from './write-conditions.js';

export interface PutSettings extends AnswerSettings {
  readonly ttlMs?: number;
}

export interface RevisionSettings {
  readonly ifRevision?: number;
}

export type PatchSource = object | ((document: never) => object);

/** From so many on, whether they fit in one transaction is asked first. */
const MANY_DOCUMENTS = 1_024;

export class DocumentWrites {
  readonly #collection: WritableCollection;
  readonly #store: ShardedStore;
  readonly #definition: CollectionDefinition;
  readonly #check: InputCheck;
  readonly #environment: Environment;
  /** Fields of the key, as bits. */
  readonly #keyFields: number;
  /** Fields that the class calls `readonly`, as bits. */
  readonly #fixedFields: number;
  readonly #isSequence: boolean;

  constructor(
    collection: WritableCollection,
    definition: CollectionDefinition,
    unknownFields: 'refuse' | 'drop',
    environment: Environment,
  ) {
    this.#collection = collection;
    this.#environment = environment;
    this.#store = collection.store;
    this.#definition = definition;
    this.#check = new InputCheck(definition, unknownFields);
    const { key, fields } = definition.model;
    this.#keyFields = fieldBits(fields, key.fields);
    this.#fixedFields = fieldBits(fields, definition.readonlyFields ?? []);
    this.#isSequence = key.generate === 'sequence';
  }

  insert(transaction: Transaction, input: object, options?: PutSettings): object {
    if (options != null) checkOptionsOf('insert', options);
    const document = this.#build(input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.store.get(key);
    if (holder !== undefined) throw duplicateKey(this.#collection, key);
    return this.#put(transaction, undefined, key, document, this.#expiresAt(document, options), options);
  }

  insertMany(transaction: Transaction, inputs: Iterable<object>, options?: PutSettings): object[] {
    this.#requireMany(inputs, 'insertMany');
    return this.#allOrNone(transaction, () => Array.from(inputs, (input) => this.insert(transaction, input, options)));
  }

  upsert(transaction: Transaction, input: object, options?: PutSettings): object {
    if (options != null) checkOptionsOf('insert', options);
    const document = this.#build(input);
    const key = this.#collection.keys.ofDocument(document);
    const slot = this.#collection.store.get(key);
    return this.#put(transaction, slot, key, document, this.#expiresAt(document, options), options);
  }

  upsertMany(transaction: Transaction, inputs: Iterable<object>, options?: PutSettings): object[] {
    this.#requireMany(inputs, 'upsertMany');
    return this.#allOrNone(transaction, () => Array.from(inputs, (input) => this.upsert(transaction, input, options)));
  }

  #requireMany(inputs: unknown, name: string): void {
    if (typeof (inputs as Partial<Iterable<object>> | null | undefined)?.[Symbol.iterator] === 'function') return;
    const message = `${name} takes an array of objects, or another iterable of objects`;
    throw this.#check.failure([{ path: '', rule: 'type', message }]);
  }

  /** Replaces the document that has the input's value in a unique index; it keeps its key. */
  upsertBy(transaction: Transaction, field: string, input: object, options?: PutSettings): object {
    if (options != null) checkOptionsOf('insert', options);
    const unknown = this.#check.unknownFields(input);
    const mark = transaction.mark();
    const slot = this.#collection.slotLike(field, this.#definition.build(input));
    if (slot === undefined) return this.insert(transaction, input, options);
    const held = this.#store.documentOf(slot) as Record<string, unknown>;
    const keyed: Record<string, unknown> = { ...input };
    for (const name of this.#definition.model.key.fields) {
      if (keyed[name] === undefined) keyed[name] = held[name];
      else requireSameKey(this.#collection, held, name, keyed[name]);
    }
    const key = this.#store.keyOf(slot);
    const document = this.#check.frozen(this.#definition.build(keyed), unknown);
    const current = this.#currentSlot(transaction, mark, slot, key);
    return this.#put(transaction, current, key, document, this.#expiresAt(document, options), options);
  }

  insertIfAbsent(transaction: Transaction, input: object, options?: PutSettings): object {
    if (options != null) checkOptionsOf('insert', options);
    const document = this.#build(input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.store.get(key);
    const expiresAt = this.#expiresAt(document, options);
    if (holder !== undefined) return this.#answer(holder, this.#store.documentOf(holder), false, options);
    return this.#put(transaction, undefined, key, document, expiresAt, options);
  }

  update(transaction: Transaction, key: unknown, patch: PatchSource, options?: PutSettings & RevisionSettings): object {
    if (options != null) checkOptionsOf('update', options);
    const slot = this.#collection.require(key);
    if (options?.ifRevision !== undefined) requireRevision(this.#collection, slot, options.ifRevision);
    return this.#merge(transaction, slot, patch, options);
  }

  /** Refuses an update of many that cannot be one transaction, before any is looked at. @throws DatabaseError `TRANSACTION_TOO_LARGE`. */
  requireRoomForUpdates(transaction: Transaction, slots: ArrayLike<Slot>, patch: PatchSource): void {
    // A function may write; and what it answers is not to be asked for twice.
    if (typeof patch !== 'object' || patch === null) return;
    const definition = this.#definition;
    const given = definition.given?.(patch) ?? ALL_FIELDS;
    this.#requireRoomFor(transaction, slots, (document) => definition.merge(document, patch, given));
  }

  /** @param written what becomes of a document; left out: about as many bytes as it has. */
  #requireRoomFor(
    transaction: Transaction,
    slots: ArrayLike<Slot>,
    written: (document: object) => object = (document) => document,
  ): void {
    if (slots.length < MANY_DOCUMENTS || this.#collection.isMemoryOnly) return;
    const documentAt = (place: number): object => written(this.#store.documentOf(slots[place]!));
    transaction.requireRoomFor(slots.length, this.#definition, documentAt);
  }

  updateMany(transaction: Transaction, keys: readonly unknown[], patch: PatchSource): number {
    // Also when there is nothing to change: whether a call is right does not depend on the data.
    if (typeof patch !== 'function') this.#check.unknownFields(patch);
    return this.#allOrNone(transaction, () => {
      for (const key of keys) this.update(transaction, key, patch);
      return keys.length;
    });
  }

  delete(transaction: Transaction, key: unknown, options?: RevisionSettings): boolean {
    if (options != null) checkOptionsOf('delete', options);
    const slot = this.#collection.slotOf(key);
    if (options?.ifRevision !== undefined)
      requireRevision(this.#collection, slot ?? this.#collection.require(key), options.ifRevision);
    if (slot === undefined) return false;
    this.#collection.remove(transaction, slot);
    return true;
  }

  deleteMany(transaction: Transaction, keys: readonly unknown[]): number {
    return this.#allOrNone(transaction, () => {
      for (const key of keys) this.delete(transaction, key);
      return keys.length;
    });
  }

  /** Removes all documents; their count. */
  clear(transaction: Transaction): number {
    return this.#allOrNone(transaction, () => {
      const { size } = this.#collection.store;
      for (const slot of this.#collection.store.slots()) this.#collection.remove(transaction, slot);
      return size;
    });
  }

  increment(transaction: Transaction, key: unknown, field: string, by: number | bigint): object {
    const slot = this.#collection.require(key);
    if (typeof field !== 'string') {
      const message = `increment takes the name of a field, found ${showValue(field)}`;
      throw this.#check.failure([{ path: '', rule: 'type', message }]);
    }
    const value = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
    if (typeof value !== typeof by || (typeof value !== 'number' && typeof value !== 'bigint')) {
      const message = `${field} holds ${value === undefined ? 'nothing' : `a ${typeof value}`}, a ${typeof by} cannot be added to it`;
      throw this.#check.failure([{ path: field, rule: 'type', message }]);
    }
    const sum = typeof value === 'bigint' ? value + (by as bigint) : value + (by as number);
    if (typeof sum === 'number') this.#requireCounted(field, value as number, by as number, sum);
    return this.#merge(transaction, slot, { [field]: sum });
  }

  /** A counter that stands still, or is not a number any more, has lost what was added to it. @throws DatabaseError `VALIDATION_FAILED`. */
  #requireCounted(field: string, value: number, by: number, sum: number): void {
    const isExact = !Number.isInteger(value) || !Number.isInteger(by) || Number.isSafeInteger(sum);
    const standsStill = sum === value && by !== 0 && Number.isFinite(sum);
    if (isExact && !standsStill && !Number.isNaN(sum)) return;
    const message = `${field} holds ${value}: with ${by} it would be ${Number.isNaN(sum) ? 'no number' : 'beyond 2^53 - 1, where numbers are no longer exact; use a bigint'}`;
    throw this.#check.failure([{ path: field, rule: 'increment', message }]);
  }

  /** @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY` for an absent tag, `INVALID_INDEX_VALUE`, those of `update`. */
  addTag(transaction: Transaction, key: unknown, field: string, tag: unknown): object {
    this.#collection.tagIndex(field).requireTag(tag);
    return this.#changeTag(transaction, key, field, undefined, tag);
  }

  /** @throws DatabaseError as `addTag`. */
  removeTag(transaction: Transaction, key: unknown, field: string, tag: unknown): object {
    this.#collection.tagIndex(field).requireTag(tag);
    return this.#changeTag(transaction, key, field, tag, undefined);
  }

  /** Takes `from` off the field's tags and adds `to`, in its place when there are both; either may be undefined. */
  #changeTag(transaction: Transaction, key: unknown, field: string, from: unknown, to: unknown): object {
    const slot = this.#collection.require(key);
    const held = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
    const isSet = isSetValue(held);
    if (!isSet && !Array.isArray(held) && held !== undefined) {
      throw this.#check.failure([
        { path: field, rule: 'type', message: `${field} holds one tag, not a list of tags; use update` },
      ]);
    }
    const before = [...((held ?? []) as Iterable<unknown>)];
    const after = changedTags(before, from, to);
    if (after.length === before.length && after.every((tag, index) => tag === before[index]))
      return this.#store.documentOf(slot);
    return this.#merge(transaction, slot, { [field]: isSet ? new Set(after) : after });
  }

  renameTag(transaction: Transaction, field: string, from: unknown, to: unknown): number {
    const index = this.#collection.tagIndex(field);
    index.requireTag(from);
    index.requireTag(to);
    this.#requireRoomFor(transaction, index.slotsOf(from));
    const keys = this.#collection.keysWithTag(field, from);
    this.#allOrNone(transaction, () => {
      for (const key of keys) {
        const slot = this.#collection.require(key);
        const held = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
        if (Array.isArray(held) || isSetValue(held)) this.#changeTag(transaction, key, field, from, to);
        else this.#merge(transaction, slot, { [field]: to });
      }
    });
    return keys.length;
  }

  #build(input: unknown): object {
    const definition = this.#definition;
    const unknown = this.#check.unknownFields(input);
    const document = definition.build(input as object);
    const { generate } = definition.model.key;
    if (generate !== undefined && this.#collection.keys.isMissing(document)) this.#generateId(document, generate);
    this.#collection.keys.ofDocument(document);
    return this.#check.frozen(document, unknown);
  }

  /** Puts a document, and only then uses up its number of the sequence: what is refused moves nothing. */
  #put(
    transaction: Transaction,
    slot: Slot | undefined,
    key: StoreKey,
    document: object,
    expiresAt: number | undefined,
    options: PutSettings | undefined,
  ): object {
    this.#collection.put(transaction, slot, key, document, expiresAt);
    if (slot === undefined && this.#isSequence) this.#collection.useSequenceUpTo(transaction, key);
    if (options?.returning !== 'entry') return document;
    return this.#answer(slot ?? this.#store.get(key)!, document, slot === undefined, options);
  }

  #answer(slot: Slot, document: object, inserted: boolean, options: PutSettings | undefined): object {
    if (options?.returning !== 'entry') return document;
    return { document, revision: this.#store.revisionOf(slot), inserted } satisfies WrittenEntry;
  }

  #merge(transaction: Transaction, found: Slot, patch: PatchSource, options?: PutSettings): object {
    const store = this.#store;
    const key = store.keyOf(found);
    const before = store.documentOf(found);
    const definition = this.#definition;
    const mark = transaction.mark();
    const changes: unknown = typeof patch === 'function' ? (patch as (document: object) => object)(before) : patch;
    const unknown = this.#check.unknownFields(changes);
    const given = definition.given?.(changes as object) ?? ALL_FIELDS;
    if ((given & this.#keyFields) !== 0)
      requireSameKeys(this.#collection, before, changes as Readonly<Record<string, unknown>>);
    const merged = definition.merge(before, changes as object, given);
    const isUndisturbed = transaction.mark() === mark;
    const differing = isUndisturbed ? (definition.differing?.(before, merged, given) ?? ALL_FIELDS) : ALL_FIELDS;
    const document = this.#check.frozen(merged, unknown, differing);
    if ((differing & this.#fixedFields) !== 0) this.#requireFixed(before, document);
    const slot = this.#currentSlot(transaction, mark, found, key);
    const held = store.documentOf(slot);
    const fields = held === before ? differing : ALL_FIELDS;
    const isKept = this.#definition.model.expires === undefined && options?.ttlMs === undefined;
    const expiresAt = isKept ? store.expiresAtOf(slot) : this.#expiresAt(document, options);
    if (isUnchanged(definition.model.fields, held, document, fields) && expiresAt === store.expiresAtOf(slot))
      return this.#answer(slot, held, false, options);
    this.#collection.put(transaction, slot, key, document, expiresAt, fields);
    return options == null ? document : this.#answer(slot, document, false, options);
  }

  /** The checks of a patch for callers without a compiler. @throws DatabaseError `VALIDATION_FAILED`. */
  #requireFixed(before: object, after: object): void {
    const changed = (this.#definition.readonlyFields ?? []).filter(
      (name) => !isSameValue((before as Record<string, unknown>)[name], (after as Record<string, unknown>)[name]),
    );
    if (changed.length === 0) return;
    throw this.#check.failure(
      changed.map((name) => ({
        path: name,
        rule: 'readonly',
        message: `${name} is readonly: an insert sets it, and no update changes it`,
      })),
    );
  }

  /**
   * The slot of the key, looked for again when something was written since `mark`: a patch (a function, or getters) and
   * the rules of a class should only look, but one that wrote to this very document must not undo that, bring it back to
   * life, or leave this write in a slot that is another's by now.
   *
   * @throws DatabaseError `DOCUMENT_NOT_FOUND` when it was deleted.
   */
  #currentSlot(transaction: Transaction, mark: number, slot: Slot, key: StoreKey): Slot {
    return transaction.mark() === mark ? slot : this.#collection.require(this.#collection.publicKey(key));
  }

  #generateId(document: object, generate: KeyGeneration): void {
    (document as Record<string, unknown>)[this.#definition.model.key.fields[0]!] = this.#newId(generate);
  }

  #newId(generate: KeyGeneration): StoreKey {
    switch (generate) {
      case 'uuidv7':
        return this.#environment.ids.uuid();
      case 'ulid':
        return this.#environment.ids.ulid();
      case 'sequence':
        return this.#collection.nextInSequence();
    }
  }

  #expiresAt(document: object, options: PutSettings | undefined): number | undefined {
    return expiryAsked(document, this.#definition.model, options?.ttlMs, this.#environment.clock);
  }

  /** Runs `work`; when it throws half way, its writes are taken back before the error goes on. */
  #allOrNone<T>(transaction: Transaction, work: () => T): T {
    const mark = transaction.mark();
    try {
      return work();
    } catch (error) {
      transaction.unwindTo(mark);
      throw error;
    }
  }
}
