import fc from 'fast-check';
import { openPlayers, player } from '../../../test/support/open-players.js';

const step = fc.record({
  id: fc.integer({ min: 0, max: 60 }).map((number) => `p${number}`),
  age: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  isMember: fc.boolean(),
});

it('shows after each transaction what the query answers then, however many rows follow its limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { maxLength: 30 }),
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom('asc', 'desc'),
      async (transactions, limit, direction) => {
        await using db = await openPlayers();
        const members = db.player.findByClubs('fcb').limit(limit);
        const ordered = members.orderBy('age', direction);
        let ids: readonly string[] = [];
        let someIds: readonly string[] = [];
        ordered.watch((rows) => {
          ids = rows.map(({ id }) => id);
        });
        members.watch((rows) => {
          someIds = rows.map(({ id }) => id);
        });
        for (const steps of transactions) {
          await db.transaction((tx) => {
            for (const { id, age, isMember } of steps) {
              if (age === undefined) tx.player.delete(id);
              else tx.player.upsert(player(id, { age, clubs: isMember ? ['fcb'] : [] }));
            }
          });
          expect(ids).toEqual(ordered.keys());
          expect(someIds).toHaveLength(members.count());
          for (const id of someIds) expect(db.player.get(id)?.clubs).toEqual(['fcb']);
        }
      },
    ),
  );
});
