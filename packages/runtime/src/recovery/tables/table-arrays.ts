/**
 * The arrays of a collection's tables, made of the parts that were read; each is checked before it is used.
 *
 * Where the parts lie in memory that holds nothing else, they are moved together in it: fresh memory for all tables of a
 * large image would cost more than to read them.
 */
import type { CellOrder } from '../../image/image-cells.js';
import { inParts, type Steps } from '../../scheduling/steps.js';
import { isSharedMemory } from '../../structures/shared-memory.js';
import { type ReadTables, tableDamage } from './image-frames.js';

const ELEMENT_BYTES = { u8: 1, u32: 4, f64: 8 } as const;
/** Of memory that is kept for the sake of tables, so much may be something else: headers of frames and records. */
const MOST_OTHER_SHARE = 1 / 64;
const MOST_OTHER_BYTES = 4_096;
/** Kind, length and number of a part stand before it; the number takes a byte at least. */
const RECORD_HEADER_BYTES = 6;

export class TableArrays {
  readonly cellOrder: CellOrder;
  readonly #forms: readonly unknown[];
  readonly #parts: ReadTables['parts'];
  /** All parts lie here, and nothing else that is needed; undefined: each table is copied. */
  readonly #own: Uint8Array | undefined;
  /** Whose parts were moved: whoever asks again gets a copy. */
  readonly #joined = new Map<number, ArrayBufferView>();

  constructor({ description, parts, areInWindows }: ReadTables) {
    if (!Array.isArray(description.tables)) throw tableDamage('tables without their forms');
    const { cellOrder = 'mod' } = description;
    if (cellOrder !== 'mod' && cellOrder !== 'share') throw tableDamage(`cells in the order ${String(cellOrder)}`);
    this.cellOrder = cellOrder;
    this.#forms = description.tables;
    this.#parts = parts;
    this.#own = areInWindows === true ? ownMemoryOf(parts) : undefined;
  }

  /** Always the caller's own: memory goes on counting in them. */
  bytes(number: unknown): Uint8Array {
    const array = this.#arrayOf(number, 'u8', Uint8Array);
    return isSharedMemory(array.buffer) ? array.slice() : array;
  }

  numbers(number: unknown): Uint32Array {
    return this.#arrayOf(number, 'u32', Uint32Array);
  }

  doubles(number: unknown): Float64Array {
    return this.#arrayOf(number, 'f64', Float64Array);
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

  #arrayOf<T extends Uint8Array | Uint32Array | Float64Array>(
    number: unknown,
    type: keyof typeof ELEMENT_BYTES,
    View: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T,
  ): T {
    const form = this.#form(number);
    const parts = this.#parts.get(number as number) ?? [];
    const byteCount = parts.reduce((sum, part) => sum + part.length, 0);
    const length = byteCount / ELEMENT_BYTES[type];
    if (form.type !== type || form.length !== length)
      throw tableDamage(`table ${String(number)} of ${byteCount} bytes, which its form does not say`);
    const joined = this.#joined.get(number as number);
    if (joined !== undefined) return (joined as T).slice() as T;
    const bytes =
      sharedPart(parts) ??
      (this.#own === undefined ? copied(parts, byteCount) : moved(parts, this.#own, ELEMENT_BYTES[type]));
    const array = new View(bytes.buffer, bytes.byteOffset, length);
    if (byteCount > 0) this.#joined.set(number as number, array);
    return array;
  }
}

/** Memory that is shared with other threads is used where it lies, by all of them, and never written to. */
function sharedPart([part, ...others]: readonly Uint8Array[]): Uint8Array | undefined {
  return part !== undefined && others.length === 0 && isSharedMemory(part.buffer) ? part : undefined;
}

function copied(parts: readonly Uint8Array[], byteCount: number): Uint8Array {
  const joined = new Uint8Array(byteCount);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Moved to the front, over the headers before and between them. Those of other tables stay where they are. */
function moved(parts: readonly Uint8Array[], own: Uint8Array, elementBytes: number): Uint8Array {
  const [first] = parts;
  if (first === undefined) return new Uint8Array(0);
  const start = first.byteOffset - (first.byteOffset % elementBytes);
  // Only the header of the record before it is free: something else may end there.
  if (first.byteOffset - start > RECORD_HEADER_BYTES)
    return copied(
      parts,
      parts.reduce((sum, part) => sum + part.length, 0),
    );
  let end = start;
  for (const part of parts) {
    own.copyWithin(end, part.byteOffset, part.byteOffset + part.length);
    end += part.length;
  }
  return own.subarray(start, end);
}

/** The memory in which all parts lie, one behind the other, when it holds little else. */
function ownMemoryOf(parts: ReadTables['parts']): Uint8Array | undefined {
  let memory: ArrayBufferLike | undefined;
  let end = 0;
  let byteCount = 0;
  for (const part of [...parts.values()].flat()) {
    memory ??= part.buffer;
    if (part.buffer !== memory || part.byteOffset < end + RECORD_HEADER_BYTES) return undefined;
    end = part.byteOffset + part.length;
    byteCount += part.length;
  }
  if (memory === undefined) return undefined;
  const otherBytes = memory.byteLength - byteCount;
  return otherBytes <= Math.max(MOST_OTHER_BYTES, byteCount * MOST_OTHER_SHARE) ? new Uint8Array(memory) : undefined;
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
