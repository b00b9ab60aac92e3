/** Values as docs/journal-format.md describes them ("Values"), read without any code of ours. */

/** A type as the JSON of a stored model has it ("Models"). */
export interface StoredType {
  readonly kind: string;
  readonly element?: StoredType;
  readonly key?: StoredType;
  readonly value?: StoredType;
  readonly of?: StoredType;
  readonly values?: readonly unknown[];
  readonly fields?: readonly StoredField[];
  readonly variants?: readonly { readonly type: StoredType }[];
  readonly members?: readonly StoredType[];
}

export interface StoredField {
  readonly name: string;
  readonly type: StoredType;
  readonly optional: boolean;
}

export class ValueReader {
  readonly #bytes: Buffer;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.#bytes.length - this.position;
  }

  raw(byteCount: number): Buffer {
    if (byteCount > this.remaining) throw new RangeError(`${byteCount} bytes at ${this.position}`);
    this.position += byteCount;
    return this.#bytes.subarray(this.position - byteCount, this.position);
  }

  byte(): number {
    return this.raw(1)[0] as number;
  }

  u32(): number {
    return this.raw(4).readUInt32LE();
  }

  u64(): number {
    return Number(this.raw(8).readBigUInt64LE());
  }

  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const group = this.byte();
      value += (group & 127) * scale;
      if (group < 128) return value;
    }
  }

  number(): number {
    const coded = this.varint();
    if (coded === 1) return this.raw(8).readDoubleLE();
    return coded % 4 === 0 ? coded / 4 : -(coded + 2) / 4;
  }

  string(): string {
    const coded = this.varint();
    return this.raw(Math.floor(coded / 2)).toString(coded % 2 === 0 ? 'utf8' : 'utf16le');
  }

  bigint(): bigint {
    const coded = this.varint();
    const magnitude = BigInt(`0x0${this.raw(Math.floor(coded / 2)).toString('hex')}`);
    return coded % 2 === 0 ? magnitude : -magnitude;
  }
}

export function readValue(reader: ValueReader, type: StoredType): unknown {
  const list = (): unknown[] => times(reader, () => readValue(reader, type.element as StoredType));
  switch (type.kind) {
    case 'boolean':
      return reader.byte() === 1;
    case 'number':
      return reader.number();
    case 'string':
      return reader.string();
    case 'bigint':
      return reader.bigint();
    case 'date':
      return new Date(reader.number());
    case 'bytes':
      return new Uint8Array(reader.raw(reader.varint()));
    case 'floats':
      return Float32Array.from(times(reader, () => reader.raw(4).readFloatLE()));
    case 'literal':
      return type.values?.[reader.varint()];
    case 'array':
      return list();
    case 'set':
      return new Set(list());
    case 'map':
      return new Map(
        times(reader, () => {
          const key = readValue(reader, type.key as StoredType);
          return [key, readValue(reader, type.value as StoredType)] as const;
        }),
      );
    case 'nullable':
      return reader.byte() === 0 ? null : readValue(reader, type.of as StoredType);
    case 'union':
      return readValue(reader, type.members?.[reader.byte()] as StoredType);
    case 'variants':
      return readValue(reader, type.variants?.[reader.varint()]?.type as StoredType);
    case 'object':
      return readFields(reader, type.fields ?? []);
    default:
      throw new TypeError(`no kind of type in the document: ${type.kind}`);
  }
}

function readFields(reader: ValueReader, fields: readonly StoredField[]): object {
  const optional = fields.filter((field) => field.optional);
  const present = reader.raw(Math.ceil(optional.length / 8));
  const entries: [string, unknown][] = [];
  for (const field of fields) {
    const bit = optional.indexOf(field);
    const isThere = bit < 0 || ((present[bit >> 3] as number) >> (bit & 7)) & 1;
    if (isThere) entries.push([field.name, readValue(reader, field.type)]);
  }
  return Object.fromEntries(entries);
}

/** One value that describes itself: "Values of any shape". */
export function readAnyValue(reader: ValueReader): unknown {
  const kind = reader.byte();
  const list = (): unknown[] => times(reader, () => readAnyValue(reader));
  if (kind < 4) return [undefined, null, false, true][kind];
  if (kind < 9) return readValue(reader, { kind: ['number', 'string', 'bigint', 'date', 'bytes'][kind - 4] as string });
  if (kind === 9) return list();
  if (kind === 10) return new Set(list());
  if (kind === 11) return new Map(times(reader, () => [readAnyValue(reader), readAnyValue(reader)] as const));
  if (kind === 12) return Object.fromEntries(times(reader, () => [reader.string(), readAnyValue(reader)] as const));
  if (kind === 13) return Buffer.from(readValue(reader, { kind: 'bytes' }) as Uint8Array);
  if (kind === 14) return readValue(reader, { kind: 'floats' });
  throw new TypeError(`no kind of value in the document: ${kind}`);
}

function times<T>(reader: ValueReader, read: () => T): T[] {
  const items: T[] = [];
  for (let count = reader.varint(); count > 0; count--) items.push(read());
  return items;
}
