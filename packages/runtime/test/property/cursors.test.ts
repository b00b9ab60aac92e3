/**
 * Pages by cursor while documents come, change and go between them, that of the cursor too: each page begins behind the place
 * where the last one ended, in any order, with absent, null and equal values.
 */
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { type Fields, openModels } from '../support/open-models.js';
import { below, randomAsked, randomOrder, randomThing, thingId, thingModel } from '../support/random-things.js';
import { seeded } from '../support/seeded.js';
import { type AnyQuery, COUNT, filled, ordered, same, show } from '../support/thing-database.js';

const WALKS = repeats('NUTHATCH_CURSORS', 400);
const WALKS_FOR_EACH = 30;

describe('pages', () => {
  it(`go on behind the last document, whatever became of it, ${WALKS} times`, async () => {
    await seeded(async (random) => {
      for (let walked = 0; walked < WALKS; ) {
        const fileSystem = new MemoryFileSystem();
        let { db, things } = await filled(random, fileSystem);
        for (let each = 0; each < WALKS_FOR_EACH; each++, walked++) {
          const asked = random() < 0.4 ? { where: {}, meets: () => true } : randomAsked(random);
          const order = randomOrder(random);
          const limit = 1 + below(random, 9);
          const said = show(asked, order);
          let last: Fields | undefined;
          let next: string | undefined;
          do {
            const query = ordered(db['player']!.find(asked.where) as unknown as AnyQuery, order).limit(limit);
            const page = (next === undefined ? query : query.after(next)).page({ total: true });
            const all = [...things.values()].filter(asked.meets).sort(order.compare);
            const behind = all.filter((thing) => last === undefined || order.compare(thing, last) > 0);
            same({ said, last }, page.total, all.length);
            same(
              { said, last },
              page.items.map(({ id }) => id),
              behind.slice(0, limit).map(({ id }) => id),
            );
            same({ said, last }, page.next !== undefined, behind.length > limit);
            next = page.next;
            last = behind[limit - 1];
            if (next === undefined) break;
            await db.transaction((tx) => {
              const player = (
                tx as unknown as Record<string, { upsert(thing: Fields): void; delete(id: string): void }>
              )['player']!;
              for (let write = below(random, 4); write > 0; write--) {
                const id = random() < 0.4 ? (last!['id'] as string) : thingId(below(random, COUNT));
                if (random() < 0.5) {
                  things.delete(id);
                  player.delete(id);
                } else {
                  const thing = randomThing(random, id);
                  things.set(id, thing);
                  player.upsert(thing);
                }
              }
            });
            if (random() < 0.02) {
              await db.close();
              db = await openModels(fileSystem, [thingModel]);
            }
          } while (next !== undefined);
        }
        await db.close();
      }
    });
  });
});
