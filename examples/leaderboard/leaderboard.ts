/** The leaderboard as a service: results in, ranks out, and a stream that tells of every change of the first ten. */
import { openEventStream } from '../shared/event-stream.js';
import { Refusal, type Service, serveJson } from '../shared/json-service.js';
import type { NuthatchDatabase, Player, ResultInput } from './generated/index.js';

const SHOWN_COUNT = 10;

export function serveLeaderboard(db: NuthatchDatabase, port: number, pages: string): Promise<Service> {
  return serveJson({
    port,
    pages,
    routes: {
      'POST /results': ({ body }) => addResult(db, body),
      'GET /players/:name': ({ params }) => rankOf(db, db.player.require(params['name'] as string)),
      'GET /leaders': () => leaders(db).all(),
      'GET /leaders/events': (_call, response) => {
        const stream = openEventStream(response, () => live.unsubscribe());
        // The listener is called with the first rows at once, and whenever a durable change alters them.
        const live = leaders(db).watch((players) => stream.send({ players, playerCount: db.player.size }));
      },
    },
  });
}

/** The order comes from the range index: nothing is sorted, and only ten documents are touched. */
function leaders(db: NuthatchDatabase) {
  return db.player.all().orderBy('points', 'desc').limit(SHOWN_COUNT);
}

/** Result and sum in one transaction. The classes say what a result is; anything else is refused. */
async function addResult(db: NuthatchDatabase, body: unknown) {
  if (typeof body !== 'object' || body === null) throw new Refusal('VALIDATION_FAILED', 'a result is an object');
  const { player, points } = body as ResultInput;
  const after = await db.transaction((tx) => {
    tx.result.insert({ player, points });
    tx.player.insertIfAbsent({ name: player });
    return tx.player.update(player, (before) => ({
      points: before.points + points,
      gameCount: before.gameCount + 1,
    }));
  });
  return rankOf(db, after);
}

/** How many have more, plus one: counted in the range index, whatever the number of players. */
function rankOf(db: NuthatchDatabase, player: Readonly<Player>) {
  return { ...player, rank: db.player.findByPoints({ gt: player.points }).count() + 1 };
}
