/**
 * Random conditions and orders against a plain look at every document: documents with absent, null and equal values, as
 * bytes since the opening and touched; answers, counts, offsets, pages by cursor, loops in slices and watched queries.
 */

import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, openModels } from '../support/open-models.js';
import {
  below,
  type Random,
  randomAsked,
  randomOrder,
  randomThing,
  thingId,
  thingModel,
} from '../support/random-things.js';
import { seeded } from '../support/seeded.js';
import { type AnyQuery, COUNT, filled, ordered, same, show } from '../support/thing-database.js';

const QUERIES = repeats('NUTHATCH_CONDITIONS', 20_000);
const QUERIES_FOR_EACH = 200;
const LARGE_COUNT = 4_000;

const keysOf = (things: readonly Fields[]): unknown[] => things.map(({ id }) => id);

async function checkOne(db: AnyDatabase, things: ReadonlyMap<string, Fields>, random: Random): Promise<void> {
  const asked = randomAsked(random);
  const order = randomOrder(random);
  const expected = [...things.values()].filter(asked.meets).sort(order.compare);
  const said = show(asked, order);
  const plain = db['player']!.find(asked.where) as unknown as AnyQuery;
  const query = ordered(plain, order);
  const choice = below(random, 8);
  const what = { said, choice };
  const plan = plain.explain();
  same(what, plan.matched, expected.length);
  same(what, plan.seen <= things.size, true);
  for (const { estimated } of plan.conditions) same(what, estimated >= expected.length, true);

  same(what, plain.count(), expected.length);
  const limit = 1 + below(random, things.size > COUNT ? 200 : 12);
  const offset = below(random, 12);
  switch (choice) {
    case 0:
      same(what, [...plain.keys()].sort(), keysOf(expected).sort());
      break;
    case 1:
      same(what, query.keys(), keysOf(expected));
      break;
    case 2: {
      const part = expected.slice(offset, offset + limit);
      same(what, query.offset(offset).limit(limit).keys(), keysOf(part));
      same(what, plain.offset(offset).limit(limit).count(), part.length);
      break;
    }
    case 3: {
      const isOdd = ({ id }: Fields): boolean => Number((id as string).slice(1)) % 2 === 1;
      const found = query
        .filter(isOdd as never)
        .limit(limit)
        .keys();
      same(what, found, keysOf(expected.filter(isOdd)).slice(0, limit));
      break;
    }
    case 4: {
      const found: unknown[] = [];
      for await (const { id } of query.limit(offset + limit).offset(offset) as AsyncIterable<Fields>) found.push(id);
      same(what, found, keysOf(expected.slice(offset, 2 * offset + limit)));
      break;
    }
    case 5:
      same(what, idsOfPages(plain.limit(limit), expected.length).sort(), keysOf(expected).sort());
      break;
    default:
      same(what, idsOfPages(query.limit(limit), expected.length), keysOf(expected));
  }
}

function idsOfPages(query: AnyQuery, total: number): unknown[] {
  const ids: unknown[] = [];
  let page = query.page({ total: true });
  for (;;) {
    same({ what: 'total' }, page.total, total);
    ids.push(...keysOf(page.items as readonly Fields[]));
    if (page.next === undefined) return ids;
    page = query.after(page.next).page({ total: true });
  }
}

describe('random conditions and orders', () => {
  it(`answer as a look at every document does, ${QUERIES} times`, async () => {
    await seeded(async (random) => {
      for (let asked = 0; asked < QUERIES; ) {
        const fileSystem = new MemoryFileSystem();
        // Now and then so many that pages without an order go by places in memory, or by an index.
        const isLarge = random() < 0.02;
        let { db, things } = await filled(random, fileSystem, isLarge ? LARGE_COUNT : COUNT);
        for (let part = 0; part < 4; part++) {
          for (let each = 0; each < QUERIES_FOR_EACH / 4 && (!isLarge || each < 15); each++, asked++)
            await checkOne(db, things, random);
          // From here on the documents are bytes until they are looked at.
          await db.close();
          db = await openModels(fileSystem, [thingModel]);
        }
        await db.close();
      }
    });
  });

  it('keep watched queries up to date', async () => {
    await seeded(async (random) => {
      for (let round = 0; round < repeats('NUTHATCH_WATCHED_CONDITIONS', 8); round++) {
        const { db, things } = await filled(random, new MemoryFileSystem());
        const watched = Array.from({ length: 40 }, () => {
          const asked = randomAsked(random);
          const order = random() < 0.5 ? randomOrder(random) : undefined;
          const limit = order !== undefined && random() < 0.5 ? 1 + below(random, 8) : Number.POSITIVE_INFINITY;
          const live = { asked, order, limit, rows: [] as readonly Fields[] };
          let query = db['player']!.find(asked.where) as unknown as AnyQuery;
          if (order !== undefined) query = ordered(query, order);
          if (limit !== Number.POSITIVE_INFINITY) query = query.limit(limit);
          const subscription = query.watch((rows) => {
            live.rows = rows as readonly Fields[];
          });
          return { live, subscription };
        });
        for (let write = 0; write < 60; write++) {
          await db.transaction((tx) => {
            const player = (tx as unknown as Record<string, { upsert(thing: Fields): void; delete(id: string): void }>)[
              'player'
            ]!;
            for (let each = 0; each <= below(random, 3); each++) {
              const id = thingId(below(random, COUNT));
              if (random() < 0.25) {
                things.delete(id);
                player.delete(id);
              } else {
                const thing = randomThing(random, id);
                things.set(id, thing);
                player.upsert(thing);
              }
            }
          });
          await db.drained();
          for (const { live } of watched) {
            const { asked, order, limit, rows } = live;
            const expected = [...things.values()].filter(asked.meets);
            const found = keysOf(rows);
            const said = show(asked, order);
            const keys = order === undefined ? keysOf(expected).sort() : keysOf(expected.sort(order.compare));
            same({ said }, order === undefined ? found.sort() : found, keys.slice(0, limit));
          }
        }
        for (const { subscription } of watched) subscription.unsubscribe();
        await db.close();
      }
    });
  });
});
