/** The connections of a server: who is on each, how many a user has, and which one is a replica's. */
import type { SyncPort } from '@nuthatch/runtime/sync';
import { CONNECTED, DISCONNECTED, type SyncConnectionMessage } from '../diagnostics/sync-messages.js';
import { Reject } from './reject.js';
import type { Session } from './session.js';

export class Connections {
  readonly #source: SyncPort['source'];
  readonly #maxPerUser: number;
  readonly #open = new Set<Session>();
  readonly #byClient = new Map<string, Session>();
  /** Those that are counted for their user. */
  readonly #welcomed = new WeakSet<Session>();
  readonly #countByUser = new Map<string, number>();

  /** @param source in whose name diagnostics are published. */
  constructor(source: SyncPort['source'], maxPerUser: number) {
    this.#source = source;
    this.#maxPerUser = maxPerUser;
  }

  /** Those that have not said who they are included. */
  get count(): number {
    return this.#open.size;
  }

  /** Users with at least one connection. */
  get userCount(): number {
    return this.#countByUser.size;
  }

  /** Of this moment: what is called on one may end another. */
  get all(): readonly Session[] {
    return [...this.#open];
  }

  /** User by client, of those that have said who they are. */
  get users(): ReadonlyMap<string, string> {
    const users = new Map<string, string>();
    for (const [id, { user }] of this.#byClient) if (user !== undefined) users.set(id, user.id);
    return users;
  }

  of(clientId: string): Session | undefined {
    return this.#byClient.get(clientId);
  }

  add(session: Session): void {
    this.#open.add(session);
  }

  /** The session has said who it is: an older one of the same replica ends. @returns why it is refused. */
  welcome(session: Session): Reject | undefined {
    const older = this.#byClient.get(session.clientId);
    // A client that has guessed the id of another user's replica cannot end its connection.
    if (older !== undefined && older.user?.id !== session.user?.id)
      return new Reject('TOO_MANY_CONNECTIONS', 'this replica is connected as another user', true);
    this.#byClient.set(session.clientId, session);
    this.#welcomed.add(session);
    if (CONNECTED.hasSubscribers) CONNECTED.publish(this.#message());
    older?.reject('REPLACED', 'the same replica connected again');
    const user = session.user?.id as string;
    const count = (this.#countByUser.get(user) ?? 0) + 1;
    this.#countByUser.set(user, count);
    if (count <= this.#maxPerUser) return undefined;
    return new Reject('TOO_MANY_CONNECTIONS', `the user already has ${this.#maxPerUser} connections`, true);
  }

  ended(session: Session): void {
    this.#open.delete(session);
    if (!this.#welcomed.delete(session)) return;
    if (DISCONNECTED.hasSubscribers) DISCONNECTED.publish(this.#message());
    if (this.#byClient.get(session.clientId) === session) this.#byClient.delete(session.clientId);
    const user = session.user?.id as string;
    const count = (this.#countByUser.get(user) ?? 0) - 1;
    if (count > 0) this.#countByUser.set(user, count);
    else this.#countByUser.delete(user);
  }

  #message(): SyncConnectionMessage {
    return { database: this.#source, connectionCount: this.#open.size };
  }
}
