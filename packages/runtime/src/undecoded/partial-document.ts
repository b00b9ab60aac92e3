/** Reads a few fields of a document from its bytes, up to the last of them; what lies between is passed over. */
import type { DocumentModel } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { bitmapOf } from './document-scan.js';
import { type FieldStep, type FieldSteps, fieldStepsOf, isReadAlone } from './field-steps.js';

export class PartialDocument {
  readonly #bitmapBytes: number;
  readonly #steps: readonly FieldStep[];

  /** Undefined where one of them is no stored field, or only the generated codec reads it. O(model). */
  static of({ fields }: Pick<DocumentModel, 'fields'>, wanted: readonly string[]): PartialDocument | undefined {
    const found = fields.filter(({ name }) => wanted.includes(name));
    const areAll = wanted.every((name) => name !== '__proto__' && found.some((field) => field.name === name));
    if (!areAll || !found.every(({ type }) => isReadAlone(type))) return undefined;
    const all = fieldStepsOf({ fields }, (name) => wanted.includes(name));
    return all && new PartialDocument(all, fields.indexOf(found[found.length - 1]!) + 1);
  }

  private constructor({ bitmapBytes, steps }: FieldSteps, count: number) {
    this.#bitmapBytes = bitmapBytes;
    this.#steps = steps.slice(0, count);
  }

  /** Their names. */
  get fields(): readonly string[] {
    return this.#steps.flatMap(({ name, read }) => (read === undefined ? [] : [name]));
  }

  /** Puts the fields into `row`: as the document would hold them, undefined where it has none. O(bytes up to the last). */
  read(reader: ByteReader, row: Record<string, unknown>): void {
    const present = bitmapOf(reader, this.#bitmapBytes);
    for (const { name, bit, pass, read } of this.#steps) {
      const isThere = bit === 0 || (present & bit) !== 0;
      if (read !== undefined) row[name] = isThere ? read(reader) : undefined;
      else if (isThere) pass(reader);
    }
  }
}
