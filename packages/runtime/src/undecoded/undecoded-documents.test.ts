import type { DocumentModel } from '@nuthatch/model';
import fc from 'fast-check';
import { ByteReader } from '../codec/byte-reader.js';
import { ByteWriter } from '../codec/byte-writer.js';
import { createModelCodec } from '../codec/model-codec.js';
import { ShardedStore } from '../store/sharded-store.js';
import { DocumentScan } from './document-scan.js';
import { fieldStepsOf } from './field-steps.js';
import { PartialDocument } from './partial-document.js';
import type { UndecodedForm } from './undecoded-form.js';

const MODEL = {
  fields: [
    { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'age', type: { kind: 'number' }, optional: true, rules: [] },
    { name: 'tags', type: { kind: 'array', element: { kind: 'string' } }, optional: false, rules: [] },
  ],
} as unknown as DocumentModel;
const CODEC = createModelCodec(MODEL);
const FORM = {
  scan: DocumentScan.of(MODEL, new Set(['id', 'age', 'tags'])) as DocumentScan,
  decode: (reader: ByteReader) => CODEC.decode(reader),
  encode: (document: object, writer: ByteWriter) => CODEC.encode(document as Record<string, unknown>, writer),
  partial: (fields: readonly string[]) => PartialDocument.of(MODEL, fields),
  steps: () => fieldStepsOf(MODEL),
};

interface Thing {
  readonly id: string;
  readonly age: number | undefined;
  readonly tags: readonly string[];
}

const thing = (id: string, age?: number): Thing => Object.freeze({ id, age, tags: Object.freeze([`t${age}`, 'all']) });

/** Puts documents into the store as a frame of a snapshot would. */
function pack(store: ShardedStore, things: readonly Thing[]): void {
  const writer = new ByteWriter(64);
  const ends = things.map((item) => {
    CODEC.encode({ ...item }, writer);
    return writer.position;
  });
  const reader = new ByteReader(writer.finish().slice());
  for (const [index, end] of ends.entries()) {
    reader.seek(ends[index - 1] ?? 0, end);
    expect(store.recovered.recoverUndecoded(things[index]?.id as string, reader, index + 1, undefined)).toBe(true);
  }
}

describe.each([
  { keyField: 'id', textFields: ['id'] },
  { keyField: 'id', textFields: [] },
  { keyField: undefined, textFields: [] },
])('Documents that stay bytes, $keyField $textFields', ({ keyField, textFields }) => {
  const undecodedForm: UndecodedForm = { ...FORM, textFields };
  const newStore = (): ShardedStore => new ShardedStore({ keyField, undecodedForm });

  it('are made at their first read, and are the same object from then on', () => {
    const store = newStore();
    pack(store, [thing('a', 1), thing('b')]);
    store.recovered.settle();
    const found = store.find('a') as object;
    expect(found).toEqual(thing('a', 1));
    expect(Object.isFrozen(found)).toBe(true);
    expect(store.find('a')).toBe(found);
    expect(store.documentsOf([1, 0])[1]).toBe(found);
    expect(store.documentsOf([1, 0])[0]).toBe(store.documentOf(1));
    expect([...store.slots()].map((slot) => store.keyOf(slot))).toEqual(['a', 'b']);
    expect([store.revisionOf(0), store.revisionOf(1)]).toEqual([1, 2]);
  });

  it('can be looked at without being made, whole or by noted fields', () => {
    const store = newStore();
    pack(store, [thing('a', 1), thing('b')]);
    store.recovered.settle();
    expect(store.peek(0, ['age'])).toEqual({ age: 1 });
    expect(store.peek(1, ['age', 'tags'])).toEqual({ age: undefined, tags: ['tundefined', 'all'] });
    store.recovered.end();
    expect(store.peek(1, ['age'])).toEqual(thing('b'));
    const passing = store.peek(1, undefined);
    expect(store.documentOf(1)).not.toBe(passing);
    expect(store.peek(1, undefined)).toBe(store.documentOf(1));
  });

  it('work beside documents that were decoded at once, in either order', () => {
    const store = newStore();
    store.recovered.put('x', thing('x', 8), 1, undefined, true);
    pack(store, [thing('a', 1)]);
    store.recovered.put('y', thing('y', 9), 1, undefined, true);
    pack(store, [thing('b', 2)]);
    store.recovered.settle();
    const fields = ['age'];
    const ages = Array.from(store.slots(), (slot) => (store.peek(slot, fields) as Thing).age);
    expect(ages).toEqual([8, 1, 9, 2]);
    expect(Array.from(store.slots(), (slot) => store.keyOf(slot))).toEqual(['x', 'a', 'y', 'b']);
  });

  it('give way to a later document of their key', () => {
    const store = newStore();
    pack(store, [thing('a', 1), thing('b', 2)]);
    pack(store, [thing('a', 3)]);
    store.recovered.settle();
    expect(store.size).toBe(2);
    expect(store.find('a')).toEqual(thing('a', 3));
    store.recovered.put('b', thing('b', 4), 2, undefined, false);
    expect(store.find('b')).toEqual(thing('b', 4));
  });

  it('are refused when bytes are left over, which changes nothing', () => {
    const store = newStore();
    const writer = new ByteWriter(64);
    CODEC.encode({ ...thing('a', 1) }, writer);
    writer.byte(0);
    expect(store.recovered.recoverUndecoded('a', new ByteReader(writer.finish().slice()), 1, undefined)).toBe(false);
    pack(store, [thing('b', 2)]);
    store.recovered.settle();
    expect([...store.slots()]).toEqual([0]);
    expect(store.peek(0, ['age'])).toEqual({ age: 2 });
  });

  it('answer as documents do, through all operations', () => {
    const step = fc.tuple(fc.constantFrom('find', 'replace', 'delete', 'add', 'peek'), fc.nat(11));
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 4 }), fc.array(step), (frames, steps) => {
        const store = newStore();
        const due = new Map<string, Thing>();
        for (const count of frames) {
          const things = Array.from({ length: count }, (_, index) =>
            thing(`${'k'.repeat(1 + index ** 4)}${due.size + index}`, index),
          );
          pack(store, things);
          for (const item of things) due.set(item.id, item);
        }
        store.recovered.settle();
        store.recovered.end();
        for (const [index, [verb, number]] of steps.entries()) {
          const key = [...due.keys()][number] ?? `k${number}`;
          const slot = store.get(key);
          expect(slot !== undefined).toBe(due.has(key));
          if (slot === undefined && verb === 'add') {
            due.set(key, thing(key, index));
            store.add(key, due.get(key) as object, 1, undefined);
          }
          if (slot === undefined) continue;
          expect(store.keyOf(slot)).toBe(key);
          if (verb === 'find') expect(store.find(key)).toEqual(due.get(key));
          if (verb === 'peek') expect(store.peek(slot, undefined)).toEqual(due.get(key));
          if (verb === 'replace') {
            due.set(key, thing(key, index));
            store.replace(slot, due.get(key) as object, 2, undefined);
          }
          if (verb === 'delete') {
            due.delete(key);
            store.delete(key);
          }
        }
        expect(new Map(Array.from(store.slots(), (slot) => [store.keyOf(slot), store.documentOf(slot)]))).toEqual(due);
      }),
      { numRuns: 300 },
    );
  });
});
