/** The keys that a field of a document holds, as the store of the collection that it refers to has them. */
import { type DocumentModel, isOnDelete, type ReferenceModel } from '@nuthatch/model';
import { KeyCodec } from '../../definition/key-codec.js';
import { isSetValue } from '../../document/brands.js';
import { isDate } from '../../structures/is-date.js';
import type { StoreKey } from '../../structures/store-key.js';

const NONE: readonly never[] = [];

export class ReferenceField {
  readonly model: ReferenceModel;
  readonly name: string;
  readonly isPinned: boolean;
  /** Keys of the target are their own store keys: what an index of the field holds is what the store has. */
  readonly isPlain: boolean;
  /** Names of the parts of a key, where it has several. */
  readonly #parts: readonly string[];
  readonly #keys: KeyCodec;

  constructor(model: ReferenceModel, target: DocumentModel) {
    this.model = model;
    this.name = model.field;
    this.isPinned = model.pin === true;
    this.#keys = new KeyCodec(target);
    this.#parts = target.key.fields.length > 1 ? target.key.fields : NONE;
    this.isPlain = this.#keys.isPlain && !this.isPinned;
  }

  get onDelete(): 'restrict' | 'cascade' | 'setAbsent' {
    const { onDelete } = this.model;
    return isOnDelete(onDelete) ? onDelete : 'restrict';
  }

  /** A key is an object of several parts. */
  get hasParts(): boolean {
    return this.#parts.length > 0;
  }

  /** Whether an object is a key of several parts, rather than conditions on what it belongs to. */
  isKey(value: object): boolean {
    if (!this.hasParts || Object.keys(value).length !== this.#parts.length) return false;
    return this.#parts.every((name) => {
      const part = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : null;
      return typeof part !== 'object' || isDate(part);
    });
  }

  /** The store key that a caller asks for. @throws DatabaseError `INVALID_KEY`. */
  requireStoreKey(key: unknown): StoreKey {
    return this.#keys.toStoreKey(key);
  }

  /** The field's value, unlike which nothing refers to anything. */
  valueIn(document: object): unknown {
    return (document as Readonly<Record<string, unknown>>)[this.name];
  }

  /** The values that stand for one document each, in their order. */
  valuesOf(value: unknown): readonly unknown[] {
    if (value === undefined || value === null) return NONE;
    if (Array.isArray(value)) return value;
    return isSetValue(value) ? [...value] : [value];
  }

  /** The store key of one value; undefined for what is no key of the class: NaN, a date that is none. */
  storeKeyOf(value: unknown): StoreKey | undefined {
    const key = this.isPinned ? (value as { readonly key?: unknown } | null)?.key : value;
    if (this.isPlain && typeof key === 'string') return key;
    try {
      return this.#keys.toStoreKey(key);
    } catch {
      return undefined; // Whoever asks says that it refers to nothing.
    }
  }

  /** All keys of a document, as an index takes them. O(keys). */
  keysIn(document: object): readonly StoreKey[] {
    const keys: StoreKey[] = [];
    for (const value of this.valuesOf(this.valueIn(document))) {
      const key = this.storeKeyOf(value);
      if (key !== undefined) keys.push(key);
    }
    return keys;
  }

  /** The key as callers know it. */
  publicKey(key: StoreKey): unknown {
    return this.#keys.toPublicKey(key);
  }
}
