import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { SHARED_TEXTS } from './shared-texts.js';

/** What a value becomes when it is written and read, and the bytes it took. */
function roundTrip<T>(
  write: (writer: ByteWriter) => void,
  read: (reader: ByteReader) => T,
): { value: T; byteCount: number } {
  const writer = new ByteWriter(16);
  writer.byte(0xaa);
  write(writer);
  const byteCount = writer.position - 1;
  writer.byte(0xbb);
  const reader = new ByteReader(writer.finish(), 1, byteCount + 1);
  const value = read(reader);
  expect(reader.remaining).toBe(0);
  return { value, byteCount };
}

const numberOf = (value: number) =>
  roundTrip(
    (writer) => writer.number(value),
    (reader) => reader.number(),
  );
const stringOf = (value: string) =>
  roundTrip(
    (writer) => writer.string(value),
    (reader) => reader.string(),
  );
const bigintOf = (value: bigint) =>
  roundTrip(
    (writer) => writer.bigint(value),
    (reader) => reader.bigint(),
  );

describe('ByteWriter and ByteReader', () => {
  it('grow at any offset, for every value', () => {
    for (let offset = 0; offset < 40; offset++) {
      const writer = new ByteWriter(16);
      for (let index = 0; index < offset; index++) writer.byte(index);
      writer.float64(0.1);
      writer.uint32(7);
      writer.number(0.5);
      const reader = new ByteReader(writer.finish(), offset);
      expect([reader.float64(), reader.uint32(), reader.number(), reader.remaining]).toEqual([0.1, 7, 0.5, 0]);
    }
  });

  it('give back any number, in few bytes for small integers', () => {
    const edges = [
      0,
      -0,
      1,
      -1,
      31,
      32,
      -32,
      2 ** 31,
      -(2 ** 31),
      2 ** 51 - 1,
      2 ** 51,
      -(2 ** 51),
      2 ** 53 - 1,
      2 ** 53,
      -(2 ** 53),
      0.1,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    for (const edge of edges) expect(numberOf(edge).value).toBe(edge);
    expect([0, 31, -32, 32, 4095].map((value) => numberOf(value).byteCount)).toEqual([1, 1, 1, 2, 2]);
    fc.assert(fc.property(fc.double(), (value) => Object.is(numberOf(value).value, value)));
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => Object.is(numberOf(value).value, value)));
  });

  it('give back any varint up to 2^53 - 1', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(
          roundTrip(
            (writer) => writer.varint(value),
            (reader) => reader.varint(),
          ).value,
        ).toBe(value);
      }),
    );
    for (let bits = 0; bits <= 53; bits++) {
      for (const value of [2 ** bits - 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)]) {
        expect(
          roundTrip(
            (writer) => writer.varint(value),
            (reader) => reader.varint(),
          ).value,
        ).toBe(value);
      }
    }
  });

  it('give back any text: short, long, beyond ASCII, half surrogates, byte order marks, zeros', () => {
    const edges = [
      '',
      'a',
      '\0',
      'é',
      '\ufeffx',
      '💧',
      '\ud800',
      '\udc00\ud800',
      'a'.repeat(31),
      'a'.repeat(32),
      'a'.repeat(33),
      'a'.repeat(31) + 'é',
      'é'.repeat(31),
      'x'.repeat(100_000),
      `${'é'.repeat(5000)}\udfff`,
    ];
    for (const edge of edges) expect(stringOf(edge).value).toBe(edge);
    expect(stringOf('a'.repeat(32)).byteCount).toBe(33);
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (value) => stringOf(value).value === value));
    const halves = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 })
      .map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(halves, (value) => stringOf(value).value === value));
  });

  it('give back bigints of any size', () => {
    for (const edge of [0n, 1n, -1n, 255n, 256n, -256n, 2n ** 64n, -(2n ** 63n), 3n ** 5000n, -(7n ** 3001n)])
      expect(bigintOf(edge).value).toBe(edge);
    fc.assert(fc.property(fc.bigInt(), (value) => bigintOf(value).value === value));
  });

  it('give back dates, invalid ones too, that no one can change', () => {
    for (const time of [0, -1, 1.7e12, 8.64e15, -8.64e15, Number.NaN]) {
      const { value } = roundTrip(
        (writer) => writer.date(new Date(time)),
        (reader) => reader.date(),
      );
      expect(value.getTime()).toBe(time);
      expect(() => value.setTime(5)).toThrow(expect.objectContaining({ code: 'READ_ONLY_VALUE' }));
    }
  });

  it('copy bytes, so that neither side sees the other change them', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const writer = new ByteWriter();
    writer.bytes(bytes);
    bytes[0] = 9;
    const written = writer.finish();
    const copy = new ByteReader(written).bytes();
    written.fill(7);
    expect([...copy]).toEqual([1, 2, 3]);
    expect(copy.buffer.byteLength).toBe(3);
  });

  it('put the byte count before a stretch, whatever its length', () => {
    for (const length of [0, 1, 127, 128, 16_383, 16_384, 300_000, 3_000_000]) {
      const { value } = roundTrip(
        (writer) => {
          const start = writer.beginSized();
          writer.raw(new Uint8Array(length).fill(5));
          writer.endSized(start);
        },
        (reader) => {
          const count = reader.count();
          const bytes = reader.skipped(count);
          return { count, isWhole: bytes.every((byte) => byte === 5) };
        },
      );
      expect(value).toEqual({ count: length, isWhole: true });
    }
  });

  it('take back and use again what was written', () => {
    const writer = new ByteWriter(16);
    writer.string('kept');
    const { position } = writer;
    writer.string('x'.repeat(1000));
    writer.rewind(position);
    expect(new ByteReader(writer.finish()).string()).toBe('kept');
    writer.reset();
    writer.shrink(16);
    expect([writer.position, writer.capacityBytes]).toEqual([0, 16]);
  });
});

describe('ByteReader', () => {
  it('refuses every value that ends beyond the data, and allocates nothing for it', () => {
    const huge = new ByteWriter();
    huge.varint(2 ** 52);
    const reads: ((reader: ByteReader) => unknown)[] = [
      (reader) => reader.string(),
      (reader) => reader.bytes(),
      (reader) => reader.bigint(),
      (reader) => reader.count(),
      (reader) => reader.skipped(100),
      (reader) => reader.uint64(),
    ];
    for (const read of reads) {
      expect(() => read(new ByteReader(huge.finish()))).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
    }
    expect(() => new ByteReader(new Uint8Array(0)).byte()).toThrow('value ends after');
  });

  it('read a key again and texts of many documents as any other', () => {
    const texts = fc.oneof(
      fc.constantFrom('', 'é', 'Ã©', 'tag-1', 'tag-2', '\u0080', 'x'.repeat(32), 'x'.repeat(33)),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { maxLength: 30 }), (pairs) => {
        const writer = new ByteWriter();
        for (const [key, text] of pairs) {
          writer.string(text);
          writer.string(key);
          writer.string(key);
          writer.string(text);
        }
        const reader = new ByteReader(writer.finish());
        for (const [key, text] of pairs) {
          expect(reader.sharedText()).toBe(text);
          reader.noteKey(reader.string());
          expect([reader.keyText(), reader.keyText()]).toEqual([key, text]);
        }
        expect(reader.remaining).toBe(0);
      }),
    );
    SHARED_TEXTS.forget();
  });

  it('answers any bytes with a value or a DatabaseError', () => {
    const reads: ((reader: ByteReader) => unknown)[] = [
      (reader) => reader.string(),
      (reader) => reader.bytes(),
      (reader) => reader.bigint(),
      (reader) => reader.number(),
      (reader) => reader.varint(),
      (reader) => reader.date(),
      (reader) => reader.boolean(),
      (reader) => reader.uint32(),
      (reader) => reader.keyText(),
      (reader) => reader.sharedText(),
    ];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat({ max: reads.length - 1 }), { maxLength: 10 }),
        (bytes, order) => {
          const reader = new ByteReader(bytes);
          try {
            for (const index of order) reads[index]?.(reader);
          } catch (error) {
            expect(DatabaseError.is(error)).toBe(true);
          }
          expect(reader.remaining).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
