/**
 * Random drafts, releases, revisions, states and deletes on a server and three replicas, over a network that cuts, restarts of
 * replicas, and documents that enter and leave their shapes. Once the network holds, every replica shows exactly what the
 * server has, with all releases; what was released at the server is the same as it was released; a frozen document was
 * never seen to change.
 */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { randomOf } from './support/random.js';
import { PARTS, part, shownOf } from './support/sync-parts.js';
import { type PlayerReplica, PlayerServer, until } from './support/sync-players.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const runCount = process.env['NUTHATCH_NIGHTLY'] ? 200 : 5;
const stepCount = process.env['NUTHATCH_NIGHTLY'] ? 1_500 : 200;
const KEYS = Array.from({ length: 8 }, (_, index) => `p${index}`);
const STATES = ['draft', 'active', 'obsolete'] as const;
/** What an edit may be refused with at once: it was not one of those that the document takes. */
const REFUSALS = [
  'DOCUMENT_RELEASED',
  'DOCUMENT_NOT_RELEASED',
  'DOCUMENT_NOT_FOUND',
  'TRANSITION_REFUSED',
  'DUPLICATE_KEY',
];

interface Client {
  readonly name: string;
  readonly shape: object | true;
  readonly fileSystem: MemoryFileSystem;
  replica: PlayerReplica;
}

it.each(Array.from({ length: runCount }, (_, run) => (seed + run) % 2 ** 31))(
  'releases converge, and stay as they were released (seed %i)',
  async (own) => {
    const random = randomOf(own);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const server = await PlayerServer.open({ policy: () => PARTS });
    const digests = new Map<string, string>();
    const noteDigests = (): void => {
      for (const id of KEYS)
        for (const { release, digest } of server.db.part.history(id)) {
          const name = `${id}/${release}`;
          expect([name, digests.get(name) ?? digest]).toEqual([name, digest]);
          digests.set(name, digest);
        }
    };
    const clients: Client[] = [];
    const open = (client: Omit<Client, 'replica'>): Promise<PlayerReplica> =>
      server.replica(
        { part: client.shape },
        {
          ...{ memory: undefined, directory: `/${client.name}`, fileSystem: client.fileSystem },
          ...{ compaction: 'manual', durability: 'os', token: client.name, maxRetryMs: 60 },
        },
      );
    for (const [index, shape] of [true, { weight: { lt: 50 } }, { materials: 'steel' }].entries()) {
      const client = { name: `c${index}`, shape: shape as object | true, fileSystem: new MemoryFileSystem() };
      clients.push({ ...client, replica: await open(client) });
    }

    const edit = async (client: Client | undefined): Promise<void> => {
      const db = client === undefined ? server.db : client.replica;
      const [id, weight] = [pick(KEYS), 1 + Math.floor(random() * 99)];
      const materials = random() < 0.5 ? ['steel'] : [];
      try {
        const kind = random();
        if (!db.part.has(id)) await db.part.insert(part(id, { weight, materials, number: `n${pick(KEYS)}` }));
        else if (kind < 0.25) await db.part.release(id);
        else if (kind < 0.4) await db.part.revise(id);
        else if (kind < 0.5) await db.part.setLifetime(id, pick(STATES) as never);
        else if (kind < 0.6)
          await db.part.setLifetime(id, pick(STATES) as never, { release: 1 + Math.floor(random() * 2) });
        else if (kind < 0.68) await db.part.delete(id);
        else if (kind < 0.8)
          await db.transaction((tx) => {
            if (tx.part.isReleased(id)) tx.part.revise(id);
            tx.part.update(id, { weight, materials });
            tx.part.release(id);
            if (random() < 0.5) tx.part.revise(id);
          });
        else await db.part.update(id, { weight, materials });
      } catch (error) {
        if (!REFUSALS.includes((error as { readonly code: string }).code)) throw error;
      }
      noteDigests();
    };

    for (let step = 0; step < stepCount; step++) {
      const kind = random();
      const client = pick(clients);
      if (kind < 0.45) await edit(client);
      else if (kind < 0.72) await edit(undefined);
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
    await until(() => clients.every(isSynced), `all to be live (seed ${own})`);
    for (const { name, shape, replica } of clients) {
      const wanted = shape === true ? server.db.part.all().keys() : server.db.part.find(shape as never).keys();
      const expected = (): string => sorted(shownOf(server.db), wanted);
      const found = (): string => sorted(shownOf(replica));
      await until(() => found() === expected(), `${name} (seed ${own})`).catch(() => undefined);
      expect([name, own, found()]).toEqual([name, own, expected()]);
    }
    noteDigests();
    expect(server.errors).toEqual([]);
    for (const { replica } of clients) await replica.close();
    await server.close();
  },
);

function sorted(shown: Record<string, unknown>, keys: readonly unknown[] = Object.keys(shown)): string {
  return JSON.stringify(
    Object.entries(shown)
      .filter(([key]) => keys.includes(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    undefined,
    1,
  );
}
