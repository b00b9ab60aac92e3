/** A server of players and replicas of it, in one process. */
import type { DatabaseOptions } from '@nuthatch/runtime';
import { type DatabaseIdentity, syncPortOf } from '@nuthatch/runtime/sync';
import {
  definitions,
  type NuthatchDatabase,
  openDatabase,
  type PlayerInput,
  type Repositories,
  type TransactionRepositories,
} from '../../../../generated/index.js';
import { decodeMessage } from '../../src/protocol/encode-message.js';
import { openReplica, type Replica } from '../../src/replica/open-replica.js';
import type { Policy, SyncUser } from '../../src/server/policy.js';
import { type SyncServer, serve } from '../../src/server/serve.js';
import type { ServeOptions } from '../../src/server/server-options.js';
import { DirectTransport } from './direct-transport.js';

/** An input with what most tests do not care about. */
export function player(id: string, fields: Partial<PlayerInput> = {}): PlayerInput {
  return { id, email: `${id}@x.io`, age: 30, name: `Player ${id}`, ...fields };
}

export type PlayerReplica = Replica<Repositories, TransactionRepositories>;

export const ALL: Policy = { player: { read: true, write: true } };

export interface ServerOptions {
  readonly database?: DatabaseOptions;
  readonly policy?: (user: SyncUser) => Policy;
  readonly application?: string;
  /** More of `serve`. */
  readonly serve?: Partial<ServeOptions>;
  readonly authenticate?: ServeOptions['authenticate'];
}

export class PlayerServer {
  readonly errors: unknown[] = [];
  /** The replica's ends of all connections, newest last. */
  readonly connections: DirectTransport[] = [];
  /** Documents that the server has sent, over each of its connections. */
  readonly sentDocuments: (() => number)[] = [];
  readonly #sent: (readonly Uint8Array[])[] = [];
  /** Told of each message that the server sends, in the moment it does, and over which of its connections. */
  onSent: (data: Uint8Array, connection: number) => void = () => undefined;
  /** While set, no connection comes about. */
  isDown = false;

  private constructor(
    readonly db: NuthatchDatabase,
    readonly sync: SyncServer,
  ) {}

  static async open(options: ServerOptions = {}): Promise<PlayerServer> {
    const db = await openDatabase(options.database ?? { memory: true });
    const errors: unknown[] = [];
    const sync = await serve(db, {
      authenticate: options.authenticate ?? ((token) => (token === '' ? undefined : { id: token })),
      policy: options.policy ?? (() => ALL),
      onError: (error) => errors.push(error),
      ...(options.application !== undefined && { application: options.application }),
      ...options.serve,
    });
    const server = new PlayerServer(db, sync);
    Object.defineProperty(server, 'errors', { value: errors });
    return server;
  }

  get identity(): DatabaseIdentity {
    return syncPortOf(this.db).identity;
  }

  connect(): DirectTransport {
    if (this.isDown) throw new Error('no network');
    const [own, other] = DirectTransport.pair();
    this.connections.push(own);
    this.sync.serveTransport(other);
    this.sentDocuments.push(() => documentCount(other.sent));
    const number = this.#sent.push(other.sent) - 1;
    other.onSend = (data) => this.onSent(data, number);
    return own;
  }

  replica(subscribe: Readonly<Record<string, unknown>>, more: object = {}): Promise<PlayerReplica> {
    const options = {
      memory: true,
      connect: () => this.connect(),
      token: 'ann',
      subscribe,
      maxRetryMs: 60,
      onError: (error: unknown) => this.errors.push(error),
      ...more,
    };
    return openReplica<Repositories, TransactionRepositories>(definitions, options as never);
  }

  /** Every message that the server has sent, over all connections. */
  wire(): readonly Uint8Array[] {
    return this.#sent.flat();
  }

  /** Cuts every connection; replicas come back by themselves unless the server `isDown`. */
  cut(): void {
    for (const connection of this.connections.splice(0)) connection.cut();
  }

  async close(): Promise<void> {
    await this.sync.close();
    await this.db.close();
  }
}

export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  const endMs = Date.now() + 8_000;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`waited 8 s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a database holds, key by key. */
export function contentsOf(db: NuthatchDatabase | PlayerReplica): Record<string, string> {
  const rows = db.player
    .all()
    .all()
    .map((each) => [each.id, `${each.name} ${each.age} ${each.clubs.join('+')} r${db.player.revision(each.id)}`]);
  return Object.fromEntries(rows.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}

function documentCount(messages: readonly Uint8Array[]): number {
  return messages.map(decodeMessage).reduce((count, message) => {
    if (message.kind === 'snap') return count + message.puts.length;
    return message.kind === 'patch' ? count + message.changes.length : count;
  }, 0);
}
