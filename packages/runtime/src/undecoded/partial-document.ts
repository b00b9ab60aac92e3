/**
 * Reads a few fields of a document from its bytes, up to the last of them; what lies between is passed over.
 *
 * The bytes have passed the scan at the opening, so no place is checked twice. Fields that hold objects of a class of the
 * user are not read so: only the generated codec makes those.
 */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import type { ByteReader } from '../codec/byte-reader.js';
import { bitmapBytesOf, bitmapOf, isScannable, type Pass, passOf, type Read, readOf } from './document-scan.js';

/** One field on the way. */
interface Step {
  readonly name: string;
  /** Its bit among the optional fields; 0: it is always there. */
  readonly bit: number;
  readonly pass: Pass;
  /** Left out for a field that is only passed over. */
  readonly read: Read | undefined;
}

export class PartialDocument {
  readonly #bitmapBytes: number;
  readonly #steps: readonly Step[];

  /** Undefined where one of them is no stored field, or only the generated codec reads it. O(model). */
  static of({ fields }: Pick<DocumentModel, 'fields'>, wanted: readonly string[]): PartialDocument | undefined {
    const found = fields.filter(({ name }) => wanted.includes(name));
    const areAll = wanted.every((name) => name !== '__proto__' && found.some((field) => field.name === name));
    if (!areAll || !found.every(({ type }) => isPlain(type)) || !isScannable({ kind: 'object', fields }))
      return undefined;
    let bit = 1;
    let last = 0;
    const steps = fields.map(({ name, optional, type }, place): Step => {
      const isWanted = wanted.includes(name);
      if (isWanted) last = place;
      const step = {
        name,
        bit: optional ? bit : 0,
        pass: passOf(type),
        read: isWanted ? readOf(type) : undefined,
      };
      if (optional) bit *= 2;
      return step;
    });
    return new PartialDocument(bitmapBytesOf(fields), steps.slice(0, last + 1));
  }

  private constructor(bitmapBytes: number, steps: readonly Step[]) {
    this.#bitmapBytes = bitmapBytes;
    this.#steps = steps;
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

/** Whether values of the type are the same without the classes of the user. */
function isPlain(type: FieldType): boolean {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
    case 'bytes':
    case 'literal':
      return true;
    case 'array':
    case 'set':
      return isPlain(type.element);
    case 'map':
      return isPlain(type.key) && isPlain(type.value);
    case 'nullable':
      return isPlain(type.of);
    case 'union':
      return type.members.every(isPlain);
    default:
      return false;
  }
}
