/** The arrays of a collection's tables, made of the parts that were read; each is checked before it is used. */
import { inParts, type Steps } from '../../scheduling/steps.js';
import { type ReadTables, tableDamage } from './image-frames.js';

const ELEMENT_BYTES = { u8: 1, u32: 4, f64: 8 } as const;

export class TableArrays {
  readonly #forms: readonly unknown[];
  readonly #parts: ReadTables['parts'];

  constructor({ description, parts }: ReadTables) {
    if (!Array.isArray(description.tables)) throw tableDamage('tables without their forms');
    this.#forms = description.tables;
    this.#parts = parts;
  }

  bytes(number: unknown): Uint8Array {
    return new Uint8Array(this.#joined(number, 'u8'));
  }

  numbers(number: unknown): Uint32Array {
    return new Uint32Array(this.#joined(number, 'u32'));
  }

  doubles(number: unknown): Float64Array {
    return new Float64Array(this.#joined(number, 'f64'));
  }

  /** Numbers of 32 bits, or doubles that are whole. */
  places(number: unknown): Uint32Array | Float64Array {
    return this.#form(number).type === 'f64' ? this.doubles(number) : this.numbers(number);
  }

  #form(number: unknown): { readonly type?: unknown; readonly length?: unknown } {
    const form = typeof number === 'number' ? this.#forms[number] : undefined;
    if (typeof form !== 'object' || form === null) throw tableDamage(`no form of table ${String(number)}`);
    return form;
  }

  #joined(number: unknown, type: keyof typeof ELEMENT_BYTES): ArrayBuffer {
    const form = this.#form(number);
    const parts = this.#parts.get(number as number) ?? [];
    const byteCount = parts.reduce((sum, part) => sum + part.length, 0);
    if (form.type !== type || form.length !== byteCount / ELEMENT_BYTES[type])
      throw tableDamage(`table ${String(number)} of ${byteCount} bytes, which its form does not say`);
    const joined = new Uint8Array(byteCount);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined.buffer;
  }
}

/** Whether all are below a limit. O(numbers). */
export function areBelow(numbers: Uint32Array, limit: number): Steps<boolean> {
  return inParts(numbers.length, (from, to) => {
    for (let index = from; index < to; index++) if (numbers[index]! >= limit) return false;
    return true;
  });
}

/** Whether each is above the one before, and the last below the limit. O(numbers). */
export function areAscending(numbers: Uint32Array | Float64Array, limit: number): Steps<boolean> {
  return inParts(numbers.length, (from, to) => {
    for (let index = from; index < to; index++) {
      const number = numbers[index]!;
      if (!(number < limit) || (index > 0 && numbers[index - 1]! >= number)) return false;
    }
    return true;
  });
}
