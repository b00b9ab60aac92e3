/** Serves an open database to replicas: `await serve(db, { port: 7070, authenticate, policy })`. */
import type { IncomingMessage } from 'node:http';
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import { type Collection, every, type SyncPort, syncPortOf, type Timer, turn } from '@nuthatch/runtime/sync';
import { requireFunction } from '../arguments.js';
import { callListener, letPromiseBe } from '../call-listener.js';
import { SYNC_ERROR } from '../diagnostics/sync-messages.js';
import { OutgoingDocuments } from '../documents/outgoing-documents.js';
import { LIMITS } from '../protocol/limits.js';
import { ChunkedTransport } from '../transport/chunked-transport.js';
import { type MessagePortLike, MessagePortTransport } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';
import { checkedUser } from './checked-user.js';
import { Clients, type ServerClient } from './clients.js';
import { Connections } from './connections.js';
import { type LeaseEvent, type LeaseRecord, Leases } from './leases.js';
import { LiveSessions } from './live-sessions.js';
import type { SyncUser } from './policy.js';
import { Rate } from './rate.js';
import { Reject } from './reject.js';
import { Rights } from './rights.js';
import type { ServerContext } from './server-context.js';
import { serverKey } from './server-key.js';
import { type ServeOptions, type ServerLimits, serverLimits } from './server-options.js';
import { Session } from './session.js';
import { Uploads } from './uploads.js';
import { WebSocketDoor } from './web-socket-door.js';

/** A document that is checked out. */
export interface ServerLease {
  readonly collection: string;
  readonly key: unknown;
  readonly user: string;
  readonly since: Date;
  /** By this server's clock. */
  readonly until: Date;
}

/** Counts of a server. */
export interface SyncServerStats {
  /** Open connections, those that have not said who they are included. */
  readonly connectionCount: number;
  /** Users with at least one connection. */
  readonly userCount: number;
  /** Documents that are checked out. */
  readonly leaseCount: number;
}

export interface ServerLeaseEvent {
  /** `overridden`: code of the server changed the document; the lease stays. */
  readonly kind: LeaseEvent['kind'];
  readonly lease: ServerLease;
}

/**
 * Begins to serve a database. It stays open, and is closed by its owner after the server.
 *
 * @throws DatabaseError `INVALID_OPTION`; Node's own errors for a port that cannot be listened on.
 */
export async function serve(db: object, options: ServeOptions = {}): Promise<SyncServer> {
  const port = syncPortOf(db);
  const limits = serverLimits(options);
  const key = await serverKey(port);
  await port.beginHistory();
  const server = new SyncServer(port, options, limits, key);
  try {
    await server.listen();
  } catch (error) {
    // Nobody has it to close it: its guard would go on refusing writes.
    await server.close();
    throw error;
  }
  return server;
}

export class SyncServer implements AsyncDisposable {
  readonly #port: SyncPort;
  readonly #options: ServeOptions;
  readonly #outgoing: OutgoingDocuments;
  readonly #live: LiveSessions;
  readonly #leases: Leases;
  readonly #clients: Clients;
  readonly #uploads: Uploads;
  readonly #leaseListeners = new Set<{ readonly call: (event: LeaseEvent) => unknown }>();
  readonly #guard: Subscription | undefined;
  readonly #context: ServerContext;
  readonly #connections: Connections;
  readonly #limits: ServerLimits;
  readonly #key: Uint8Array;
  readonly #arrivals: Rate;
  readonly #beats: Timer;
  readonly #door: WebSocketDoor;
  #isClosed = false;

  /** Use `serve`. */
  constructor(port: SyncPort, options: ServeOptions, limits: ServerLimits, key: Uint8Array) {
    this.#port = port;
    this.#options = options;
    this.#limits = limits;
    this.#key = key;
    this.#arrivals = new Rate(limits.maxConnectionsPerSecond, limits.maxConnectionsPerSecond);
    this.#beats = every(() => this.#beat(), limits.pingMs);
    this.#outgoing = new OutgoingDocuments(port.collections.values());
    this.#live = new LiveSessions(port);
    this.#leases = new Leases(port, limits.maxLeaseMs, (event) => this.#heard(event));
    const isReferred = (hash: string): boolean =>
      [...port.collections.values()].some(({ indexes }) => (indexes.blobs?.structure.count(hash) ?? 0) > 0);
    this.#uploads = new Uploads(port.blobs, limits, isReferred);
    this.#clients = new Clients(port, this.#leases);
    if (options.enforce === 'everyone') this.#guard = port.guard((writes) => this.#leases.requireFree(writes));
    this.#context = this.#newContext();
    this.#connections = new Connections(port.source, limits.maxConnectionsPerUser);
    this.#door = new WebSocketDoor(options, limits.maxMessageBytes, (transport, request) =>
      this.serveTransport(transport, request),
    );
  }

  /** Port that it listens on, or listened on before `close`; undefined without one of its own. */
  get port(): number | undefined {
    return this.#door.port;
  }

  /** Open connections. */
  get connectionCount(): number {
    return this.#connections.count;
  }

  /** Counts of this moment. O(leases). */
  stats(): SyncServerStats {
    return {
      connectionCount: this.#connections.count,
      userCount: this.#connections.userCount,
      leaseCount: this.#leases.live(undefined).length,
    };
  }

  /** Called once by `serve`. */
  listen(): Promise<void> {
    return this.#door.open();
  }

  /** Serves one more replica over a port of `worker_threads`: another thread of this process. */
  attach(port: MessagePortLike): void {
    this.serveTransport(new MessagePortTransport(port));
  }

  /** Serves one more replica over a transport of the caller's own. */
  serveTransport(transport: Transport, request?: IncomingMessage): void {
    const { maxConnections, maxMessageBytes } = this.#limits;
    const chunked = new ChunkedTransport(transport, maxMessageBytes, LIMITS.greetingBytes);
    const session = new Session(this.#context, chunked, request);
    this.#connections.add(session);
    if (this.#isClosed) session.reject('SERVER_CLOSING', 'the server is being closed', true);
    else if (this.#connections.count > maxConnections)
      session.reject('TOO_MANY_CONNECTIONS', `the server already has ${maxConnections} connections`, true);
    else if (!this.#arrivals.take()) session.reject('RATE_LIMITED', 'too many replicas connect at once', true);
  }

  /**
   * Asks the policy again for the connections of a user, or of all: what is no longer granted leaves their replicas, what is
   * granted now comes to them. O(documents of the shapes whose grant differs).
   *
   * @param user as `authenticate` gave it, or its `id`.
   */
  reevaluate(user?: SyncUser | string): void {
    const id = typeof user === 'object' ? user.id : user;
    for (const session of this.#connections.all) if (id === undefined || session.user?.id === id) session.reevaluate();
  }

  /** Who has checked out what: of one collection, or of all. O(leases). @throws DatabaseError `INVALID_OPTION`. */
  leases(collection?: string): readonly ServerLease[] {
    if (collection !== undefined) this.#requireCollection(collection);
    return this.#leases.live(collection).map((lease) => this.#shown(lease));
  }

  /**
   * Ends the lease of a document, whoever has it: the holder is told, and edits under it become conflicts.
   *
   * @returns whether there was one.
   * @throws DatabaseError `INVALID_OPTION`, `INVALID_KEY`.
   */
  async breakLease(collection: string, key: unknown): Promise<boolean> {
    const { keys } = this.#requireCollection(collection);
    return this.#leases.break(collection, keys.toStoreKey(key));
  }

  /** Calls the listener with all that happens to leases. @throws DatabaseError `INVALID_OPTION`. */
  watchLeases(listener: (event: ServerLeaseEvent) => void): Subscription {
    requireFunction('listener', listener);
    const cell = { call: (event: LeaseEvent) => listener({ kind: event.kind, lease: this.#shown(event.lease) }) };
    this.#leaseListeners.add(cell);
    const unsubscribe = (): void => void this.#leaseListeners.delete(cell);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** The replicas that have written to this server, or are connected, in no order. O(records of sync). */
  clients(): readonly ServerClient[] {
    return this.#clients.list(this.#connections.users);
  }

  /**
   * Lets the records of a replica go: which of its transactions were answered, and its leases, which end as `broken`. Its
   * connection ends. If the replica comes back, it is `CLIENT_FORGOTTEN`, keeps its outbox, and goes on as another client after
   * `db.connection.adopt()`. An edit whose answer it never got is then held against the document as it is now: as a conflict
   * if it was applied; of a class with `sync: 'lastWrite'` it is written once more.
   *
   * @param id of `clients()`.
   * @returns whether there was anything to forget.
   * @throws DatabaseError `INVALID_OPTION`; `DATABASE_FAILED`, `DATABASE_CLOSED`.
   */
  async forget(id: string): Promise<boolean> {
    if (typeof id !== 'string' || id === '')
      throw new DatabaseError('INVALID_OPTION', 'the id of a client must be a text', { option: 'id' });
    const session = this.#connections.of(id);
    session?.reject('CLIENT_FORGOTTEN', 'the server was told to forget this replica');
    // An answer that is being written in this turn belongs to what is forgotten.
    await turn();
    return (await this.#clients.forget(id)) || session !== undefined;
  }

  /** Ends every connection and stops listening; the database stays open. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const session of this.#connections.all) session.reject('SERVER_CLOSING', 'the server is being closed', true);
    this.#beats.cancel();
    this.#live.close();
    this.#leases.close();
    await this.#uploads.close();
    this.#guard?.unsubscribe();
    await this.#door.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #newContext(): ServerContext {
    return {
      application: this.#options.application,
      port: this.#port,
      outgoing: this.#outgoing,
      live: this.#live,
      leases: this.#leases,
      uploads: this.#uploads,
      limits: this.#limits,
      authenticate: (token, request) => this.#authenticate(token, request),
      rightsOf: (user) => this.#rightsOf(user),
      welcome: (session) => this.#welcome(session as Session),
      ended: (session) => this.#connections.ended(session as Session),
      onError: (error, peer) => this.#tell(error, peer),
      settled: (seq) => this.#settled(seq),
      turn,
    };
  }

  async #authenticate(token: string, request: IncomingMessage | undefined): Promise<SyncUser> {
    let user: SyncUser | undefined;
    try {
      user = checkedUser(await this.#options.authenticate?.(token, request));
    } catch (error) {
      this.#tell(error, 'authenticate');
      throw new Reject('SERVER_CLOSING', 'the server cannot tell who this is', true);
    }
    if (user === undefined) throw new Reject('UNAUTHENTICATED', 'the token stands for nobody');
    if ((user.expiresAtMs ?? Number.POSITIVE_INFINITY) <= Date.now())
      throw new Reject('UNAUTHENTICATED', 'the token has expired');
    return user;
  }

  #rightsOf(user: SyncUser): Rights {
    try {
      const policy = this.#options.policy === undefined ? {} : this.#options.policy(user);
      letPromiseBe(policy, (error) => this.#tell(error, 'policy'));
      return new Rights(policy, this.#port.collections, this.#key);
    } catch (error) {
      this.#tell(error, 'policy');
      throw new Reject('POLICY_FAILED', 'the server cannot tell what this user may do', true);
    }
  }

  #requireCollection(name: string): Collection {
    const collection = this.#port.collections.get(name);
    if (collection !== undefined) return collection;
    throw new DatabaseError('INVALID_OPTION', `there is no collection ${String(name)}`, { option: 'collection' });
  }

  #shown({ collection, key, user, sinceMs, untilMs }: LeaseRecord): ServerLease {
    const publicKey = this.#requireCollection(collection).publicKey(key);
    return { collection, key: publicKey, user, since: new Date(sinceMs), until: new Date(untilMs) };
  }

  #heard(event: LeaseEvent): void {
    const { kind, lease } = event;
    if (kind === 'broken' || kind === 'overridden') this.#connections.of(lease.clientId)?.tellLease(lease.fence, kind);
    for (const { call } of [...this.#leaseListeners])
      callListener(call, event, (error) => this.#tell(error, 'watchLeases'));
  }

  #welcome(session: Session): Reject | undefined {
    const refused = this.#connections.welcome(session);
    if (refused !== undefined) return refused;
    const user = session.user?.id as string;
    this.#clients.noteContact(session.clientId, user).catch((error: unknown) => this.#tell(error, 'clients'));
    return undefined;
  }

  #beat(): void {
    for (const session of this.#connections.all) session.beat();
  }

  /** A listener that throws ends nothing. */
  #tell(error: unknown, peer: string): void {
    if (SYNC_ERROR.hasSubscribers) SYNC_ERROR.publish({ database: this.#port.source, error });
    const { onError } = this.#options;
    if (onError === undefined) return;
    callListener(
      (each) => onError(each, peer),
      error,
      (thrown) => {
        const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
        process.emitWarning(`onError of a sync server threw ${text}`, 'NuthatchSyncWarning');
      },
    );
  }

  /** Memory is ahead of what is settled by a few transactions at most: their turn comes with the next frame. */
  async #settled(seq: number): Promise<void> {
    while (this.#port.deliveredSeq < seq && !this.#isClosed) await turn();
  }
}
