/** A server and replicas of any models, without generated code: for models that differ between the two sides. */
import type { DocumentModel } from '@nuthatch/model';
import {
  type CollectionTypes,
  type Database,
  type DatabaseOptions,
  openDatabase,
  type Repository,
} from '@nuthatch/runtime';
import { definitionOf } from '../../../runtime/test/support/definition-of-model.js';
import type { ReplicaFace } from '../../src/replica/open-replica.js';
import { openReplica } from '../../src/replica/open-replica.js';
import { type SyncServer, serve } from '../../src/server/serve.js';
import type { ServeOptions } from '../../src/server/server-options.js';
import { DirectTransport } from './direct-transport.js';

type Fields = Record<string, unknown>;

interface AnyTypes extends CollectionTypes {
  readonly document: Fields;
  readonly key: string | number;
  readonly input: Fields;
  readonly patch: Fields;
  readonly where: Fields;
  readonly order: string;
}

type AnyRepositories = Readonly<Record<string, Repository<AnyTypes>>>;
export type AnyDatabase = Database<object> & AnyRepositories;
export type AnyReplica = AnyDatabase & ReplicaFace<AnyRepositories, never>;

export function openAny(models: readonly DocumentModel[], options: DatabaseOptions): Promise<AnyDatabase> {
  return openDatabase<AnyRepositories, object>(models.map((model) => definitionOf(model)) as never, options);
}

export class ModelServer {
  readonly errors: unknown[] = [];
  readonly connections: DirectTransport[] = [];

  private constructor(
    readonly db: AnyDatabase,
    readonly sync: SyncServer,
  ) {}

  static async open(
    models: readonly DocumentModel[],
    options: DatabaseOptions = { memory: true },
    more: Partial<ServeOptions> = {},
  ): Promise<ModelServer> {
    const db = await openAny(models, options);
    const errors: unknown[] = [];
    const all = Object.fromEntries(models.map(({ collection }) => [collection, { read: true, write: true }]));
    const sync = await serve(db, {
      authenticate: (token) => ({ id: token || 'nobody' }),
      policy: () => all,
      onError: (error) => errors.push(error),
      ...more,
    });
    const server = new ModelServer(db, sync);
    Object.defineProperty(server, 'errors', { value: errors });
    return server;
  }

  connect(): DirectTransport {
    const [own, other] = DirectTransport.pair();
    this.connections.push(own);
    this.sync.serveTransport(other);
    return own;
  }

  cut(): void {
    for (const connection of this.connections.splice(0)) connection.cut();
  }

  replica(models: readonly DocumentModel[], more: object = {}): Promise<AnyReplica> {
    const subscribe = Object.fromEntries(models.map(({ collection }) => [collection, true]));
    const options = { memory: true, connect: () => this.connect(), subscribe, maxRetryMs: 60, ...more };
    return openReplica<AnyRepositories, never>(
      models.map((model) => definitionOf(model)) as never,
      options as never,
    ) as Promise<unknown> as Promise<AnyReplica>;
  }

  async close(): Promise<void> {
    await this.sync.close();
    await this.db.close();
  }
}
