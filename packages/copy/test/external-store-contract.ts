/** What every target of a copy must do, whatever it is. Run by each target's own test with a fresh, empty place. */
import fc from 'fast-check';
import { playerDefinition } from '../../../generated/player.js';
import { KEYED_MODELS, keyedDocuments } from '../../runtime/test/support/keys-of-every-type.js';
import { CollectionChecksum, summaryOfStore } from '../src/collection-checksum.js';
import type { CollectionShape } from '../src/collection-shape.js';
import { shapesOf } from '../src/collection-shapes.js';
import { completeAt } from '../src/copy-position.js';
import { type ExternalStore, keyValuesOf, type PlainDocument, type StoreChange } from '../src/external-store.js';
import { copiedDefinition } from './copied-definition.js';
import { everyTypeDefinition, everyTypeDocument } from './every-type.js';

/** What every target has room for: years of four digits, bigints of 65, texts that no target refuses. */
const ROOM_OF_TARGETS = {
  day: fc.integer({ min: -7e12, max: 7e12 }).map((ms) => new Date(ms)),
  big: fc.oneof(fc.bigInt({ min: -(10n ** 64n), max: 10n ** 64n }), fc.bigInt({ min: -3n, max: 3n })),
  room: fc.constantFrom('', 'a', 'A', ' ', 't1:5', ':'),
};

function keyText(shape: CollectionShape, document: object): string {
  const parts = keyValuesOf(shape, document).map((part) => (part instanceof Date ? part.toISOString() : String(part)));
  return JSON.stringify(parts);
}

export interface ContractPlace {
  readonly store: ExternalStore;
  /** Drops what the test made. */
  remove(): Promise<void>;
}

export function describeExternalStore(name: string, open: () => Promise<ContractPlace>): void {
  describe(`${name} meets the contract of external stores`, () => {
    let place: ContractPlace;
    let store: ExternalStore;
    let everything: CollectionShape;
    let players: CollectionShape;

    beforeEach(async () => {
      place = await open();
      store = place.store;
      [everything, players] = shapesOf([everyTypeDefinition, playerDefinition], store.shapeOptions) as unknown as [
        CollectionShape,
        CollectionShape,
      ];
    });

    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const documents = (count: number, from = 0): Record<string, unknown>[] =>
      Array.from({ length: count }, (_, index) => everyTypeDocument(from + index));

    const fill = async (shape: CollectionShape, all: readonly object[], seq = 1n): Promise<void> => {
      const writer = await store.begin(shape, completeAt(shape, 'history', seq));
      for (let at = 0; at < all.length; at += 40) await writer.write(all.slice(at, at + 40));
      await writer.finish(completeAt(shape, 'history', seq));
    };

    const readAll = async (shape: CollectionShape, limit = 30): Promise<Map<string, PlainDocument>> => {
      const found = new Map<string, PlainDocument>();
      let after: unknown;
      do {
        const page = await store.readPage(shape, after, limit);
        expect(page.documents.length).toBeLessThanOrEqual(limit);
        for (const document of page.documents) {
          const key = keyText(shape, document);
          expect(found.has(key)).toBe(false);
          found.set(key, document);
        }
        after = page.next;
      } while (after !== undefined);
      return found;
    };

    const expectSame = async (shape: CollectionShape, all: readonly object[]): Promise<void> => {
      const found = await readAll(shape);
      expect(found.size).toBe(all.length);
      for (const document of all) expect(found.get(keyText(shape, document))).toEqual(document);
      expect(await store.count(shape)).toBe(all.length);
      const checksum = new CollectionChecksum(shape);
      for (const document of all) checksum.add(document);
      expect(await summaryOfStore(store, shape, 50)).toEqual(checksum.summary);
    };

    const put = (shape: CollectionShape, document: object, seq: bigint): StoreChange => ({
      shape,
      key: keyValuesOf(shape, document),
      document,
      seq,
    });

    it('names the missing tables, makes them once, and finds no difference afterwards', async () => {
      expect(store.ddl([everything, players]).length).toBeGreaterThan(1);
      expect(await store.positions()).toEqual([]);
      expect((await store.check([everything, players])).map(({ kind }) => kind)).toEqual([
        'missingTable',
        'missingTable',
      ]);
      await store.create([everything, players]);
      await store.create([everything, players]);
      expect(await store.check([everything, players])).toEqual([]);
      expect(await store.positions()).toEqual([]);
      await expectSame(everything, []);
    });

    it('gives back every type as it was, and the position with it', async () => {
      await store.create([everything]);
      const all = documents(101);
      await fill(everything, all, 7n);
      await expectSame(everything, all);
      expect(await store.positions()).toEqual([completeAt(everything, 'history', 7n)]);
      expect(await store.check([everything])).toEqual([]);
    });

    it('tells texts apart that differ in case, accent, normal form or a space at the end, in keys and unique values', async () => {
      await store.create([players]);
      const texts = ['a', 'a ', 'A', 'á', 'a\u0301', 'ß', 'ss', 'ﬀ', 'ff', '💚', '💙', '1', '01', "'", "\\'", '%', '_'];
      const all = texts.map((text) => ({
        id: text,
        email: text,
        nick: text,
        clubs: texts,
        age: 1,
        joinedAt: new Date(0),
        name: text,
      }));
      for (const seq of [1n, 2n]) {
        await fill(players, all, seq);
        await expectSame(players, all);
      }
      const changes = all.map((player) => put(players, { ...player, name: `${player.name}!` }, 3n));
      const gone: StoreChange = { shape: players, key: ['a '], document: undefined, seq: 4n };
      await store.apply([...changes.filter(({ key }) => key[0] !== 'a '), gone], [completeAt(players, 'history', 4n)]);
      const left = all.filter(({ id }) => id !== 'a ').map((player) => ({ ...player, name: `${player.name}!` }));
      await expectSame(players, left);
    });

    it('finds documents again by dates, booleans, bigints, and by all of them together', async () => {
      const shapes = shapesOf(KEYED_MODELS.map(copiedDefinition), store.shapeOptions);
      await store.create(shapes);
      expect(await store.check(shapes)).toEqual([]);
      for (const [index, shape] of shapes.entries()) {
        const samples = fc.sample(keyedDocuments(KEYED_MODELS[index]!, ROOM_OF_TARGETS), { numRuns: 12, seed: 5 });
        const all = samples.reduce((most, each) => (each.length > most.length ? each : most));
        const [first, second] = all as readonly [PlainDocument, PlainDocument];
        for (const seq of [1n, 2n]) {
          await fill(shape, all, seq);
          await expectSame(shape, all);
        }
        const changed = { ...second, note: 'changed' };
        const gone: StoreChange = { shape, key: keyValuesOf(shape, first), document: undefined, seq: 3n };
        await store.apply([gone, put(shape, changed, 3n)], [completeAt(shape, 'history', 3n)]);
        await expectSame(shape, [changed, ...all.slice(2)]);
      }
    });

    it('holds exactly what the last filling wrote: changed rows, new ones, none of the others', async () => {
      await store.create([everything]);
      await fill(everything, documents(60));
      const second = documents(50, 20).map((document): Record<string, unknown> => ({ ...document, amount: 99 }));
      // A unique value moves from one document to the other.
      [second[0]!['text'], second[1]!['text']] = [second[1]!['text'], second[0]!['text']];
      await fill(everything, second, 2n);
      await expectSame(everything, second);
      await fill(everything, second, 3n);
      await expectSame(everything, second);
      await fill(everything, [], 4n);
      await expectSame(everything, []);
      expect(await store.positions()).toEqual([completeAt(everything, 'history', 4n)]);
    });

    it('applies puts and deletes with their position, and the same batch twice to the same end', async () => {
      await store.create([everything, players]);
      await fill(everything, documents(10));
      await fill(players, []);
      const [first, second, third] = documents(3).map(
        (document): Record<string, unknown> => ({ ...document, amount: 5 }),
      ) as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>];
      [first['text'], second['text']] = [second['text'], first['text']];
      const ann = {
        id: 'p1',
        email: 'a@x.io',
        clubs: ['a', 'b'],
        age: 3,
        joinedAt: new Date(4),
        name: 'Ann',
        nick: undefined,
      };
      const batch: StoreChange[] = [
        put(everything, first, 5n),
        put(everything, second, 5n),
        { shape: everything, key: keyValuesOf(everything, third), document: undefined, seq: 6n },
        put(everything, everyTypeDocument(77), 6n),
        put(players, ann, 6n),
      ];
      const positions = [completeAt(everything, 'history', 6n), completeAt(players, 'history', 6n)];
      for (let time = 0; time < 2; time++) {
        await store.apply(batch, positions);
        await expectSame(everything, [first, second, ...documents(7, 3), everyTypeDocument(77)]);
        await expectSame(players, [ann]);
      }
      const byName = [...(await store.positions())].sort((a, b) => (a.collection < b.collection ? -1 : 1));
      expect(byName).toEqual(positions);
      await store.apply([], [completeAt(players, 'history', 8n)]);
      expect((await store.positions()).map(({ seq }) => seq).sort()).toEqual([6n, 8n]);
    });

    it('is as before, or says that it is incomplete, when a filling is given up', async () => {
      await store.create([everything]);
      await fill(everything, documents(12), 1n);
      const writer = await store.begin(everything, completeAt(everything, 'history', 2n));
      await writer.write(documents(5, 100));
      await writer.abandon();
      const [position] = await store.positions();
      if (store.isTransactional) await expectSame(everything, documents(12));
      expect(position?.isComplete).toBe(store.isTransactional);
      await fill(everything, documents(12), 3n);
      await expectSame(everything, documents(12));
    });

    it('names rows of which no position tells', async () => {
      await store.create([players]);
      await fill(players, [{ id: 'x', email: 'x', clubs: [], age: 1, joinedAt: new Date(0), name: 'X' }]);
      expect(await store.check([players])).toEqual([]);
      expect((await store.positions())[0]?.isComplete).toBe(true);
    });
  });
}
