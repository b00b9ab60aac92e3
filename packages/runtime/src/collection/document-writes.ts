/**
 * What each write means: building, validating and sealing documents, keys and generated ids, revisions and expiry.
 *
 * Every method runs inside a transaction, checks everything before it changes anything, and throws a DatabaseError
 * when something is wrong; methods that write many documents take their own writes back first.
 */
import { ALL_FIELDS, DatabaseError, furtherValidation, readClassMetadata, type Violation } from '@nuthatch/model';
import type { StoreKey } from '../commit/effect.js';
import type { Transaction } from '../commit/transaction.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { Entry } from '../store/entry.js';
import { expiryOf } from './expiry-of.js';
import { UuidGenerator } from './id-generator.js';
import type { KeyCodec } from './key-codec.js';
import { showValue } from './show-value.js';

/** What writes need of their collection. */
export interface WritableCollection {
  readonly keys: KeyCodec;
  publicKey(key: StoreKey): unknown;
  storedEntry(key: StoreKey): Entry | undefined;
  entryOf(key: unknown): Entry | undefined;
  require(key: unknown): Entry;
  keysWithTag(field: string, tag: unknown): readonly unknown[];
  /** @throws DatabaseError `UNINDEXED_FIELD`. */
  tagIndex(field: string): unknown;
  /** The entry with the document's value in a unique index. @throws DatabaseError `UNINDEXED_FIELD`, `INVALID_QUERY`. */
  entryLike(field: string, document: object): Entry | undefined;
  nextInSequence(transaction: Transaction): number | bigint;
  useSequenceUpTo(transaction: Transaction, value: unknown): void;
  put(
    transaction: Transaction,
    entry: Entry | undefined,
    key: StoreKey,
    document: object,
    expiresAt: number | undefined,
    fields?: number,
  ): object;
  remove(transaction: Transaction, entry: Entry): void;
}

export interface PutSettings {
  readonly ttlMs?: number;
}

export interface RevisionSettings {
  readonly ifRevision?: number;
}

type PatchSource = object | ((document: never) => object);

const NO_VIOLATIONS: readonly Violation[] = [];
const uuids = new UuidGenerator();
/** Violations written out in a message; all are in the facts. */
const MESSAGE_VIOLATION_COUNT = 5;

export class DocumentWrites {
  readonly #collection: WritableCollection;
  readonly #definition: CollectionDefinition;
  /** class-validator, for classes with rules the generator does not compile. */
  readonly #furtherValidation: ReturnType<typeof furtherValidation>;
  readonly #dropsUnknown: boolean;
  /** The date field that says when a document expires; undefined: `ttlMs` does. */
  readonly #expiresField: string | undefined;

  constructor(collection: WritableCollection, definition: CollectionDefinition, unknownFields: 'refuse' | 'drop') {
    this.#collection = collection;
    this.#definition = definition;
    this.#furtherValidation = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
    this.#dropsUnknown = unknownFields === 'drop';
    this.#expiresField = definition.model.expires;
  }

  insert(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.storedEntry(key);
    if (holder !== undefined) throw this.#duplicateKey(key);
    return this.#collection.put(transaction, undefined, key, document, this.#expiresAt(document, options));
  }

  insertMany(transaction: Transaction, inputs: Iterable<object>, options?: PutSettings): object[] {
    return this.#allOrNone(transaction, () => Array.from(inputs, (input) => this.insert(transaction, input, options)));
  }

  upsert(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    return this.#collection.put(
      transaction,
      this.#collection.storedEntry(key),
      key,
      document,
      this.#expiresAt(document, options),
    );
  }

  /** Replaces the document that has the input's value in a unique index; it keeps its key. */
  upsertBy(transaction: Transaction, field: string, input: object, options?: PutSettings): object {
    const unknown = this.#checkFields(input);
    const entry = this.#collection.entryLike(field, this.#definition.build(input));
    if (entry === undefined) return this.insert(transaction, input, options);
    const held = entry.document as Record<string, unknown>;
    const keyed: Record<string, unknown> = { ...input };
    for (const name of this.#definition.model.key.fields) {
      if (keyed[name] === undefined) keyed[name] = held[name];
      else this.#requireSameKey(entry, name, keyed[name]);
    }
    const document = this.#validated(this.#definition.build(keyed), unknown);
    return this.#collection.put(transaction, entry, entry.key, document, this.#expiresAt(document, options));
  }

  insertIfAbsent(transaction: Transaction, input: object, options?: PutSettings): object {
    const document = this.#build(transaction, input);
    const key = this.#collection.keys.ofDocument(document);
    const holder = this.#collection.storedEntry(key);
    const expiresAt = this.#expiresAt(document, options);
    return holder?.document ?? this.#collection.put(transaction, undefined, key, document, expiresAt);
  }

  update(transaction: Transaction, key: unknown, patch: PatchSource, options?: PutSettings & RevisionSettings): object {
    const entry = this.#collection.require(key);
    if (options?.ifRevision !== undefined) this.#requireRevision(entry, options.ifRevision);
    return this.#merge(transaction, entry, patch, options);
  }

  updateMany(transaction: Transaction, keys: readonly unknown[], patch: PatchSource): number {
    return this.#allOrNone(transaction, () => {
      for (const key of keys) this.update(transaction, key, patch);
      return keys.length;
    });
  }

  delete(transaction: Transaction, key: unknown, options?: RevisionSettings): boolean {
    const entry = this.#collection.entryOf(key);
    if (options?.ifRevision !== undefined)
      this.#requireRevision(entry ?? this.#collection.require(key), options.ifRevision);
    if (entry === undefined) return false;
    this.#collection.remove(transaction, entry);
    return true;
  }

  deleteMany(transaction: Transaction, keys: readonly unknown[]): number {
    for (const key of keys) this.delete(transaction, key);
    return keys.length;
  }

  increment(transaction: Transaction, key: unknown, field: string, by: number | bigint): object {
    const entry = this.#collection.require(key);
    const value = (entry.document as Record<string, unknown>)[field];
    if (typeof value !== typeof by || (typeof value !== 'number' && typeof value !== 'bigint')) {
      const message = `${field} holds ${value === undefined ? 'nothing' : `a ${typeof value}`}, a ${typeof by} cannot be added to it`;
      throw this.#validationFailed([{ path: field, rule: 'type', message }]);
    }
    const sum = typeof value === 'bigint' ? value + (by as bigint) : value + (by as number);
    return this.#merge(transaction, entry, { [field]: sum });
  }

  /** Takes `from` off the field's tags and adds `to`; either may be undefined. */
  changeTag(transaction: Transaction, key: unknown, field: string, from: unknown, to: unknown): object {
    this.#collection.tagIndex(field);
    const entry = this.#collection.require(key);
    const held = (entry.document as Record<string, unknown>)[field];
    const isSet = held instanceof Set;
    if (!isSet && !Array.isArray(held) && held !== undefined) {
      throw this.#validationFailed([
        { path: field, rule: 'type', message: `${field} holds one tag, not a list of them: use update` },
      ]);
    }
    const before = [...((held ?? []) as Iterable<unknown>)];
    const after = before.filter((tag) => tag !== from);
    if (to !== undefined && !after.includes(to)) after.push(to);
    if (after.length === before.length && after.every((tag, index) => tag === before[index])) return entry.document;
    return this.#merge(transaction, entry, { [field]: isSet ? new Set(after) : after });
  }

  renameTag(transaction: Transaction, field: string, from: unknown, to: unknown): number {
    const keys = this.#collection.keysWithTag(field, from);
    this.#allOrNone(transaction, () => {
      for (const key of keys) {
        const entry = this.#collection.require(key);
        const held = (entry.document as Record<string, unknown>)[field];
        if (Array.isArray(held) || held instanceof Set) this.changeTag(transaction, key, field, from, to);
        else this.#merge(transaction, entry, { [field]: to });
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

  #merge(transaction: Transaction, entry: Entry, patch: PatchSource, options?: PutSettings): object {
    const definition = this.#definition;
    const mark = transaction.mark();
    const changes: unknown =
      typeof patch === 'function' ? (patch as (document: object) => object)(entry.document) : patch;
    const unknown = this.#checkFields(changes);
    for (const field of definition.model.key.fields) {
      if (Object.hasOwn(changes as object, field))
        this.#requireSameKey(entry, field, (changes as Record<string, unknown>)[field]);
    }
    const before = entry.document;
    const merged = definition.merge(before, changes as object);
    // A patch (a function, or getters) should be pure; one that wrote to this very document must not undo that, nor
    // bring it back to life.
    const isUndisturbed = transaction.mark() === mark;
    if (!isUndisturbed && this.#collection.storedEntry(entry.key) !== entry)
      this.#collection.require(this.#collection.publicKey(entry.key));
    const fields = entry.document === before ? (definition.differing?.(before, merged) ?? ALL_FIELDS) : ALL_FIELDS;
    const document = this.#validated(merged, unknown, fields);
    const isKept = this.#expiresField === undefined && options?.ttlMs === undefined;
    const expiresAt = isKept ? entry.expiresAt : this.#expiresAt(document, options);
    return this.#collection.put(transaction, entry, entry.key, document, expiresAt, fields);
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

  #requireRevision(entry: Entry, ifRevision: number): void {
    if (entry.revision === ifRevision) return;
    const { collection } = this.#definition.model;
    const key = this.#collection.publicKey(entry.key);
    const what = `${collection} ${showValue(key)} has revision ${entry.revision}, not ${String(ifRevision)}`;
    throw new DatabaseError('REVISION_MISMATCH', what, { collection, key, revision: entry.revision, ifRevision });
  }

  #requireSameKey(entry: Entry, field: string, value: unknown): void {
    const held = (entry.document as Record<string, unknown>)[field];
    const isSame =
      held === value || (held instanceof Date && value instanceof Date && held.getTime() === value.getTime());
    if (isSame) return;
    const { collection } = this.#definition.model;
    const key = this.#collection.publicKey(entry.key);
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
