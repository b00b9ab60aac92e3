/**
 * A server and three replicas over a network that cuts, with random edits on all sides, restarts of replicas, and shapes
 * that documents enter and leave. Once the network holds, every replica shows exactly what the server has of its shape;
 * each transaction of a replica is accepted once or is a conflict; no edit is gone without a word.
 */
import { inspect } from 'node:util';
import { MemoryFileSystem } from '@nuthatch/runtime';
import { randomOf } from './support/random.js';
import { contentsOf, type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const runCount = process.env['NUTHATCH_NIGHTLY'] ? 400 : 12;
const stepCount = process.env['NUTHATCH_NIGHTLY'] ? 2_500 : 250;
const CLUBS = ['fcb', 'bvb', 'scp'];
const KEYS = Array.from({ length: 24 }, (_, index) => `p${index}`);

interface Client {
  readonly name: string;
  readonly club: string | undefined;
  readonly fileSystem: MemoryFileSystem;
  replica: PlayerReplica;
  /** Marks of the edits that its own database has acknowledged. */
  readonly written: Set<string>;
  /** Marks that were conflicts. */
  readonly lost: Set<string>;
}

function shapeOf(club: string | undefined): Readonly<Record<string, unknown>> {
  return { player: club === undefined ? true : { clubs: club } };
}

it.each(Array.from({ length: runCount }, (_, run) => (seed + run) % 2 ** 31))(
  'replicas converge and no edit is lost, whatever the network does (seed %i)',
  async (own) => {
    const random = randomOf(own);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const server = await PlayerServer.open();
    /** Marks that the server has had in some document, at some time. */
    const seen = new Set<string>();
    server.db.subscribe(({ after }) => {
      if (after !== undefined) seen.add((after as { readonly name: string }).name);
    });
    const clients: Client[] = [];
    const open = (client: Omit<Client, 'replica'>): Promise<PlayerReplica> =>
      server.replica(shapeOf(client.club), {
        ...{ memory: undefined, directory: `/${client.name}`, fileSystem: client.fileSystem },
        ...{ compaction: 'manual', durability: 'os', token: client.name, maxRetryMs: 60 },
      });
    for (const [index, club] of [undefined, 'fcb', 'bvb'].entries()) {
      const client = {
        name: `c${index}`,
        club,
        fileSystem: new MemoryFileSystem(),
        written: new Set<string>(),
        lost: new Set<string>(),
      };
      clients.push({ ...client, replica: await open(client) });
    }
    let mark = 0;

    const edit = async (client: Client | undefined): Promise<void> => {
      const db = client === undefined ? server.db : client.replica;
      const name = `${client?.name ?? 'server'}-${++mark}`;
      const id = pick(KEYS);
      const clubs = CLUBS.filter(() => random() < 0.4);
      try {
        const kind = random();
        if (!db.player.has(id)) await db.player.insert(player(id, { name, clubs, email: `${pick(KEYS)}@x.io` }));
        else if (kind < 0.15) await db.player.delete(id);
        else if (kind < 0.3)
          await db.transaction((tx) => {
            tx.player.update(id, { name, clubs });
            const other = pick(KEYS);
            if (tx.player.has(other)) tx.player.update(other, { age: Math.floor(random() * 100) });
          });
        else await db.player.update(id, { name, clubs });
        if (client !== undefined && kind >= 0.15) client.written.add(name);
      } catch (error) {
        if ((error as { readonly code?: string }).code !== 'DUPLICATE_KEY') throw error;
      }
    };

    for (let step = 0; step < stepCount; step++) {
      const kind = random();
      const client = pick(clients);
      if (kind < 0.45) await edit(client);
      else if (kind < 0.75) await edit(undefined);
      else if (kind < 0.83) server.connections.splice(Math.floor(random() * server.connections.length), 1)[0]?.cut();
      else if (kind < 0.87) client.replica.connection.disconnect();
      else if (kind < 0.93) client.replica.connection.connect();
      else if (kind < 0.95) {
        await client.replica.close();
        client.replica = await open(client);
      } else await new Promise((resolve) => setTimeout(resolve, random() * 4));
    }

    for (const { replica } of clients) replica.connection.connect();
    const isSynced = ({ replica }: Client): boolean => replica.connection.state === 'live' && replica.outbox.size === 0;
    await until(() => clients.every(isSynced), `all to be live (seed ${own})`).catch((error: unknown) => {
      const states = clients.map(({ name, replica }) => [
        name,
        replica.connection.state,
        replica.connection.reason,
        replica.outbox.size,
      ]);
      throw new Error(
        `${String(error)} ${JSON.stringify(states)} ${server.errors
          .slice(0, 3)
          .map((each) => inspect(each))
          .join(' | ')}`,
      );
    });
    const expected = (club: string | undefined): Record<string, string> => {
      const all = contentsOf(server.db);
      return Object.fromEntries(
        Object.entries(all).filter(([id]) => club === undefined || server.db.player.get(id)?.clubs.includes(club)),
      );
    };
    for (const client of clients) {
      const isEqual = (): boolean =>
        JSON.stringify(contentsOf(client.replica)) === JSON.stringify(expected(client.club));
      await until(isEqual, `${client.name} (seed ${own})`).catch(() => undefined);
      expect([client.name, contentsOf(client.replica)]).toEqual([client.name, expected(client.club)]);
      for (const { edits } of client.replica.conflicts.all())
        for (const { mine } of edits) if (mine !== undefined) client.lost.add((mine as { readonly name: string }).name);
      const gone = [...client.written].filter((name) => !seen.has(name) && !client.lost.has(name));
      expect([client.name, own, gone]).toEqual([client.name, own, []]);
      expect(client.replica.outbox.size).toBe(0);
    }
    expect(server.errors).toEqual([]);
    for (const { replica } of clients) await replica.close();
    await server.close();
  },
);
