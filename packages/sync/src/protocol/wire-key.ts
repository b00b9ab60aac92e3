import type { Field } from './field.js';
import { LIMITS } from './limits.js';
import { protocolViolation } from './protocol-violation.js';

/** A key as the store has it: the id itself, or the encoded text of a composite id. */
export type WireKey = string | number | bigint;

const TAG = { text: 1, number: 2, bigint: 3 } as const;
const BIGINT = /^-?(0|[1-9][0-9]*)$/;

export const wireKey: Field<WireKey> = {
  leastBytes: 2,
  write: (writer, key) => {
    if (typeof key === 'string') {
      writer.u8(TAG.text);
      writer.text(key);
    } else if (typeof key === 'number') {
      writer.u8(TAG.number);
      writer.f64(key);
    } else {
      writer.u8(TAG.bigint);
      writer.text(key.toString());
    }
  },
  read: (reader) => {
    const tag = reader.u8();
    if (tag === TAG.text) return reader.text(LIMITS.keyBytes);
    if (tag === TAG.number) {
      const key = reader.f64();
      if (Number.isNaN(key)) throw protocolViolation('found a key that is not a number');
      return key;
    }
    if (tag !== TAG.bigint) throw protocolViolation(`expected a key of kind 1, 2 or 3, found ${tag}`);
    const digits = reader.text(LIMITS.nameBytes);
    if (!BIGINT.test(digits) || digits === '-0') throw protocolViolation('found a bigint key that is not a bigint');
    return BigInt(digits);
  },
};
