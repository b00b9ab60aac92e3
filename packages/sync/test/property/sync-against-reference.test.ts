/**
 * A server and four replicas, one of them with older classes, over a network that is late, cuts and tells the two sides at
 * different times, with restarts of all of them; against a plain model of what a server may make of its transactions
 * (reference-server.ts). Held: each transaction is applied at most once, whole, in its client's order, on what it was made on;
 * what its own database has acknowledged was accepted or is a conflict; no document is leased to two; nobody edits without a
 * lease what needs one; no id is given out twice; every replica holds what its shape and its rights say; another server changes
 * nothing; fields that an older class does not know come back as they were.
 */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { field, modelWith, NUMBER, STRING } from '../../../runtime/test/support/open-models.js';
import type { CheckOuts } from '../../src/index.js';
import { LateTransport } from '../support/late-transport.js';
import { type AnyDatabase, type AnyReplica, ModelServer } from '../support/model-server.js';
import { randomOf } from '../support/random.js';
import { until } from '../support/sync-players.js';
import { type Fields, type Operation, type Part, ReferenceServer, type Rule } from './reference-server.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const OPERATIONS = Number(process.env['NUTHATCH_SYNC_OPERATIONS'] ?? 10_000);
const STEP_COUNT = Math.min(1_000, OPERATIONS);
const RUN_COUNT = Math.ceil(OPERATIONS / STEP_COUNT);
const CLUBS = ['a', 'b', 'c'];
const KEYS = Array.from({ length: 10 }, (_, index) => `k${index}`);
const RULES: Readonly<Record<string, Rule>> = { note: 'revision', job: 'checkOut', log: 'lastWrite' };
const NAMES = Object.keys(RULES);
/** What a replica, or code of the server, may be refused at once. */
const REFUSED = ['NOT_CHECKED_OUT', 'DUPLICATE_KEY', 'DOCUMENT_NOT_FOUND', 'KEY_RANGE_EXHAUSTED'];
const LEASE_REFUSED = ['LEASE_HELD', 'LEASE_ENDED', 'NOT_CHECKED_OUT', 'DOCUMENT_NOT_FOUND', 'SERVER_UNREACHABLE'];

const known = [field('club', STRING), field('text', STRING), field('mark', STRING)];
const extra = field('extra', NUMBER, { optional: true });
const indexes = [{ name: 'club', kind: 'tag', fields: ['club'] }] as const;
const modelsOf = (fields: readonly (typeof extra)[]) => [
  ...NAMES.map((name) =>
    modelWith(fields, {
      name,
      collection: name,
      indexes,
      ...(RULES[name] !== 'revision' && { sync: RULES[name] }),
    } as never),
  ),
  modelWith([], {
    ...{ name: 'Ticket', collection: 'ticket', key: { fields: ['id'], generate: 'sequence' } },
    fields: [field('id', NUMBER), field('text', STRING)],
  }),
];
const MODELS = modelsOf([...known, extra]);
/** Of an earlier version of the application. */
const OLD_MODELS = modelsOf(known);

interface Client {
  readonly name: string;
  readonly models: typeof MODELS;
  readonly fileSystem: MemoryFileSystem;
  /** What it holds of each collection; undefined: all. */
  club: string | undefined;
  replica: AnyReplica;
  link: LateTransport | undefined;
  /** It is led to another server. */
  isAstray: boolean;
  /** Marks by number, of what its own database has acknowledged. */
  readonly written: Map<number, string>;
  readonly conflicts: Set<number>;
}

function plain(document: Fields | undefined): Fields | undefined {
  if (document === undefined) return undefined;
  const { id, club, text, mark, extra: more } = document;
  return { id, club, text, mark, ...(more !== undefined && { extra: more }) };
}

class Run {
  readonly #random: () => number;
  readonly #reference = new ReferenceServer(RULES, new Set(['c3']));
  readonly #data = new MemoryFileSystem();
  readonly #clients: Client[] = [];
  /** Clubs that the user `c1` may read; undefined: all. */
  #granted: string | undefined;
  #server!: ModelServer;
  #foreign!: ModelServer;
  #isDown = false;
  #markCount = 0;
  readonly #given: number[] = [];
  readonly #errors: unknown[] = [];
  readonly #asked = new Set<Promise<unknown>>();

  constructor(own: number) {
    this.#random = randomOf(own);
  }

  async go(): Promise<void> {
    this.#foreign = await ModelServer.open(MODELS);
    await this.#openServer();
    for (const [index, club] of [undefined, undefined, 'a', 'b'].entries()) {
      const client = {
        ...{ name: `c${index}`, models: index === 3 ? OLD_MODELS : MODELS, fileSystem: new MemoryFileSystem(), club },
        ...{ link: undefined, isAstray: false, written: new Map(), conflicts: new Set<number>() },
      } as unknown as Client;
      client.replica = await this.#open(client);
      this.#clients.push(client);
    }
    for (let step = 0; step < STEP_COUNT; step++) {
      await this.#step();
      if (step % 250 === 249) await this.#quiet();
    }
    await this.#astray(this.#pick(this.#clients));
    await this.#quiet();
    await Promise.all(this.#asked);
    for (const { replica } of this.#clients) await replica.close();
    await this.#server.close();
    await this.#foreign.close();
    expect(this.#errors).toEqual([]);
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  async #step(): Promise<void> {
    const kind = this.#random();
    const client = this.#pick(this.#clients);
    if (kind < 0.42) await this.#write(client);
    else if (kind < 0.6) await this.#write(undefined);
    else if (kind < 0.66) await this.#ticket(client);
    else if (kind < 0.74) this.#lease(client);
    else if (kind < 0.83) client.link?.cut();
    else if (kind < 0.86) client.replica.connection.disconnect();
    else if (kind < 0.92) client.replica.connection.connect();
    else if (kind < 0.935) await this.#reopen(client);
    else if (kind < 0.942) await this.#restart();
    else if (kind < 0.955) this.#changeRights();
    else if (kind < 0.965) {
      client.club = this.#random() < 0.3 ? undefined : this.#pick(CLUBS);
      await client.replica.connection.subscribe(this.#shapes(client) as never);
    } else if (kind < 0.975) await this.#discard(client);
    else await new Promise((resolve) => setTimeout(resolve, this.#random() * 3));
  }

  /** One operation of an application: at a replica, or at the server. */
  async #write(client: Client | undefined): Promise<void> {
    const db: AnyDatabase = client?.replica ?? this.#server.db;
    const operation: Operation & { number: number } = {
      ...{ mark: `${client?.name ?? 's'}-${++this.#markCount}`, client: client?.name, number: 0 },
      parts: [] as Part[],
    };
    const names = this.#random() < 0.2 ? (['note', 'log'] as const) : [this.#pick(NAMES)];
    // Which delete of the last write class it was, or of an older class, would not be told by what it was made on.
    const mayDelete = client === undefined || (client.models !== OLD_MODELS && names[0] !== 'log');
    const isDelete = names.length === 1 && mayDelete && this.#random() < 0.15;
    const parts = names.map((name) => this.#part(db, client, name, operation.mark, isDelete));
    (operation.parts as Part[]).push(...parts);
    if (parts.some(({ base, document }) => base === undefined && document === undefined)) return;
    this.#reference.note(operation);
    try {
      const written = db.transaction((tx) => {
        for (const { collection, key, base, document } of parts) {
          const repository = (tx as unknown as AnyDatabase)[collection] as AnyDatabase[string];
          const { extra: _extra, ...fields } = document ?? {};
          const input = client?.models === OLD_MODELS ? fields : document;
          if (document === undefined) repository.delete(key);
          else if (base === undefined) repository.insert(input as never);
          else {
            const { id: _id, ...patch } = input as Fields;
            repository.update(key, patch as never);
          }
        }
      });
      // Memory has it at once, and the server may hear of it before the promise is settled.
      operation.number = client === undefined ? 0 : (syncPortOf(db).record('next') as number) - 1;
      await written;
      client?.written.set(operation.number, operation.mark);
    } catch (error) {
      this.#requireCode(error, REFUSED);
      this.#reference.forget(operation);
    }
  }

  #part(db: AnyDatabase, client: Client | undefined, collection: string, mark: string, isDelete: boolean): Part {
    const key = this.#pick(KEYS);
    const base = db[collection]?.get(key)?.['mark'] as string | undefined;
    const made = this.#reference.made(collection, key, base);
    const fields = { id: key, club: this.#pick(CLUBS), text: 'x'.repeat(this.#random() * 30), mark };
    // An older class knows nothing of the other field, and leaves it as it is.
    const more = client?.models === OLD_MODELS || this.#random() < 0.5 ? made?.['extra'] : this.#markCount;
    const document = isDelete ? undefined : plain({ ...fields, extra: more });
    return { collection, key, base, document };
  }

  async #ticket({ replica }: Client): Promise<void> {
    try {
      const { id } = (await replica['ticket']!.insert({ text: 't' })) as unknown as { readonly id: number };
      this.#given.push(id);
    } catch (error) {
      this.#requireCode(error, REFUSED);
    }
  }

  /** Nobody waits for the answer: it may come after many other things, or never. */
  #lease({ replica }: Client): void {
    const jobs = replica['job'] as unknown as CheckOuts<string>;
    const kind = this.#random();
    const keys = KEYS.filter(() => this.#random() < 0.25);
    const asked =
      kind < 0.15
        ? this.#server.sync.breakLease('job', this.#pick(KEYS))
        : kind < 0.4
          ? jobs.checkIn(this.#pick(KEYS))
          : keys.length > 0
            ? jobs.checkOut(keys, { ms: 3_600_000 })
            : Promise.resolve();
    const done = Promise.resolve(asked).catch((error: unknown) => this.#requireCode(error, LEASE_REFUSED));
    this.#asked.add(done.finally(() => this.#asked.delete(done)));
  }

  #changeRights(): void {
    this.#granted = this.#random() < 0.4 ? undefined : this.#pick(CLUBS);
    this.#server.sync.reevaluate('c1');
  }

  async #discard({ replica, conflicts }: Client): Promise<void> {
    const [oldest] = replica.conflicts.all();
    if (oldest === undefined) return;
    conflicts.add(oldest.number);
    await replica.conflicts.discard(oldest.number);
  }

  async #reopen(client: Client): Promise<void> {
    await client.replica.close();
    client.replica = await this.#open(client);
  }

  async #restart(): Promise<void> {
    this.#isDown = true;
    await this.#server.close();
    await this.#openServer();
    this.#isDown = false;
  }

  #onDisk(fileSystem: MemoryFileSystem, directory: string): object {
    return { directory, fileSystem, compaction: 'manual', durability: 'os', memory: undefined };
  }

  async #openServer(): Promise<void> {
    const everything = { read: true, write: true };
    this.#server = await ModelServer.open(MODELS, this.#onDisk(this.#data, '/data') as never, {
      policy: ({ id }) => {
        const some = this.#granted === undefined || id !== 'c1' ? true : { club: this.#granted };
        return { ...Object.fromEntries(NAMES.map((name) => [name, { read: some, write: true }])), ticket: everything };
      },
      onError: (error) => this.#errors.push(error),
    });
    const { db, sync } = this.#server;
    const port = syncPortOf(db);
    port.subscribe((changes) => {
      const heard = changes
        .filter(({ collection }) => collection !== 'ticket')
        .map(({ seq, collection, storeKey, before, after }) => ({
          ...{ seq: Number(seq), collection, key: String(storeKey) },
          ...{ before: plain(before as Fields | undefined), after: plain(after as Fields | undefined) },
        }));
      if (heard.length > 0) this.#reference.hear(heard);
    });
    sync.watchLeases(({ kind, lease: { collection, key, user } }) => {
      const record = port.record(`lease/${collection}/s${String(key)}`) as { readonly fence: number } | undefined;
      if (kind === 'granted' && record !== undefined)
        this.#reference.granted(collection, String(key), user, record.fence);
      if (kind === 'ended' || kind === 'broken') this.#reference.ended(collection, String(key), Number(db.seq));
    });
  }

  #shapes({ club }: Client): object {
    const shape = club === undefined ? true : { club };
    return { ...Object.fromEntries(NAMES.map((name) => [name, shape])), ticket: true };
  }

  #open(client: Client): Promise<AnyReplica> {
    return this.#server.replica(client.models, {
      ...this.#onDisk(client.fileSystem, '/r'),
      subscribe: this.#shapes(client),
      token: client.name,
      keyRange: 20,
      maxRetryMs: 60,
      onError: (error: unknown) => this.#errors.push(error),
      connect: () => {
        if (this.#isDown) throw new Error('no network');
        const [own, other] = LateTransport.pair(this.#random);
        (client.isAstray ? this.#foreign : this.#server).sync.serveTransport(other);
        client.link = own;
        return own;
      },
    });
  }

  /** Another server is refused, and nothing changes. */
  async #astray(client: Client): Promise<void> {
    const before = NAMES.map((name) => contentsOf(client.replica, name));
    client.isAstray = true;
    client.replica.connection.disconnect();
    client.replica.connection.connect();
    await until(() => client.replica.connection.state === 'foreign', `${client.name} to be astray`);
    expect(NAMES.map((name) => contentsOf(client.replica, name))).toEqual(before);
    client.isAstray = false;
  }

  /** The network holds: everything is as the model says. */
  async #quiet(): Promise<void> {
    for (const { replica } of this.#clients) replica.connection.connect();
    const isSynced = ({ replica }: Client): boolean => replica.connection.state === 'live' && replica.outbox.size === 0;
    await until(() => this.#clients.every(isSynced), 'all to be live').catch((error: unknown) => {
      const states = this.#clients.map(({ name, replica: { connection, outbox } }) =>
        [name, connection.state, connection.reason, outbox.size].join(' '),
      );
      throw new Error(`${String(error)}: ${states.join('; ')} ${this.#errors.map(String).join('; ')}`);
    });
    expect(this.#reference.faults).toEqual([]);
    for (const name of NAMES)
      expect([name, contentsOf(this.#server.db, name)]).toEqual([name, this.#reference.all(name, () => true)]);
    for (const client of this.#clients) {
      const { replica, club, written, conflicts } = client;
      const granted = client.name === 'c1' ? this.#granted : undefined;
      const isOld = client.models === OLD_MODELS;
      for (const name of NAMES) {
        const keeps = (each: Fields): boolean =>
          [club, granted].every((wanted) => wanted === undefined || wanted === each['club']);
        const expected = (): object => withoutExtra(this.#reference.all(name, keeps), isOld);
        const isEqual = (): boolean => JSON.stringify(contentsOf(replica, name)) === JSON.stringify(expected());
        await until(isEqual, name).catch(() => undefined);
        expect([client.name, name, contentsOf(replica, name)]).toEqual([client.name, name, expected()]);
      }
      for (const { number } of replica.conflicts.all()) conflicts.add(number);
      const unanswered = [...written].filter(([number, mark]) => {
        if (this.#reference.unclear.has(mark)) return false;
        const isAccepted =
          this.#reference.accepted.has(mark) || (!conflicts.has(number) && this.#reference.isGone(mark));
        return isAccepted === conflicts.has(number);
      });
      expect([client.name, unanswered]).toEqual([client.name, []]);
    }
    expect(new Set(this.#given).size).toBe(this.#given.length);
    const tickets = [...(this.#server.db['ticket']?.all().keys() ?? [])].map(Number).sort((a, b) => a - b);
    expect(tickets).toEqual([...this.#given].sort((a, b) => a - b));
  }

  #requireCode(error: unknown, codes: readonly string[]): void {
    if (!codes.includes((error as { readonly code: string }).code)) throw error;
  }
}

function contentsOf(db: AnyDatabase, name: string): Readonly<Record<string, Fields | undefined>> {
  const rows = [...(db[name]?.all().all() ?? [])].map((each) => [String(each['id']), plain(each)] as const);
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withoutExtra(documents: Readonly<Record<string, Fields>>, isOld: boolean): Readonly<Record<string, Fields>> {
  if (!isOld) return documents;
  return Object.fromEntries(
    Object.entries(documents).map(([key, { extra: _extra, ...fields }]): [string, Fields] => [key, fields]),
  );
}

it.each(Array.from({ length: RUN_COUNT }, (_, run) => (seed + run) % 2 ** 31))(
  `the server keeps to its rules and every replica to the server (${STEP_COUNT} steps, seed %i)`,
  (own) => new Run(own).go(),
);
