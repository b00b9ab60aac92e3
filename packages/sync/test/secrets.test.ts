/**
 * Nothing of a forbidden document crosses the wire or stays in a replica: random edits on all sides, policies that change
 * while replicas are there and away, cuts. Each document carries a mark that says who may see it; every message is searched
 * for marks in the moment it is sent, and for keys that its user was never allowed to know.
 */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { decodeMessage } from '../src/protocol/encode-message.js';
import { randomOf } from './support/random.js';
import { contentsOf, type PlayerReplica, PlayerServer, player, until } from './support/sync-players.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const runCount = process.env['NUTHATCH_NIGHTLY'] ? 400 : 10;
const stepCount = process.env['NUTHATCH_NIGHTLY'] ? 2_000 : 200;
const USERS = ['ann', 'bea', 'cat'];
const CLUBS = ['red', 'green', 'blue'];
const MARK = /mark\[([a-z+]*)\]/g;
const KEY = /key-\d+-/g;
const KEY_AT = /key-\d+-/;

it.each(Array.from({ length: runCount }, (_, run) => (seed + run) % 2 ** 31))(
  'sends no byte of what is not granted, and leaves none (seed %i)',
  async (own) => {
    const random = randomOf(own);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    /** The club whose documents a user may read; undefined: none. */
    const clubOf = new Map<string, string | undefined>(USERS.map((user) => [user, pick(CLUBS)]));
    const server = await PlayerServer.open({
      database: { directory: '/server', fileSystem: new MemoryFileSystem(), durability: 'os', compaction: 'manual' },
      policy: ({ id }) => {
        const clubs = clubOf.get(id);
        return { player: { read: clubs === undefined ? false : { clubs }, write: true, hidden: ['nick'] } };
      },
    });
    const leaks: string[] = [];
    const userOf: string[] = [];
    const knows = new Map(USERS.map((user) => [user, new Set<string>()]));
    const told = new Map(USERS.map((user) => [user, new Set<string>()]));
    const noteVisible = (): void => {
      for (const each of server.db.player.all().all())
        for (const user of USERS)
          if (each.clubs.includes(clubOf.get(user) ?? '')) knows.get(user)?.add(KEY_AT.exec(each.id)?.[0] as string);
    };
    server.db.subscribe(({ key, before, after }) => {
      for (const document of [before, after] as readonly ({ readonly clubs: readonly string[] } | undefined)[])
        for (const user of USERS)
          if (document?.clubs.includes(clubOf.get(user) ?? '')) knows.get(user)?.add(key as string);
    });
    server.onSent = (data, connection) => {
      const user = userOf[connection] as string;
      const text = Buffer.from(data).toString('latin1');
      const club = clubOf.get(user) ?? 'none';
      for (const [mark, clubs] of text.matchAll(MARK))
        if (!clubs?.split('+').includes(club)) leaks.push(`${user}, of ${club}, was sent ${mark}`);
      if (text.includes('hidden!')) leaks.push(`${user} was sent a hidden field`);
      const message = decodeMessage(data);
      // A document that it was given, whose mark was looked at above, may go by its key afterwards.
      const puts = message.kind === 'snap' ? message.puts : message.kind === 'patch' ? message.changes : [];
      for (const put of puts) if ('document' in put) knows.get(user)?.add(KEY_AT.exec(String(put.key))?.[0] as string);
      for (const [key] of text.matchAll(KEY)) told.get(user)?.add(key);
    };
    const replicas = new Map<string, PlayerReplica>();
    for (const user of USERS) {
      const connect = () => {
        userOf.push(user);
        try {
          return server.connect();
        } catch (error) {
          userOf.pop();
          throw error;
        }
      };
      replicas.set(user, await server.replica({ player: true }, { token: user, connect, maxRetryMs: 20 }));
    }
    let number = 0;
    const fields = (): { name: string; clubs: string[]; nick: string | undefined } => {
      const clubs = CLUBS.filter(() => random() < 0.4);
      return {
        name: `mark[${clubs.join('+')}]${++number}`,
        clubs,
        nick: random() < 0.5 ? `hidden!${number}` : undefined,
      };
    };
    const write = async (user: string | undefined): Promise<void> => {
      const db = user === undefined ? server.db : (replicas.get(user) as PlayerReplica);
      const { nick, ...seen } = fields();
      const given = user === undefined ? { ...seen, nick } : seen;
      const ids = db.player.all().keys() as readonly string[];
      const kind = random();
      // Emails of few values: they meet those of documents that nobody but others may see.
      const email = `${Math.floor(random() * 40)}@x.io`;
      try {
        if (kind < 0.4 || ids.length === 0) {
          const key = `key-${++number}-`;
          // Who makes a document knows its key.
          if (user !== undefined) knows.get(user)?.add(key);
          await db.player.insert(player(key, { ...given, email }));
        } else if (kind < 0.85) await db.player.update(pick(ids), { ...given, email });
        else await db.player.delete(pick(ids));
      } catch (error) {
        if ((error as { readonly code?: string }).code !== 'DUPLICATE_KEY') throw error;
      }
      noteVisible();
    };
    for (let step = 0; step < stepCount; step++) {
      const kind = random();
      const user = pick(USERS);
      const replica = replicas.get(user) as PlayerReplica;
      if (kind < 0.45) await write(undefined);
      else if (kind < 0.7) await write(user);
      else if (kind < 0.8) {
        clubOf.set(user, random() < 0.2 ? undefined : pick(CLUBS));
        noteVisible();
        server.sync.reevaluate(user);
      } else if (kind < 0.86) server.connections.splice(Math.floor(random() * server.connections.length), 1)[0]?.cut();
      else if (kind < 0.9) replica.connection.disconnect();
      else if (kind < 0.96) replica.connection.connect();
      else await new Promise((resolve) => setTimeout(resolve, random() * 5));
    }
    for (const user of USERS) {
      // At the end each may see something again: what was refused before is asked for by a new connection alone.
      clubOf.set(user, pick(CLUBS));
      noteVisible();
      server.sync.reevaluate(user);
      const replica = replicas.get(user) as PlayerReplica;
      replica.connection.disconnect();
      replica.connection.connect();
      const isSynced = (): boolean => replica.connection.state === 'live' && replica.outbox.size === 0;
      await until(isSynced, 'all to be live').catch((error: unknown) => {
        const { state, reason } = replica.connection;
        throw new Error(
          `${String(error)} ${user} ${own} ${state} ${reason} ${replica.outbox.size} ${server.errors.map(String)}`,
        );
      });
    }
    for (const user of USERS) {
      const club = clubOf.get(user) as string;
      const replica = replicas.get(user) as PlayerReplica;
      const granted = (): Record<string, string> =>
        Object.fromEntries(
          Object.entries(contentsOf(server.db)).filter(([id]) => server.db.player.get(id)?.clubs.includes(club)),
        );
      await until(() => JSON.stringify(contentsOf(replica)) === JSON.stringify(granted())).catch(() => undefined);
      expect([user, own, replica.connection.reason, contentsOf(replica)]).toEqual([user, own, '', granted()]);
      const unknown = [...(told.get(user) as Set<string>)].filter((key) => !knows.get(user)?.has(key));
      expect([user, own, unknown]).toEqual([user, own, []]);
      await replica.close();
    }
    expect([own, leaks.slice(0, 5)]).toEqual([own, []]);
    expect(server.errors).toEqual([]);
    await server.close();
  },
);
