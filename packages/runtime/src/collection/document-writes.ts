/**
 * What each write means: building, validating and sealing documents, keys and generated ids, revisions and expiry.
 *
 * Every method runs inside a transaction, checks everything before it changes anything, and throws a DatabaseError
 * when something is wrong; methods that write many documents take their own writes back first.
 */
import {
  ALL_FIELDS,
  DatabaseError,
  fieldBits,
  furtherValidation,
  readClassMetadata,
  type Violation,
} from '@nuthatch/model';
import type { StoreKey } from '../commit/effect.js';
import type { Transaction } from '../commit/transaction.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ShardedStore } from '../store/sharded-store.js';
import type { Slot } from '../structures/slot.js';
import { expiryOf } from './expiry-of.js';
import { UuidGenerator } from './id-generator.js';
import type { KeyCodec } from './key-codec.js';
import { showValue } from './show-value.js';

/** What writes need of their collection. */
export interface WritableCollection {
  readonly keys: KeyCodec;
  publicKey(key: StoreKey): unknown;
  readonly store: ShardedStore;
  slotOf(key: unknown): Slot | undefined;
  require(key: unknown): Slot;
  keysWithTag(field: string, tag: unknown): readonly unknown[];
  /** @throws DatabaseError `UNINDEXED_FIELD`. */
  tagIndex(field: string): unknown;
  /** The entry with the document's value in a unique index. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  slotLike(field: string, document: object): Slot | undefined;
  nextInSequence(transaction: Transaction): number | bigint;
  useSequenceUpTo(transaction: Transaction, value: unknown): void;
  put(
    transaction: Transaction,
    slot: Slot | undefined,
    key: StoreKey,
    document: object,
    expiresAt: number | undefined,
    fields?: number,
  ): object;
  remove(transaction: Transaction, slot: Slot): void;
}

export interface PutSettings {
  readonly ttlMs?: number;
}

export interface RevisionSettings {
  readonly ifRevision?: number;
}

export type PatchSource = object | ((document: never) => object);

const NO_VIOLATIONS: readonly Violation[] = [];
const uuids = new UuidGenerator();
/** Violations written out in a message; all are in the facts. */
const MESSAGE_VIOLATION_COUNT = 5;

export class DocumentWrites {
  readonly #collection: WritableCollection;
  readonly #store: ShardedStore;
  readonly #definition: CollectionDefinition;
  /** class-validator, for classes with rules the generator does not compile. */
  readonly #furtherValidation: ReturnType<typeof furtherValidation>;
  readonly #dropsUnknown: boolean;
  /** Fields of the key, as bits. */
  readonly #keyFields: number;
  /** The date field that says when a document expires; undefined: `ttlMs` does. */
  readonly #expiresField: string | undefined;

  constructor(collection: WritableCollection, definition: CollectionDefinition, unknownFields: 'refuse' | 'drop') {
    this.#collection = collection;
    this.#store = collection.store;
    this.#definition = definition;
    this.#furtherValidation = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
    this.#dropsUnknown = unknownFields === 'drop';
    this.#expiresField = definition.model.expires;
    const { key, fields } = definition.model;
    this.#keyFields = fieldBits(fields, key.fields);
  }

  insert(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.store.get(key);
    if (holder !== undefined) throw this.#duplicateKey(key);
    return this.#collection.put(transaction, undefined, key, document, this.#expiresAt(document, options));
  }

  insertMany(transaction: Transaction, inputs: Iterable<object>, options?: PutSettings): object[] {
    if (typeof (inputs as Partial<Iterable<object>> | null | undefined)?.[Symbol.iterator] !== 'function') {
      const message = 'insertMany takes an array of objects, or another iterable of them';
      throw this.#validationFailed([{ path: '', rule: 'type', message }]);
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
    const unknown = this.#checkFields(input);
    const mark = transaction.mark();
    const slot = this.#collection.slotLike(field, this.#definition.build(input));
    if (slot === undefined) return this.insert(transaction, input, options);
    const held = this.#store.documentOf(slot) as Record<string, unknown>;
    const keyed: Record<string, unknown> = { ...input };
    for (const name of this.#definition.model.key.fields) {
      if (keyed[name] === undefined) keyed[name] = held[name];
      else this.#requireSameKey(held, name, keyed[name]);
    }
    const key = this.#store.keyOf(slot);
    const document = this.#validated(this.#definition.build(keyed), unknown);
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
    if (options?.ifRevision !== undefined) this.#requireRevision(slot, options.ifRevision);
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
      this.#requireRevision(slot ?? this.#collection.require(key), options.ifRevision);
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
      throw this.#validationFailed([{ path: field, rule: 'type', message }]);
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
    throw this.#validationFailed([{ path: field, rule: 'increment', message }]);
  }

  /** Takes `from` off the field's tags and adds `to`, in its place when there are both; either may be undefined. */
  changeTag(transaction: Transaction, key: unknown, field: string, from: unknown, to: unknown): object {
    this.#collection.tagIndex(field);
    const slot = this.#collection.require(key);
    const held = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
    const isSet = held instanceof Set;
    if (!isSet && !Array.isArray(held) && held !== undefined) {
      throw this.#validationFailed([
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
    const keys = this.#collection.keysWithTag(field, from);
    this.#allOrNone(transaction, () => {
      for (const key of keys) {
        const slot = this.#collection.require(key);
        const held = (this.#store.documentOf(slot) as Record<string, unknown>)[field];
        if (Array.isArray(held) || held instanceof Set) this.changeTag(transaction, key, field, from, to);
        else this.#merge(transaction, slot, { [field]: to });
      }
    });
    return keys.length;
  }

  #build(transaction: Transaction, input: unknown): object {
    const definition = this.#definition;
    const unknown = this.#checkFields(input);
    const document = definition.build(input as object);
    const { generate } = definition.model.key;
    if (generate !== undefined) this.#generateId(transaction, document, generate);
    this.#collection.keys.ofDocument(document);
    return this.#validated(document, unknown);
  }

  #merge(transaction: Transaction, found: Slot, patch: PatchSource, options?: PutSettings): object {
    const store = this.#store;
    const key = store.keyOf(found);
    const before = store.documentOf(found);
    const definition = this.#definition;
    const mark = transaction.mark();
    const changes: unknown = typeof patch === 'function' ? (patch as (document: object) => object)(before) : patch;
    const unknown = this.#checkFields(changes);
    const given = definition.given?.(changes as object) ?? ALL_FIELDS;
    if ((given & this.#keyFields) !== 0) this.#requireSameKeys(before, changes as Readonly<Record<string, unknown>>);
    const merged = definition.merge(before, changes as object, given);
    const isUndisturbed = transaction.mark() === mark;
    const differing = isUndisturbed ? (definition.differing?.(before, merged, given) ?? ALL_FIELDS) : ALL_FIELDS;
    const document = this.#validated(merged, unknown, differing);
    const slot = this.#still(transaction, mark, found, key);
    const fields = store.documentOf(slot) === before ? differing : ALL_FIELDS;
    const isKept = this.#expiresField === undefined && options?.ttlMs === undefined;
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

  /** @returns a violation for each field no model knows. @throws DatabaseError `VALIDATION_FAILED` when it is no object. */
  #checkFields(input: unknown): readonly Violation[] {
    if (
      typeof input !== 'object' ||
      input === null ||
      Array.isArray(input) ||
      typeof (input as { then?: unknown }).then === 'function'
    ) {
      const given =
        input === null
          ? 'null'
          : Array.isArray(input)
            ? 'an array'
            : typeof input === 'object'
              ? 'a promise'
              : `a ${typeof input}`;
      throw this.#validationFailed([
        {
          path: '',
          rule: 'type',
          message: `a ${this.#definition.model.name} is made from an object, not from ${given}`,
        },
      ]);
    }
    const unknown = this.#dropsUnknown ? undefined : this.#definition.unknownFields(input);
    if (unknown === undefined) return NO_VIOLATIONS;
    return unknown.map((path) => ({
      path,
      rule: 'unknownField',
      message: `${path} is no field of ${this.#definition.model.name}`,
    }));
  }

  /** @param fields that may be wrong or still the caller's own: those an update left alone are neither. */
  #validated(document: object, unknown: readonly Violation[], fields: number = ALL_FIELDS): object {
    let violations = this.#definition.validate(document, fields);
    if (this.#furtherValidation) violations = [...(violations ?? []), ...this.#furtherValidation(document, violations)];
    if (unknown.length > 0) violations = [...unknown, ...(violations ?? [])];
    if (violations !== undefined && violations.length > 0) throw this.#validationFailed(violations);
    return this.#definition.seal(document, fields);
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

  /** @throws DatabaseError `INVALID_OPTION` for a `ttlMs` that is none, or beside a field of `@Expires()`. */
  #expiresAt(document: object, options: PutSettings | undefined): number | undefined {
    const ttlMs = options?.ttlMs;
    if (this.#expiresField !== undefined) {
      if (ttlMs === undefined) return expiryOf(document, this.#expiresField);
      const what = `a ${this.#definition.model.name} expires at its ${this.#expiresField}: set that field, not \`ttlMs\``;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'ttlMs', field: this.#expiresField });
    }
    if (ttlMs === undefined) return undefined;
    if (typeof ttlMs !== 'number' || !(ttlMs > 0) || ttlMs > Number.MAX_SAFE_INTEGER / 2) {
      throw new DatabaseError(
        'INVALID_OPTION',
        `\`ttlMs\` must be a positive number of milliseconds, it is ${String(ttlMs)}`,
        { option: 'ttlMs' },
      );
    }
    return Date.now() + Math.ceil(ttlMs);
  }

  #requireRevision(slot: Slot, ifRevision: number): void {
    const revision = this.#store.revisionOf(slot);
    if (revision === ifRevision) return;
    const { collection } = this.#definition.model;
    const key = this.#collection.publicKey(this.#store.keyOf(slot));
    const what = `${collection} ${showValue(key)} has revision ${revision}, not ${String(ifRevision)}`;
    throw new DatabaseError('REVISION_MISMATCH', what, { collection, key, revision, ifRevision });
  }

  /** @throws DatabaseError `KEY_CHANGED`. */
  #requireSameKeys(document: object, changes: Readonly<Record<string, unknown>>): void {
    for (const field of this.#definition.model.key.fields)
      if (Object.hasOwn(changes, field)) this.#requireSameKey(document, field, changes[field]);
  }

  #requireSameKey(document: object, field: string, value: unknown): void {
    const held = (document as Record<string, unknown>)[field];
    const isSame =
      held === value || (held instanceof Date && value instanceof Date && held.getTime() === value.getTime());
    if (isSame) return;
    const { collection } = this.#definition.model;
    const key = this.#collection.publicKey(this.#collection.keys.ofDocument(document));
    throw new DatabaseError('KEY_CHANGED', `the patch gives ${collection} ${showValue(key)} another ${field}`, {
      collection,
      key,
      field,
    });
  }

  #duplicateKey(key: StoreKey): DatabaseError {
    const { collection } = this.#definition.model;
    const holderKey = this.#collection.publicKey(key);
    const index = this.#definition.model.key.fields.join('_');
    const what = `${collection} already holds a document with ${index} ${showValue(holderKey)}`;
    return new DatabaseError('DUPLICATE_KEY', what, { collection, index, value: holderKey, holderKey });
  }

  #validationFailed(violations: readonly Violation[]): DatabaseError {
    const { collection, name } = this.#definition.model;
    const shown = violations.slice(0, MESSAGE_VIOLATION_COUNT).map((violation) => violation.message);
    const more = violations.length > shown.length ? `; and ${violations.length - shown.length} more` : '';
    return new DatabaseError('VALIDATION_FAILED', `${name} is not valid: ${shown.join('; ')}${more}`, {
      collection,
      violations,
    });
  }
}

/** One of each, as a tag index counts them; only the tags in question are touched. */
function changedTags(before: readonly unknown[], from: unknown, to: unknown): readonly unknown[] {
  if (to === undefined) return before.filter((tag) => tag !== from);
  if (from === undefined) return before.includes(to) ? before : [...before, to];
  const first = before.findIndex((tag) => tag === from || tag === to);
  const rest = (tag: unknown, at: number): boolean => at === first || (tag !== from && tag !== to);
  return before.filter(rest).map((tag) => (tag === from ? to : tag));
}
