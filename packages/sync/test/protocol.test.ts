/** The protocol's messages: what is written is read, what is malformed is refused, nothing else comes of any bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { repeats } from '../../runtime/test/support/long-run.js';
import { decodeMessage, encodeMessage } from '../src/protocol/encode-message.js';
import { MessageWriter } from '../src/protocol/message-writer.js';
import { MESSAGES, type MessageKind } from '../src/protocol/messages.js';
import { SAMPLES } from './sample-messages.js';
import { randomOf } from './support/random.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const mutationCount = repeats('NUTHATCH_MUTATED_MESSAGES', 200_000);

function refusalOf(data: Uint8Array): string | undefined {
  try {
    decodeMessage(data);
    return undefined;
  } catch (error) {
    return DatabaseError.is(error, 'PROTOCOL_VIOLATION') ? error.message : `not coded: ${String(error)}`;
  }
}

describe('a message', () => {
  it('has a sample of every kind here', () => {
    expect(new Set(SAMPLES.map(({ kind }) => kind))).toEqual(new Set(Object.keys(MESSAGES)));
  });

  it.each(SAMPLES.map((message) => [message.kind, message] as const))('%s is read as it was written', (_, message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it.each(SAMPLES.map((message) => [message.kind, message] as const))(
    '%s cut short anywhere is refused',
    (kind, message) => {
      const data = encodeMessage(message);
      // Where a field takes all that is left, every length above its head is a message.
      const leastBytes = kind === 'chunk' ? 2 : data.length;
      for (let length = 0; length < leastBytes; length++)
        expect([length, refusalOf(data.subarray(0, length))]).not.toEqual([length, undefined]);
    },
  );

  it.each(SAMPLES.filter(({ kind }) => kind !== 'chunk').map((message) => [message.kind, message] as const))(
    '%s with a byte behind it is refused',
    (_, message) => {
      expect(refusalOf(Uint8Array.of(...encodeMessage(message), 0))).toMatch(/found 1 more bytes/);
    },
  );

  it('of an unknown type is refused', () => {
    const known = new Set(Object.values(MESSAGES).map(({ type }) => type as number));
    for (let type = 0; type < 256; type++)
      if (!known.has(type)) expect(refusalOf(Uint8Array.of(type))).toContain(`unknown message type ${type}`);
  });

  it('has the numbers that the protocol page gives', () => {
    const page = readFileSync(join(__dirname, '..', 'docs', 'sync-protocol.md'), 'utf8');
    const documented = new Map(
      [...page.matchAll(/^ {4}([A-Z_]+) (0x[0-9a-f]{2}) /gm)].map(([, name, type]) => [name as string, Number(type)]),
    );
    const nameOf = (kind: MessageKind): string =>
      kind === 'breakLease' ? 'BREAK' : kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const declared = new Map(
      (Object.keys(MESSAGES) as MessageKind[]).map((kind) => {
        const name = nameOf(kind);
        const joined = { CHECK_OUT: 'CHECKOUT', CHECK_IN: 'CHECKIN' }[name] ?? name;
        return [joined, MESSAGES[kind].type];
      }),
    );
    expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(documented));
  });
});

describe('a lying message', () => {
  const lie = (write: (writer: MessageWriter) => unknown): string | undefined => {
    const writer = new MessageWriter();
    write(writer);
    return refusalOf(writer.finish());
  };

  it.each([
    ['a count that the message cannot hold', (w: MessageWriter) => [w.u8(0x14), w.varint(1), w.varint(900_000)]],
    [
      'a count over its limit',
      (w: MessageWriter) => [w.u8(0x30), w.varint(1), w.text('c'), w.varint(1), w.varint(1001)],
    ],
    ['a text over its limit', (w: MessageWriter) => [w.u8(0x11), w.u8(0x80), w.u8(0)]],
    ['a name of 1,025 bytes', (w: MessageWriter) => [w.u8(0x06), w.text('x'.repeat(1025)), w.varint(0)]],
    ['a length far beyond its end', (w: MessageWriter) => [w.u8(0x05), w.varint(16_000), w.raw(new Uint8Array(3))]],
    ['a text that is no UTF-8', (w: MessageWriter) => [w.u8(0x05), w.bytes(Uint8Array.of(0xff, 0xfe))]],
    ['a text with half a surrogate pair', (w: MessageWriter) => [w.u8(0x05), w.bytes(Uint8Array.of(0xed, 0xa0, 0x80))]],
    ['a number of nine bytes', (w: MessageWriter) => [w.u8(0x11), w.raw(new Uint8Array(9).fill(0x80))]],
    [
      'a number beyond 2^53 - 1',
      (w: MessageWriter) => [w.u8(0x11), w.raw(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127))],
    ],
    ['a flag of 2', (w: MessageWriter) => [w.u8(0x01), w.u8(2)]],
    [
      'a kind of change that is none',
      (w: MessageWriter) => [w.u8(0x14), w.varint(1), w.varint(1), w.u8(9), w.raw(new Uint8Array(40))],
    ],
    ['a key of an unknown kind', (w: MessageWriter) => [w.u8(0x37), w.varint(1), w.text('c'), w.u8(4), w.text('k')]],
    [
      'a bigint key that is none',
      (w: MessageWriter) => [w.u8(0x37), w.varint(1), w.text('c'), w.u8(3), w.text('0x10')],
    ],
    [
      'a number key that is none',
      (w: MessageWriter) => [w.u8(0x37), w.varint(1), w.text('c'), w.u8(2), w.f64(Number.NaN)],
    ],
  ] as [string, (writer: MessageWriter) => unknown][])('with %s is refused', (_, write) => {
    expect(lie(write)).toBeDefined();
    expect(lie(write)).not.toContain('not coded');
  });
});

it(`mutated ${mutationCount} times is refused with a code, or means exactly its bytes (seed ${seed})`, () => {
  const random = randomOf(seed);
  const encoded = SAMPLES.map(encodeMessage);
  const pick = (count: number): number => Math.floor(random() * count);
  for (let round = 0; round < mutationCount; round++) {
    const source = encoded[pick(encoded.length)] as Uint8Array;
    let data = source.slice();
    for (let change = pick(4); change >= 0; change--) {
      const kind = pick(4);
      if (kind === 0) data[pick(data.length)] = pick(256);
      else if (kind === 1) data = data.slice(0, pick(data.length + 1));
      else if (kind === 2)
        data = Uint8Array.of(...data.subarray(0, pick(data.length)), ...source.subarray(pick(source.length)));
      else data = Uint8Array.of(...data, pick(256));
      if (data.length === 0) data = Uint8Array.of(pick(256));
    }
    let decoded: ReturnType<typeof decodeMessage>;
    try {
      decoded = decodeMessage(data);
    } catch (error) {
      if (!DatabaseError.is(error, 'PROTOCOL_VIOLATION'))
        throw new Error(`round ${round}, seed ${seed}: ${String(error)}`);
      continue;
    }
    const again = encodeMessage(decoded);
    if (Buffer.compare(again, data) !== 0)
      throw new Error(`round ${round}, seed ${seed}: ${Buffer.from(data).toString('hex')} has two meanings`);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});
