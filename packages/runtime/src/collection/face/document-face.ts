/**
 * What the function of `view(key, fn)` is given: a document as it was when the function was called, whose fields are read
 * when they are asked for. A proxy stands before it, so that it can be spread, listed and compared like a document.
 *
 *   the document is an object        its own fields
 *   it is bytes                      each field that is asked for is read alone, and the bytes stay
 *   it is bytes, and the field holds objects of a class, or the model is an older one
 *                                    the whole document is made, for the rest of the function, and not kept
 *   it is written to meanwhile       the document as it was before: see DocumentFaces
 */
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import { WalkedDocument } from '../../undecoded/walked-document.js';
import type { FaceForm } from './face-form.js';

type Fields = Readonly<Record<string, unknown>>;

export class DocumentFace implements ProxyHandler<object> {
  readonly #form: FaceForm;
  readonly #store: ShardedStore;
  readonly slot: Slot;
  /** The face of the function around this one. */
  readonly outer: DocumentFace | undefined;
  #isOpen = true;
  /** The whole document, where the store has it no longer, or had to make it. */
  #whole: Fields | undefined;
  #walked: WalkedDocument | undefined;
  /** The bytes of a document that is in a file. */
  #ownBytes: Uint8Array | undefined;
  /** What was read, by the number of the field: a list that is asked for twice is the same list. */
  readonly #read: unknown[] = [];

  constructor(form: FaceForm, store: ShardedStore, slot: Slot, outer: DocumentFace | undefined) {
    this.#form = form;
    this.#store = store;
    this.slot = slot;
    this.outer = outer;
  }

  /** The document is this one, whatever the store has. */
  hold(document: object): void {
    this.#whole ??= document as Fields;
  }

  end(): void {
    this.#isOpen = false;
    this.#whole = undefined;
    this.#ownBytes = undefined;
  }

  get(_target: object, name: string | symbol, face: unknown): unknown {
    this.#requireOpen(name);
    const number = typeof name === 'string' ? this.#form.numbers.get(name) : undefined;
    if (number !== undefined) return this.#value(number, name as string);
    return Reflect.get(this.#form.prototype, name, face);
  }

  has(_target: object, name: string | symbol): boolean {
    this.#requireOpen(name);
    return this.#hasField(name) || Reflect.has(this.#form.prototype, name);
  }

  ownKeys(): string[] {
    this.#requireOpen('the fields');
    return this.#form.names.filter((name) => this.#hasField(name));
  }

  getOwnPropertyDescriptor(_target: object, name: string | symbol): PropertyDescriptor | undefined {
    this.#requireOpen(name);
    if (!this.#hasField(name)) return undefined;
    const value = this.#value(this.#form.numbers.get(name)!, name);
    // Proxies may call what their target has not `configurable` only.
    return { value, enumerable: true, configurable: true, writable: false };
  }

  set(_target: object, name: string | symbol): never {
    return this.#refuse(name);
  }

  defineProperty(_target: object, name: string | symbol): never {
    return this.#refuse(name);
  }

  deleteProperty(_target: object, name: string | symbol): never {
    return this.#refuse(name);
  }

  setPrototypeOf(): never {
    return this.#refuse('__proto__');
  }

  /** As a document, it takes no more fields; the target, which all faces of the class share, stays as it is. */
  preventExtensions(): boolean {
    return false;
  }

  #hasField(name: string | symbol): name is string {
    const number = typeof name === 'string' ? this.#form.numbers.get(name) : undefined;
    if (number === undefined) return false;
    return this.#form.values === undefined || this.#value(number, name as string) !== undefined;
  }

  #value(number: number, name: string): unknown {
    const read = this.#read[number];
    if (read !== undefined) return read;
    const { values } = this.#form;
    const stored = this.#stored(number, name);
    const value = values === undefined || stored === undefined ? stored : values.given(name, stored);
    this.#read[number] = value;
    return value;
  }

  #stored(number: number, name: string): unknown {
    const store = this.#store;
    const made = this.#whole ?? (store.madeAt(this.slot) as Fields | undefined);
    if (made !== undefined) return made[name];
    const { fieldSteps } = store;
    const reader = fieldSteps?.steps[number]?.read && this.#bytes();
    if (fieldSteps === undefined || reader === undefined) {
      this.#whole = store.peek(this.slot, undefined) as Fields;
      return this.#whole[name];
    }
    this.#walked ??= new WalkedDocument(fieldSteps);
    return this.#walked.read(reader, number);
  }

  /** Of a document in a file a copy is held: other reads of the file go elsewhere. */
  #bytes(): ByteReader | undefined {
    if (this.#ownBytes !== undefined) return new ByteReader(this.#ownBytes);
    const reader = this.#store.bytesAt(this.slot);
    if (reader === undefined || !this.#store.isInFile(this.slot)) return reader;
    // Not `slice` of a Buffer, which would not copy.
    this.#ownBytes = new Uint8Array(reader.data.subarray(reader.position, reader.end));
    return new ByteReader(this.#ownBytes);
  }

  #requireOpen(name: string | symbol): void {
    if (!this.#isOpen) throw this.#form.ended(`\`${String(name)}\` was asked`);
  }

  #refuse(name: string | symbol): never {
    const { collection } = this.#form;
    const field = String(name);
    throw new DatabaseError('READ_ONLY_VALUE', `\`${field}\` of a document of ${collection} was assigned in a view`, {
      kind: 'document',
      method: 'set',
      field,
      collection,
    });
  }
}
