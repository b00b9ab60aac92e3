/**
 * Rows against a plain look at every document: random fields, values and groups of random conditions, orders and parts,
 * over documents with absent, null and equal values, touched and as bytes since the opening.
 */
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, type Fields, openModels } from '../support/open-models.js';
import { below, pick, type Random, randomAsked, randomOrder, thingModel } from '../support/random-things.js';
import { seeded } from '../support/seeded.js';
import { type AnyQuery, filled, ordered, show } from '../support/thing-database.js';

const QUERIES = repeats('NUTHATCH_ROWS', 20_000);
const QUERIES_FOR_EACH = 100;

const FIELDS = thingModel.fields.map(({ name }) => name);

/** As `expect(…).toEqual` of anything that is compared as it is printed. */
function alike(what: object, found: unknown, expected: unknown): void {
  if (textOf(found) !== textOf(expected)) expect({ ...what, found }).toEqual({ ...what, found: expected });
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (part instanceof Set) return [...part];
    if (part === undefined) return '?';
    return Object.is(part, -0) ? '-0' : Number.isNaN(part) ? 'NaN' : part;
  });
}

function picked(thing: Fields, fields: readonly string[]): Fields {
  return Object.fromEntries(fields.map((name) => [name, thing[name]]));
}

async function checkSelect(db: AnyDatabase, things: ReadonlyMap<string, Fields>, random: Random): Promise<void> {
  const asked = randomAsked(random);
  const order = randomOrder(random);
  const fields = [...new Set(Array.from({ length: 1 + below(random, 4) }, () => pick(random, FIELDS)))];
  const expected = [...things.values()].filter(asked.meets).sort(order.compare);
  const rows = expected.map((thing) => picked(thing, fields));
  const what = { said: show(asked, order), fields };
  const query = ordered(db['player']!.find(asked.where) as unknown as AnyQuery, order).select(
    ...(fields as never as [never]),
  );
  const limit = 1 + below(random, 9);
  const offset = below(random, 5);
  switch (below(random, 6)) {
    case 0:
      alike(what, query.all(), rows);
      break;
    case 1:
      alike(what, query.offset(offset).limit(limit).all(), rows.slice(offset, offset + limit));
      break;
    case 2:
      alike(what, query.first(), rows[0]);
      break;
    case 3: {
      const found: unknown[] = [];
      let page = query.limit(limit).page({ total: true });
      for (;;) {
        alike(what, page.total, rows.length);
        found.push(...page.items);
        if (page.next === undefined) break;
        page = query.limit(limit).after(page.next).page({ total: true });
      }
      alike(what, found, rows);
      break;
    }
    case 4: {
      const found: unknown[] = [];
      for await (const row of query.offset(offset)) found.push(row);
      alike(what, found, rows.slice(offset));
      break;
    }
    default: {
      const isOdd = ({ id }: Fields): boolean => Number((id as string).slice(1)) % 2 === 1;
      alike(
        what,
        query.filter(isOdd as never).all(),
        expected.filter(isOdd).map((thing) => picked(thing, fields)),
      );
    }
  }
}

describe('rows', () => {
  it(`are what a look at every document gives, ${QUERIES} times`, async () => {
    await seeded(async (random) => {
      for (let asked = 0; asked < QUERIES; ) {
        const fileSystem = new MemoryFileSystem();
        let { db, things } = await filled(random, fileSystem);
        for (let part = 0; part < 4; part++) {
          for (let each = 0; each < QUERIES_FOR_EACH / 4; each++, asked++) await checkSelect(db, things, random);
          // From here on the documents are bytes until they are looked at.
          await db.compact();
          await db.close();
          db = await openModels(fileSystem, [thingModel]);
        }
        await db.close();
      }
    });
  });
});
