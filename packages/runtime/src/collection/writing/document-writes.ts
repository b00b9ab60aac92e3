/**
 * What each write means: which document it makes, of which key, with which generated id and expiry, and what it puts.
 * What it asks of its input is in input-check.ts, what of the document that is there in write-conditions.ts.
 *
 * Every method runs inside a transaction, checks everything before it changes anything, and throws a DatabaseError
 * when something is wrong; methods that write many documents take their own writes back first.
 */
import { ALL_FIELDS, fieldBits } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { isSetValue } from '../../document/brands.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import { changedTags } from './changed-tags.js';
import { expiryAsked } from './expiry-of.js';
import { UuidGenerator } from './id-generator.js';
import { InputCheck } from './input-check.js';
import type { WritableCollection } from './writable-collection.js';
import { duplicateKey, requireRevision, requireSameKey, requireSameKeys } from './write-conditions.js';

export interface PutSettings {
  readonly ttlMs?: number;
}

export interface RevisionSettings {
  readonly ifRevision?: number;
}

export type PatchSource = object | ((document: never) => object);

const uuids = new UuidGenerator();

export class DocumentWrites {
  readonly #collection: WritableCollection;
  readonly #store: ShardedStore;
  readonly #definition: CollectionDefinition;
  readonly #check: InputCheck;
  /** Fields of the key, as bits. */
  readonly #keyFields: number;

  constructor(collection: WritableCollection, definition: CollectionDefinition, unknownFields: 'refuse' | 'drop') {
    this.#collection = collection;
    this.#store = collection.store;
    this.#definition = definition;
    this.#check = new InputCheck(definition, unknownFields);
    const { key, fields } = definition.model;
    this.#keyFields = fieldBits(fields, key.fields);
  }

  insert(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.store.get(key);
    if (holder !== undefined) throw duplicateKey(this.#collection, key);
    return this.#collection.put(transaction, undefined, key, document, this.#expiresAt(document, options));
  }

  insertMany(transaction: Transaction, inputs: Iterable<object>, options?: PutSettings): object[] {
    if (typeof (inputs as Partial<Iterable<object>> | null | undefined)?.[Symbol.iterator] !== 'function') {
      const message = 'insertMany takes an array of objects, or another iterable of them';
      throw this.#check.failure([{ path: '', rule: 'type', message }]);
    }
    return this.#allOrNone(transaction, () => Array.from(inputs, (input) => this.insert(transaction, input, options)));
  }

  upsert(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    return this.#collection.put(
      transaction,
      this.#collection.store.get(key),
      key,
      document,
      this.#expiresAt(document, options),
    );
  }

  /** Replaces the document that has the input's value in a unique index; it keeps its key. */
  upsertBy(transaction: Transaction, field: string, input: object, options?: PutSettings): object {
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
    const document = this.#check.sealed(this.#definition.build(keyed), unknown);
    const still = this.#still(transaction, mark, slot, key);
    return this.#collection.put(transaction, still, key, document, this.#expiresAt(document, options));
  }

  insertIfAbsent(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.store.get(key);
    const expiresAt = this.#expiresAt(document, options);
    if (holder !== undefined) return this.#store.documentOf(holder);
    return this.#collection.put(transaction, undefined, key, document, expiresAt);
  }

  update(transaction: Transaction, key: unknown, patch: PatchSource, options?: PutSettings & RevisionSettings): object {
    const slot = this.#collection.require(key);
    if (options?.ifRevision !== undefined) requireRevision(this.#collection, slot, options.ifRevision);
    return this.#merge(transaction, slot, patch, options);
  }

  updateMany(transaction: Transaction, keys: readonly unknown[], patch: PatchSource): number {
    return this.#allOrNone(transaction, () => {
      for (const key of keys) this.update(transaction, key, patch);
      return keys.length;
    });
  }

  delete(transaction: Transaction, key: unknown, options?: RevisionSettings): boolean {
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

  increment(transaction: Transaction, key: unknown, field: string, by: number | bigint): object {
    const slot = this.#collection.require(key);
    const value = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
    if (typeof value !== typeof by || (typeof value !== 'number' && typeof value !== 'bigint')) {
      const message = `${field} holds ${value === undefined ? 'nothing' : `a ${typeof value}`}, a ${typeof by} cannot be added to it`;
      throw this.#check.failure([{ path: field, rule: 'type', message }]);
    }
    const sum = typeof value === 'bigint' ? value + (by as bigint) : value + (by as number);
    if (typeof sum === 'number') this.#requireCounted(field, value as number, by as number, sum);
    return this.#merge(transaction, slot, { [field]: sum });
  }

  /** A counter that stands still, or is no number any more, has lost what was added to it. @throws DatabaseError `VALIDATION_FAILED`. */
  #requireCounted(field: string, value: number, by: number, sum: number): void {
    const isExact = !Number.isInteger(value) || !Number.isInteger(by) || Number.isSafeInteger(sum);
    if (isExact && !Number.isNaN(sum)) return;
    const message = `${field} holds ${value}: with ${by} it would be ${Number.isNaN(sum) ? 'no number' : 'beyond 2^53 - 1, where numbers are no longer counted one by one; use a bigint'}`;
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
        { path: field, rule: 'type', message: `${field} holds one tag, not a list of them: use update` },
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

  #build(transaction: Transaction, input: unknown): object {
    const definition = this.#definition;
    const unknown = this.#check.unknownFields(input);
    const document = definition.build(input as object);
    const { generate } = definition.model.key;
    if (generate !== undefined) this.#generateId(transaction, document, generate);
    this.#collection.keys.ofDocument(document);
    return this.#check.sealed(document, unknown);
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
    const document = this.#check.sealed(merged, unknown, differing);
    const slot = this.#still(transaction, mark, found, key);
    const fields = store.documentOf(slot) === before ? differing : ALL_FIELDS;
    const isKept = this.#definition.model.expires === undefined && options?.ttlMs === undefined;
    const expiresAt = isKept ? store.expiresAtOf(slot) : this.#expiresAt(document, options);
    return this.#collection.put(transaction, slot, key, document, expiresAt, fields);
  }

  /**
   * The slot of the key, looked for again when something was written since `mark`: a patch (a function, or getters) and
   * the rules of a class should only look, but one that wrote to this very document must not undo that, bring it back to
   * life, or leave this write in a slot that is another's by now.
   *
   * @throws DatabaseError `DOCUMENT_NOT_FOUND` when it was deleted.
   */
  #still(transaction: Transaction, mark: number, slot: Slot, key: StoreKey): Slot {
    return transaction.mark() === mark ? slot : this.#collection.require(this.#collection.publicKey(key));
  }

  #generateId(transaction: Transaction, document: object, generate: 'uuidv7' | 'sequence'): void {
    const { keys } = this.#collection;
    const field = this.#definition.model.key.fields[0] as string;
    const values = document as Record<string, unknown>;
    if (generate === 'uuidv7') {
      if (keys.isMissing(document)) values[field] = uuids.next();
    } else if (keys.isMissing(document)) values[field] = this.#collection.nextInSequence(transaction);
    else this.#collection.useSequenceUpTo(transaction, values[field]);
  }

  #expiresAt(document: object, options: PutSettings | undefined): number | undefined {
    return expiryAsked(document, this.#definition.model, options?.ttlMs);
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
