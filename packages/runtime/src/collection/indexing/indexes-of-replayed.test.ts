/**
 * Histories replayed with their documents kept as bytes, beside the same ones replayed as objects: later versions and
 * deletes take the place of bytes nobody has read, and entries and indexes come to the same.
 */
import type { DocumentModel } from '@nuthatch/model';
import fc from 'fast-check';
import type { ByteReader } from '../../codec/byte-reader.js';
import { ByteWriter } from '../../codec/byte-writer.js';
import { KeptBodies } from '../../codec/kept-bodies.js';
import { createModelCodec } from '../../codec/model-codec.js';
import { RangeIndex } from '../../indexes/range-index.js';
import type { ValueOf } from '../../indexes/secondary-index.js';
import { TagIndex } from '../../indexes/tag-index.js';
import { UniqueIndex } from '../../indexes/unique-index.js';
import { runSteps } from '../../scheduling/steps.js';
import { ShardedStore } from '../../store/sharded-store.js';
import type { StoreKey } from '../../structures/store-key.js';
import { DocumentScan } from '../../undecoded/document-scan.js';

const TEXT = { kind: 'string' } as const;

function modelOf(keyType: 'string' | 'number'): DocumentModel {
  return {
    fields: [
      { name: 'id', type: { kind: keyType }, optional: false, rules: [] },
      { name: 'mail', type: TEXT, optional: true, rules: [] },
      { name: 'tags', type: { kind: 'array', element: TEXT }, optional: false, rules: [] },
      { name: 'age', type: { kind: 'number' }, optional: false, rules: [] },
    ],
  } as unknown as DocumentModel;
}

interface Thing {
  readonly id: StoreKey;
  readonly mail: string | undefined;
  readonly tags: readonly string[];
  readonly age: number;
}

interface Step {
  readonly key: number;
  readonly verb: 'put' | 'delete' | 'object' | 'forgottenDelete';
  readonly mail: string | undefined;
  readonly tags: readonly string[];
  readonly age: number;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  key: fc.nat(9),
  verb: fc.oneof(
    { weight: 12, arbitrary: fc.constant('put' as const) },
    { weight: 4, arbitrary: fc.constant('delete' as const) },
    { weight: 1, arbitrary: fc.constantFrom('object' as const, 'forgottenDelete' as const) },
  ),
  mail: fc.option(fc.constantFrom('a@x.io', 'b@x.io', 'ü@x.io', 'long'.repeat(20)), { nil: undefined }),
  tags: fc.array(fc.constantFrom('a', 'b', 'ü', 'tag'.repeat(30)), { maxLength: 4 }),
  age: fc.oneof(fc.nat(4), fc.double({ noNaN: true })),
});

/** Of every kind that texts are told apart by: short, long, and not of ASCII. */
const TEXT_KEYS = ['a', 'b', 'c', 'ab', 'd'.repeat(63), 'e'.repeat(64), 'é', '', 'zz', '𝒳'];

/** The frames of a journal: the bytes lie behind each other in pieces that others share. */
class Replay {
  readonly store: ShardedStore;
  readonly due = new Map<StoreKey, { readonly thing: Thing; readonly revision: number }>();
  readonly #codec;
  readonly #bodies = new KeptBodies();

  constructor(readonly keyType: 'string' | 'number') {
    const model = modelOf(keyType);
    this.#codec = createModelCodec(model);
    const scan = DocumentScan.of(model, new Set(['id', 'mail', 'tags', 'age'])) as DocumentScan;
    const textFields = keyType === 'string' ? ['id', 'mail'] : ['mail'];
    const decode = (reader: ByteReader): object => this.#codec.decode(reader);
    const undecodedForm = {
      scan,
      textFields,
      decode,
      encode: () => undefined,
      partial: () => undefined,
      steps: () => undefined,
    };
    this.store = new ShardedStore({ keyField: 'id', undecodedForm });
  }

  keyOf(number: number): StoreKey {
    return this.keyType === 'string' ? (TEXT_KEYS[number] as string) : number * 1.5;
  }

  take({ key: number, verb, mail, tags, age }: Step): void {
    const key = this.keyOf(number);
    const held = this.due.get(key);
    if (verb === 'delete') {
      this.store.recovered.delete(key);
      this.due.delete(key);
      return;
    }
    // A delete that is lost in damage: the next document says that it is the first.
    const revision = verb === 'forgottenDelete' ? 1 : (held?.revision ?? 0) + 1;
    const thing: Thing = Object.freeze({ id: key, mail, tags: Object.freeze([...tags]), age });
    this.due.set(key, { thing, revision });
    const isTaken = verb !== 'object' && this.#takeBytes(key, thing, revision);
    if (!isTaken) this.store.recovered.put(key, thing, revision, undefined, revision === 1);
  }

  #takeBytes(key: StoreKey, thing: Thing, revision: number): boolean {
    const writer = new ByteWriter(64);
    this.#codec.encode({ ...thing }, writer);
    const reader = this.#bodies.keep(writer.finish(), false);
    const { end } = reader;
    const given = this.store.recovered.needsKeys ? key : undefined;
    const isTaken = this.store.recovered.recoverUndecoded(given, reader, revision, undefined, revision === 1);
    if (isTaken) expect(reader.position).toBe(end);
    return isTaken;
  }
}

const takes = (field: keyof Thing): ValueOf =>
  Object.assign((document: object) => (document as Thing)[field], { fields: [field] });

/** The answers of the indexes, by key: slots may differ. */
function answers(store: ShardedStore): unknown {
  const slots = runSteps(store.slotsInSteps());
  const tags = new TagIndex({ source: store, name: 'tags', valueOf: takes('tags'), arrayCount: 4 });
  const mail = new UniqueIndex({ source: store, name: 'mail', valueOf: takes('mail') });
  const age = new RangeIndex({ source: store, name: 'age', valueOf: takes('age') });
  for (const index of [tags, mail, age]) runSteps(index.rebuilding(slots));
  const keysOf = (found: readonly number[]): unknown[] => found.map((slot) => store.keyOf(slot));
  return {
    entries: [tags, age].map((index) => index.entryCount),
    mails: slots.filter((slot) => mail.find((store.peek(slot, undefined) as Thing).mail) === slot).length,
    tags: new Map([...tags.tags()].map(([tag]) => [tag, new Set(keysOf(tags.collect(tag)))])),
    ages: keysOf(age.collect()),
  };
}

/** The same documents, put as objects. */
function plainStore({ due, keyType }: Replay): ShardedStore {
  const plain = new Replay(keyType).store;
  for (const [key, { thing, revision }] of due) plain.recovered.put(key, thing, revision, undefined, true);
  plain.recovered.settle();
  return plain;
}

function expectSame(replay: Replay): void {
  const { store, due } = replay;
  store.recovered.settle();
  expect(store.size).toBe(due.size);
  expect({ ...(answers(store) as object), mails: 0 }).toEqual({ ...(answers(plainStore(replay)) as object), mails: 0 });
  runSteps(store.recovered.ending());
  for (const number of TEXT_KEYS.keys()) {
    const key = replay.keyOf(number);
    const slot = store.get(key);
    expect(slot !== undefined).toBe(due.has(key));
    if (slot === undefined) continue;
    expect(store.keyOf(slot)).toBe(key);
    expect(store.peek(slot, undefined)).toEqual(due.get(key)?.thing);
    expect(store.revisionOf(slot)).toBe(due.get(key)?.revision);
  }
  for (const [key, { thing }] of due) expect(store.find(key)).toEqual(thing);
  expect(store.undecodedCount).toBe(0);
}

describe.each(['string', 'number'] as const)('A replayed history, keys of %s', (keyType) => {
  it('comes to the documents and indexes of the last versions', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
        const replay = new Replay(keyType);
        for (const step of steps) replay.take(step);
        expectSame(replay);
      }),
      { numRuns: 500 },
    );
  });

  it('decodes nothing for updates and deletes', () => {
    const replay = new Replay(keyType);
    const step = { verb: 'put', mail: undefined, tags: ['a'], age: 1 } as const;
    for (let number = 0; number < 10; number++) replay.take({ ...step, key: number });
    for (let number = 0; number < 10; number++) replay.take({ ...step, key: number, tags: ['b'], age: number });
    for (let number = 0; number < 10; number += 2) replay.take({ ...step, key: number, verb: 'delete' });
    replay.take({ ...step, key: 2 });
    replay.store.recovered.settle();
    expect(replay.store.undecodedCount).toBe(6);
    expectSame(replay);
  });
});

describe('The bytes of a replayed history', () => {
  it('are let go of when nearly all documents of a body were replaced', () => {
    const replay = new Replay('string');
    const text = 'x'.repeat(1_000);
    const writer = new ByteWriter(64);
    const codec = createModelCodec(modelOf('string'));
    const bodies = new KeptBodies();
    const put = (id: string, revision: number): void => {
      writer.rewind(0);
      codec.encode({ id, mail: `${id}@x.io`, tags: [text], age: revision }, writer);
      const reader = bodies.keep(writer.finish().slice(), false);
      expect(replay.store.recovered.recoverUndecoded(undefined, reader, revision, undefined, revision === 1)).toBe(
        true,
      );
    };
    // A counter that is written all the time, and now and then a document that stays: one of about 250 in each body.
    let mostBytes = 0;
    put('counter', 1);
    for (let round = 1; round <= 120_000; round++) {
      if (round % 200 === 0) put(`stays${round}`, 1);
      put('counter', round + 1);
      mostBytes = Math.max(mostBytes, replay.store.undecodedBytes);
    }
    expect(mostBytes).toBeLessThan(24 * 1024 * 1024);
    replay.store.recovered.settle();
    runSteps(replay.store.recovered.ending());
    expect(replay.store.size).toBe(601);
    expect(replay.store.undecodedBytes).toBeLessThan(4 * 1024 * 1024);
    expect(replay.store.find('counter')).toMatchObject({ age: 120_001 });
    expect(replay.store.find('stays200')).toMatchObject({ mail: 'stays200@x.io' });
  });

  it('are not moved again and again for the short ones beside long ones', () => {
    const { store } = new Replay('string');
    const codec = createModelCodec(modelOf('string'));
    const bodies = new KeptBodies();
    const writer = new ByteWriter(64);
    let movedCount = 0;
    const put = (id: string, text: string, revision: number): void => {
      writer.rewind(0);
      codec.encode({ id, mail: undefined, tags: [text], age: revision }, writer);
      const reader = bodies.keep(writer.finish().slice(), false);
      const before = store.undecodedBytes;
      store.recovered.recoverUndecoded(undefined, reader, revision, undefined, revision === 1);
      if (store.undecodedBytes < before) movedCount++;
    };
    for (let index = 0; index < 2_000; index++) put(`long${index}`, 'x'.repeat(10_000), 1);
    for (let round = 1; round <= 20_000; round++) put('counter', 'y', round);
    store.recovered.settle();
    // Whole bodies of counters went by themselves; the long documents stayed where they were.
    expect(movedCount).toBeLessThan(20);
    expect(store.undecodedBytes).toBeLessThan(24_000_000);
    expect(store.size).toBe(2_001);
    expect(store.find('counter')).toMatchObject({ age: 20_000 });
  });
});
