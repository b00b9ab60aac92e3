/** What one node serves: results in, ranks out, and a stream of results that a client can go on with at any node. */
import { DatabaseError } from '@nuthatch/runtime';
import { openEventStream } from '../shared/event-stream.js';
import { type Call, Refusal, type Service, serveJson } from '../shared/json-service.js';
import type { NuthatchDatabase, Player, ResultInput } from './generated/index.js';

const SHOWN_COUNT = 10;

/** What a node knows; equal on all nodes at an equal seq. */
export interface NodeState {
  readonly seq: string;
  readonly resultCount: number;
  readonly pointSum: number;
  readonly leaders: readonly Readonly<Player>[];
}

/** Sent for each transaction that brought results, with its seq as the id of the event. */
export type ResultEvent = readonly string[];

export function serveLeaderboard(db: NuthatchDatabase, port: number): Promise<Service> {
  return serveJson({
    port,
    routes: {
      'POST /results': ({ body }) => addResult(db, body),
      'GET /leaders': () => leadersOf(db),
      'GET /state': () => stateOf(db),
      'GET /results/events': async (call, response) => {
        const transactions = await resultsBehind(db, call);
        const stream = openEventStream(response, () => transactions.return?.());
        try {
          for await (const { seq, changes } of transactions)
            stream.send(
              changes.map(({ key }) => key),
              String(seq),
            );
        } catch (error) {
          // This node does not keep what the client missed: it asks another one, or reads all results.
          if (!DatabaseError.is(error, 'CHANGES_GONE')) throw error;
          response.destroy();
        }
      },
    },
  });
}

/**
 * A result and the sum of its player in one transaction. A device that got no answer sends the same result again, to
 * any node: it counts once.
 *
 * The function may run more than once, when another node's transaction comes first: it has no effect but on the database.
 */
async function addResult(db: NuthatchDatabase, body: unknown) {
  if (typeof body !== 'object' || body === null) throw new Refusal('VALIDATION_FAILED', 'a result is an object');
  const { id, player, points } = body as ResultInput;
  const { known, after } = await db.transaction((tx) => {
    const known = tx.result.get(id);
    if (known !== undefined) return { known, after: tx.player.require(known.player) };
    tx.result.insert({ id, player, points });
    tx.player.insertIfAbsent({ name: player });
    const after = tx.player.update(player, (before) => ({
      points: before.points + points,
      gameCount: before.gameCount + 1,
    }));
    return { known, after };
  });
  if (known !== undefined) {
    if (known.player !== player || known.points !== points)
      throw new Refusal('CONFLICT', `there is another result ${id}`);
    // A node shows its own writes before the journal has them; an answer promises that it has.
    await db.flush();
  }
  return { ...after, rank: db.player.findByPoints({ gt: after.points }).count() + 1 };
}

function leadersOf(db: NuthatchDatabase): readonly Readonly<Player>[] {
  return db.player.all().orderBy('points', 'desc').limit(SHOWN_COUNT).all();
}

/** Behind everything that was acknowledged anywhere. */
async function stateOf(db: NuthatchDatabase): Promise<NodeState> {
  await db.barrier();
  return {
    seq: String(db.seq),
    resultCount: db.result.size,
    pointSum: db.player.sum('points'),
    leaders: leadersOf(db),
  };
}

/**
 * Whole transactions behind the seq that the client saw last. All nodes give the same seq to the same transaction: so
 * it goes on at another node, from there. Such a node may be behind the client, by a moment.
 */
async function resultsBehind(db: NuthatchDatabase, { headers }: Call) {
  const seen = String(headers['last-event-id'] ?? '0');
  if (!/^\d{1,15}$/.test(seen)) throw new Refusal('INVALID_CURSOR', `expected a seq, found ${seen}`);
  const since = BigInt(seen);
  if (since > db.seq) await db.barrier();
  if (since > db.seq) throw new Refusal('CHANGES_GONE', `nothing was written behind seq ${db.seq}`);
  return db.result.changes({ since }).byTransaction();
}
