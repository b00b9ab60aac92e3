/** Indexes built from what was noted of documents that stay bytes, beside the same indexes built from the documents. */
import type { DocumentModel } from '@nuthatch/model';
import fc from 'fast-check';
import { ByteReader } from '../../codec/byte-reader.js';
import { ByteWriter } from '../../codec/byte-writer.js';
import { createModelCodec } from '../../codec/model-codec.js';
import { RangeIndex } from '../../indexes/range-index.js';
import type { ValueOf } from '../../indexes/secondary-index.js';
import { TagIndex } from '../../indexes/tag-index.js';
import { UniqueIndex } from '../../indexes/unique-index.js';
import { runSteps, STEP_ITEMS } from '../../scheduling/steps.js';
import { ShardedStore } from '../../store/sharded-store.js';
import { DocumentScan } from '../../undecoded/document-scan.js';

const TEXT = { kind: 'string' } as const;
const MODEL = {
  fields: [
    { name: 'id', type: TEXT, optional: false, rules: [] },
    { name: 'mail', type: TEXT, optional: true, rules: [] },
    { name: 'tags', type: { kind: 'array', element: TEXT }, optional: false, rules: [] },
    { name: 'age', type: { kind: 'number' }, optional: false, rules: [] },
    { name: 'born', type: { kind: 'date' }, optional: false, rules: [] },
  ],
} as unknown as DocumentModel;
const CODEC = createModelCodec(MODEL);
const SCAN = DocumentScan.of(MODEL, new Set(['id', 'mail', 'tags', 'age', 'born'])) as DocumentScan;

interface Person {
  readonly id: string;
  readonly mail: string | undefined;
  readonly tags: readonly string[];
  readonly age: number;
  readonly born: Date;
}

const newStore = (): ShardedStore =>
  new ShardedStore({
    keyField: 'id',
    undecodedForm: {
      scan: SCAN,
      textFields: ['id', 'mail'],
      decode: (reader) => CODEC.decode(reader),
      encode: (document, writer) => CODEC.encode({ ...document }, writer),
      partial: () => undefined,
      steps: () => undefined,
    },
  });

/** A store of untouched documents, but for those of `read`, and one of the same documents as objects. */
function stores(people: readonly Person[], read: ReadonlySet<number>): readonly [ShardedStore, ShardedStore] {
  const [packed, plain] = [newStore(), newStore()];
  const writer = new ByteWriter(64);
  const ends = people.map((person) => {
    CODEC.encode({ ...person }, writer);
    return writer.position;
  });
  const reader = new ByteReader(writer.finish().slice());
  for (const [index, person] of people.entries()) {
    plain.recovered.put(person.id, person, 1, undefined, true);
    reader.seek(ends[index - 1] ?? 0, ends[index] as number);
    if (read.has(index)) packed.recovered.put(person.id, person, 1, undefined, true);
    else expect(packed.recovered.recoverUndecoded(undefined, reader, 1, undefined)).toBe(true);
  }
  for (const store of [packed, plain]) store.recovered.settle();
  return [packed, plain];
}

const takes = (field: keyof Person): ValueOf =>
  Object.assign((document: object) => (document as Person)[field], { fields: [field] });

/** All that the indexes answer. */
function answers(store: ShardedStore): unknown {
  const slots = runSteps(store.slotsInSteps());
  const tags = new TagIndex({ source: store, name: 'tags', valueOf: takes('tags'), arrayCount: 4 });
  const mail = new UniqueIndex({ source: store, name: 'mail', valueOf: takes('mail') });
  const ranges = (['age', 'born', 'mail'] as const).map(
    (name) => new RangeIndex({ source: store, name, valueOf: takes(name) }),
  );
  for (const index of [tags, mail, ...ranges]) runSteps(index.rebuilding(slots));
  const postings = [...tags.tags()].map(([tag]) => [tag, tags.collect(tag)] as const);
  return {
    isInKeyOrder: store.isInKeyOrder,
    entries: [tags, mail, ...ranges].map((index) => index.entryCount),
    tags: new Map(postings),
    mails: slots.map((slot) => mail.find((store.peek(slot, undefined) as Person).mail)),
    ranges: ranges.map((index) => index.collect()),
    keys: slots.map((slot) => [store.keyOf(slot), store.get(store.keyOf(slot))]),
  };
}

const TAG = fc.oneof(fc.constantFrom('a', 'b', 'ü', 'long'.repeat(20)), fc.string({ maxLength: 3 }));
const NUMBER = fc.oneof(fc.nat(4), fc.integer(), fc.double({ noNaN: true }), fc.constant(-0));
const PERSON = fc.record({
  mail: fc.option(fc.oneof(fc.string(), fc.emailAddress()), { nil: undefined }),
  tags: fc.array(TAG, { maxLength: 6 }),
  age: NUMBER,
  born: fc.date({ noInvalidDate: true }),
});
const ID = fc.oneof(fc.string({ maxLength: 2 }), fc.constantFrom('k'.repeat(70), 'é', '~'), fc.uuid());

describe('Indexes of untouched documents', () => {
  it('answer as indexes built from the documents, whichever were read', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(ID, { maxLength: 40 }),
        fc.boolean(),
        fc.array(PERSON, { minLength: 40, maxLength: 40 }),
        fc.array(fc.nat(39), { maxLength: 4 }),
        (ids, isSorted, people, read) => {
          const ordered = isSorted ? [...ids].sort() : ids;
          const all = ordered.map((id, index) => ({ id, ...(people[index] as Omit<Person, 'id'>) }));
          const [packed, plain] = stores(all, new Set(read));
          expect(answers(packed)).toEqual(answers(plain));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('refuse a number that has no place in an order', () => {
    const person = { id: 'a', mail: undefined, tags: [], age: Number.NaN, born: new Date(0) };
    const [packed] = stores([person], new Set());
    const index = new RangeIndex({ source: packed, name: 'age', valueOf: takes('age') });
    expect(() => runSteps(index.rebuilding([0]))).toThrow(expect.objectContaining({ code: 'INVALID_INDEX_VALUE' }));
  });

  it('are built in steps of a limited number of entries', () => {
    const people = Array.from({ length: STEP_ITEMS * 3 }, (_, index) => ({
      id: `p${index}`,
      mail: `${index}@x.io`,
      tags: [`t${index % 7}`],
      age: index % 50,
      born: new Date(index),
    }));
    const [packed] = stores(people, new Set());
    const slots = runSteps(packed.slotsInSteps());
    const indexes = [
      new TagIndex({ source: packed, name: 'tags', valueOf: takes('tags') }),
      new UniqueIndex({ source: packed, name: 'mail', valueOf: takes('mail') }),
      new RangeIndex({ source: packed, name: 'age', valueOf: takes('age') }),
    ];
    for (const index of indexes) {
      let stepCount = 0;
      for (const steps = index.rebuilding(slots); steps.next().done !== true; ) stepCount++;
      expect(stepCount).toBeGreaterThanOrEqual(3);
    }
  });
});
