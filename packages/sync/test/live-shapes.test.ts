/** What a write costs a server: the shapes it concerns, not those there are. */
import { syncPortOf } from '@nuthatch/runtime/sync';
import { shapeCondition } from '../src/documents/shape-condition.js';
import { NO_GRANT } from '../src/server/grant.js';
import { LiveSessions } from '../src/server/live-sessions.js';
import { Shape } from '../src/server/shape.js';
import { randomOf } from './support/random.js';
import { PlayerServer, player } from './support/sync-players.js';

const SHAPE_COUNT = 2_000;
const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);

describe('live shapes', () => {
  let server: PlayerServer;
  let live: LiveSessions;
  /** Which shapes were offered a change, by the number of their session. */
  let offered: number[];
  beforeEach(async () => {
    server = await PlayerServer.open();
    live = new LiveSessions(syncPortOf(server.db));
    offered = [];
  });
  afterEach(async () => {
    live.close();
    await server.close();
  });

  const follow = (number: number, ...conditions: readonly unknown[]): readonly Shape[] => {
    const collection = syncPortOf(server.db).collections.get('player') as never;
    const read = shapeCondition(collection, undefined);
    const shapes = conditions.map(
      (condition, id) => new Shape(id, collection, shapeCondition(collection, condition), { ...NO_GRANT, read }),
    );
    live.add({ offer: () => void offered.push(number) }, shapes);
    return shapes;
  };

  it(`a write is offered to the shapes of its values among ${SHAPE_COUNT}, before and after it`, async () => {
    for (let number = 0; number < SHAPE_COUNT; number++) follow(number, { clubs: `club${number}` });
    follow(-1, { $keys: ['p1', 'p9'] });
    follow(-2, { age: { between: [30, 40] } });
    follow(-3, { email: 'p1@x.io' });
    follow(-4, { clubs: 'club7' }, { clubs: 'club8' }, { $keys: ['p1'] });
    await server.db.player.insert(player('p1', { clubs: ['club7', 'club8'], age: 35 }));
    expect(offered.sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 7, 8]);
    offered.length = 0;
    await server.db.player.update('p1', { clubs: ['club9'], age: 50, email: 'other@x.io' });
    expect(offered.sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 7, 8, 9]);
    offered.length = 0;
    await server.db.player.insert(player('p2', { clubs: ['nobody'], age: 90 }));
    expect([offered, live.shapeCount, live.seq]).toEqual([[], SHAPE_COUNT + 6, Number(server.db.seq)]);
  });

  it(`a shape that is no longer followed is offered nothing (seed ${seed})`, async () => {
    const random = randomOf(seed);
    const conditions = (): unknown[] =>
      [
        undefined,
        { clubs: `club${Math.floor(random() * 5)}` },
        { $keys: [`p${Math.floor(random() * 5)}`] },
        { age: { gte: 10 } },
        { or: [{ clubs: `club${Math.floor(random() * 5)}` }, { age: { lt: 20 } }, { age: { gt: 80 } }] },
        { not: { clubs: `club${Math.floor(random() * 5)}` } },
        { id: { in: [`p${Math.floor(random() * 5)}`, `p${Math.floor(random() * 5)}`] } },
        { nick: { absent: true } },
      ].filter(() => random() < 0.5);
    const held = new Map<number, readonly Shape[]>();
    for (let step = 0; step < 300; step++) {
      if (random() < 0.5) held.set(step, follow(step, ...conditions()));
      else {
        const [number] = [...held.keys()].sort(() => random() - 0.5);
        if (number !== undefined) {
          live.remove(held.get(number) as readonly Shape[]);
          held.delete(number);
        }
      }
      offered.length = 0;
      const id = `p${Math.floor(random() * 5)}`;
      const fields = {
        clubs: [`club${Math.floor(random() * 5)}`],
        age: Math.floor(random() * 100),
        name: `step ${step}`,
      };
      const before = server.db.player.get(id);
      const after =
        before === undefined
          ? await server.db.player.insert(player(id, fields))
          : await server.db.player.update(id, fields);
      const due = [...held]
        .filter(([, shapes]) =>
          shapes.some((shape) =>
            [before, after].some((document) => document !== undefined && shape.matches(id, document)),
          ),
        )
        .map(([number]) => number);
      // A shape may be shown a change that turns out to be none of its own, never the other way round.
      expect([step, due.filter((number) => !offered.includes(number))]).toEqual([step, []]);
      expect([step, offered.filter((number) => !held.has(number)), new Set(offered).size]).toEqual([
        step,
        [],
        offered.length,
      ]);
    }
  });
});
