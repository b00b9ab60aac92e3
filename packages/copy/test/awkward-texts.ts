/** Texts that some target cannot hold, at every place of a document: each comes back, or is refused by key and field. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { copyTo, type ExternalStore, loadFrom, mirror, shapesOf } from '../src/index.js';
import { copiedDefinition } from './copied-definition.js';

const text = { kind: 'string' } as const;
const field = (name: string, type: FieldType = text) => ({ name, type, optional: false, rules: [] });
const list = { kind: 'array', element: text } as const;
const map = { kind: 'map', key: text, value: text } as const;

const MODEL: DocumentModel = {
  name: 'Note',
  collection: 'note',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    field('id'),
    field('range'),
    field('unique'),
    field('tag'),
    field('tags', list),
    field('free'),
    field('names', map),
  ],
  computed: [],
  indexes: [
    { name: 'range', kind: 'range', fields: ['range'] },
    { name: 'unique', kind: 'unique', fields: ['unique'] },
    { name: 'tag', kind: 'tag', fields: ['tag'] },
    { name: 'tags', kind: 'tag', fields: ['tags'] },
  ],
};

interface Notes {
  insert(input: object): Promise<unknown>;
  upsert(input: object): Promise<unknown>;
  delete(key: unknown): Promise<unknown>;
  all(): { all(): { readonly id: string }[] };
}

type Collections = Readonly<Record<'note', Notes>>;

const open = () => openDatabase<Collections, Collections>([copiedDefinition(MODEL)], { memory: true });

const plain = (id: string) => ({
  ...{ id, range: 'r', unique: `unique ${id}`, tag: 't', tags: ['a', 'b'], free: 'f' },
  names: new Map([['n', 'm']]),
});

/** That no packing makes shorter: digits of a linear congruential generator. */
function noise(length: number): string {
  let [made, number] = ['', 123_456_789];
  while (made.length < length) {
    number = (number * 1_103_515_245 + 12_345) % 2_147_483_648;
    made += number.toString(36);
  }
  return made.slice(0, length);
}

const TEXTS: Readonly<Record<string, string>> = {
  'a NUL character': 'a\0b',
  'half a surrogate pair': 'a\ud800b',
  'the other half': '\udfff',
  'backslashes before u0000': '\\u0000 \\\\ud800',
  '8 kB of noise': noise(8_000),
  '8 kB of one letter': 'x'.repeat(8_000),
  '70 kB of noise': noise(70_000),
};

const PLACES: Readonly<Record<string, (text: string) => object>> = {
  id: (id) => ({ id }),
  range: (range) => ({ range }),
  unique: (unique) => ({ unique }),
  tag: (tag) => ({ tag }),
  tags: (tag) => ({ tags: ['a', tag] }),
  free: (free) => ({ free }),
  names: (name) => ({ names: new Map([['n', name]]) }),
  'names by key': (name) => ({ names: new Map([[name, 'n']]) }),
};

/** @param storeOf a store over tables of its own by their number. */
export function describeAwkwardTexts(name: string, storeOf: (number: number) => ExternalStore): void {
  describe(`awkward texts in ${name}`, () => {
    it('come back, or are refused by key and field and change nothing', async () => {
      const store = storeOf(1);
      const db = await open();
      await db.note.insert(plain('k0'));
      await copyTo(db, store);
      for (const [what, awkward] of Object.entries(TEXTS))
        for (const [place, patchOf] of Object.entries(PLACES)) {
          const document = { ...plain('k'), ...patchOf(awkward) };
          await db.note.insert(document);
          const outcome = await copyTo(db, store).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            const due = { code: 'COPY_VALUE_REFUSED', facts: { collection: 'note', key: [document.id] } };
            expect([what, place, outcome]).toMatchObject([what, place, due]);
            expect((outcome as unknown as { facts: object }).facts).toMatchObject({ field: place.split(' ')[0] });
            expect(outcome.message.length).toBeLessThan(600);
          } else {
            const back = await open();
            await loadFrom(back, store);
            const sorted = (of: typeof db) =>
              of.note
                .all()
                .all()
                .sort((one, other) => (one.id < other.id ? -1 : 1));
            expect([what, place, sorted(back)]).toEqual([what, place, sorted(db)]);
            await back.close();
          }
          await db.note.delete(document.id);
        }
      await copyTo(db, store);
      expect(await store.count(shapesOf([copiedDefinition(MODEL)], store.shapeOptions)[0]!)).toBe(1);
      await db.close();
    }, 300_000);

    it('end a mirror by key and field, and it goes on when the document has changed', async () => {
      const store = storeOf(0);
      const [db, back] = [await open(), await open()];
      const following = mirror(db, store, { retryMs: 5 });
      await db.note.insert(plain('k0'));
      await following.caughtUp();
      await db.note.insert({ ...plain('bad'), free: 'a\ud800b' });
      await expect(following.done).rejects.toMatchObject({
        code: 'COPY_VALUE_REFUSED',
        facts: { collection: 'note', field: 'free', key: ['bad'] },
      });
      expect(following.status().state).toBe('failed');
      await db.note.upsert({ ...plain('bad'), free: 'good' });
      // One change at a time: the one that was refused is read again before the one that mends it.
      const again = mirror(db, store, { retryMs: 5, batchChangeCount: 1 });
      await again.caughtUp();
      await again.stop();
      await loadFrom(back, store);
      expect(back.note.all().all()).toHaveLength(2);
      await Promise.all([db.close(), back.close()]);
    });
  });
}
