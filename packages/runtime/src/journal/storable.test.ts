/** What the writer writes the reader reads, at every edge of every range; all else is refused with a code. */
import { DatabaseError } from '@nuthatch/model';
import * as fc from 'fast-check';
import { definitionOf, field, model } from '../../test/disk-fixture.js';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { createModelCodec } from '../codec/model-codec.js';
import { isStorableCount, isStorableTime, LAST_COUNT, LAST_SEQ } from '../codec/storable.js';
import { firstChain } from './chain.js';
import type { Effect } from './effect.js';
import { sealFrame } from './frame-header.js';
import { readFrameHeader } from './frame-reader.js';
import { FRAME_HEADER_BYTES, LAST_MODEL_ID } from './journal-format.js';
import { ModelTable } from './model-table.js';
import { readEffect, readModel, readRecordHeader, readTransactionHeader } from './transaction-reader.js';
import { writeModel, writeTransaction } from './transaction-writer.js';

const definition = definitionOf(model([field('id', { kind: 'string' }), field('value', { kind: 'number' })]));
const EDGES = [
  0,
  1,
  -1,
  127,
  128,
  2 ** 31,
  2 ** 32,
  2 ** 51,
  2 ** 51 + 1,
  LAST_COUNT - 1,
  LAST_COUNT,
  LAST_COUNT + 1,
  2 ** 54,
  8.64e15,
  -8.64e15,
  8.64e15 + 1,
  1e300,
  0.5,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const anyNumber = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat(), fc.maxSafeInteger(), fc.double());

/** What a transaction with this effect is read back as; the code of the error when it is refused. */
function roundTrip(effect: Effect, timeMs: number): unknown {
  const writer = new ByteWriter();
  try {
    writeTransaction(writer, { timeMs, effects: effect }, new ModelTable(), 2 ** 20);
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseError);
    return (error as DatabaseError).code;
  }
  const reader = new ByteReader(writer.finish());
  const { end } = readRecordHeader(reader);
  const header = readTransactionHeader(reader);
  const read: unknown[] = [header.timeMs];
  readEffect(reader, end, {
    put: (_modelId, _key, revision, expiresAt) => read.push(revision, expiresAt),
    delete: () => undefined,
    sequence: (_modelId, value) => read.push(value),
  });
  return read;
}

it('reads back every revision, expiry and generated number that it writes, and refuses the others', () => {
  fc.assert(
    fc.property(anyNumber, fc.option(anyNumber, { nil: undefined }), (revision, expiresAt) => {
      const document = { id: 'a', value: 1 };
      const put = { kind: 'put', definition, key: 'a', document, revision, expiresAt } as const;
      const isStorable = isStorableCount(revision) && (expiresAt === undefined || isStorableTime(expiresAt));
      expect(roundTrip(put, 5)).toEqual(isStorable ? [5, Math.abs(revision), expiresAt] : 'RANGE_EXHAUSTED');
      const sequence = { kind: 'sequence', definition, value: revision } as const;
      expect(roundTrip(sequence, 5)).toEqual(isStorableCount(revision) ? [5, revision] : 'RANGE_EXHAUSTED');
    }),
    { numRuns: 2_000 },
  );
});

it('reads back every seq up to the last, and ignores a frame beyond it', () => {
  for (const [firstSeq, transactionCount] of [
    [1, 1],
    [2 ** 32, 3],
    [LAST_SEQ - 9, 10],
    [LAST_SEQ, 1],
  ] as const) {
    expect(headerOf(firstSeq, transactionCount)).toMatchObject({ firstSeq, transactionCount });
  }
  expect(headerOf(LAST_SEQ, 2)).toMatch(/^seq /);
});

function headerOf(firstSeq: number, transactionCount: number): unknown {
  const frame = new Uint8Array(FRAME_HEADER_BYTES);
  const place = {
    pageNumber: 1,
    firstSeq,
    transactionCount,
    frameId: 1,
    syncedSeq: 0,
    epoch: 1,
    timeMs: 5,
    crcSeed: 7,
  };
  sealFrame(frame, { ...place, previousChain: firstChain(new Uint8Array(16)) });
  return readFrameHeader(frame, 7);
}

describe('counts of elements that take no bytes', () => {
  const empty = { kind: 'object', fields: [] } as const;
  const codecs = {
    array: createModelCodec(model([field('items', { kind: 'array', element: empty })])),
    tuple: createModelCodec(
      model([field('items', { kind: 'tuple', elements: [empty], least: 1, rest: empty } as never)]),
    ),
  };
  it.each(Object.entries(codecs))('are refused when they are written, not when they are read: %s', (_, codec) => {
    for (const count of [1, 2 ** 20, 2 ** 20 + 1]) {
      const writer = new ByteWriter();
      const items = Array.from({ length: count }, () => ({}));
      const write = (): void => codec.encode({ items }, writer);
      if (count > 2 ** 20) expect(write).toThrow(/TRANSACTION_TOO_LARGE/);
      else {
        write();
        expect((codec.decode(new ByteReader(writer.finish())) as typeof codecs & { items: [] }).items).toHaveLength(
          count,
        );
      }
    }
  });

  it('bound no tuple whose elements take some', () => {
    const type = { kind: 'tuple', elements: [{ kind: 'string' }], least: 1, rest: { kind: 'number' } } as never;
    const codec = createModelCodec(model([field('items', type)]));
    const items = ['a', ...Array.from({ length: 2 ** 20 + 5 }, () => 1)];
    const writer = new ByteWriter();
    codec.encode({ items }, writer);
    expect((codec.decode(new ByteReader(writer.finish())) as { items: unknown[] }).items).toHaveLength(items.length);
  });
});

it.each([LAST_MODEL_ID + 1, Number.MAX_SAFE_INTEGER])(
  'the model number %d is damage: the next one could not be written',
  (modelId) => {
    const read = (id: number): unknown => {
      const writer = new ByteWriter();
      writeModel(writer, { modelId: id, fingerprint: 'f', json: '{}' });
      return readModel(new ByteReader(writer.finish()));
    };
    expect(read(LAST_MODEL_ID)).toEqual({ modelId: LAST_MODEL_ID, fingerprint: 'f', json: '{}' });
    expect(() => read(modelId)).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }) as never);
  },
);
