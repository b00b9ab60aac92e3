/** Opens a replica: a database of its own that follows a server, works offline, and sends what is written to it. */
import { DatabaseError } from '@nuthatch/model';
import { type Database, type DatabaseOptions, type Migration, openDatabase } from '@nuthatch/runtime';
import { type CollectionDefinition, syncPortOf } from '@nuthatch/runtime/sync';
import { MessagePortTransport } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../transport/web-socket-transport.js';
import { LocalDocuments } from './local-documents.js';
import { LocalState } from './local-state.js';
import { Mirror } from './mirror.js';
import { Outbox } from './outbox.js';
import {
  type Conflict,
  Conflicts,
  Connection,
  type ReplicaConflicts,
  type ReplicaConnection,
  type ReplicaOutbox,
} from './replica.js';
import { type ConnectionState, ReplicaLink } from './replica-link.js';
import type { ReplicaOptions } from './replica-options.js';
import { ReplicaShape } from './replica-shape.js';
import { Watchers } from './watchers.js';

export interface ReplicaFace<Tx> {
  readonly connection: ReplicaConnection;
  readonly outbox: ReplicaOutbox;
  readonly conflicts: ReplicaConflicts<Tx>;
}

export type Replica<Repos, Tx> = Database<Tx> & Repos & ReplicaFace<Tx>;

const FACE = ['connection', 'outbox', 'conflicts'] as const;
const DEFAULT_MAX_RETRY_MS = 30_000;

/**
 * Opens the replica's own database and begins to follow the server. Resolves at once, offline too: what was held before is
 * there; `db.connection.synced()` waits for the server.
 *
 * Called through the generated `openReplica`, which knows the definitions and the types.
 *
 * @throws DatabaseError as `openDatabase`; `INVALID_OPTION` without a way to connect, or for a shape of an unknown
 *   collection; `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY` for a shape that no index answers.
 */
export async function openReplica<Repos extends object, Tx>(
  definitions: readonly CollectionDefinition[],
  options: ReplicaOptions<Repos>,
  migrations: readonly Migration[] = [],
): Promise<Replica<Repos, Tx>> {
  const { url, port: messagePort, connect, application, token, subscribe, maxRetryMs, onError, ...rest } = options;
  const clash = definitions.find(({ model }) => (FACE as readonly string[]).includes(model.collection));
  if (clash !== undefined)
    throw new DatabaseError(
      'INVALID_MODEL',
      `a replica has a member ${clash.model.collection}: rename the collection`,
      {
        collection: clash.model.collection,
      },
    );
  const connector = connectorOf(options);
  const db = await openDatabase<Repos, Tx>(definitions, rest as DatabaseOptions, migrations);
  try {
    return await follow<Repos, Tx>(db, options, connector);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function follow<Repos extends object, Tx>(
  db: Database<Tx> & Repos,
  options: ReplicaOptions<Repos>,
  connect: () => Promise<Transport>,
): Promise<Replica<Repos, Tx>> {
  const port = syncPortOf(db);
  const state = new LocalState(port);
  await state.prepare();
  const documents = new LocalDocuments(port);
  const onError = options.onError ?? reportError;
  const states = new Watchers<ConnectionState>(onError);
  const sizes = new Watchers<number>(onError);
  const told = new Watchers<Conflict>(onError);
  const mirror = new Mirror(port, state, documents);
  const shapes = shapesOf(port.collections, options.subscribe ?? {});
  const conflicts = new Conflicts<Tx>(db as never, state, documents, told);
  conflicts.removeRecord = (number) => port.replicate((sync) => state.setConflict(sync, number, undefined));
  const onOutbox = (): void => sizes.tell(state.waitingCount);
  const outbox = new Outbox(state, documents, () =>
    queueMicrotask(() => {
      onOutbox();
      link.send();
    }),
  );
  const { token = '', application = '', maxRetryMs = DEFAULT_MAX_RETRY_MS } = options;
  const link: ReplicaLink = new ReplicaLink({
    ...{ port, state, documents, mirror, outbox, shapes, application, maxRetryMs, connect, onOutbox, onError },
    token: async () => (typeof token === 'function' ? token() : token),
    flush: () => db.flush(),
    onState: (now, reason) => {
      connection.reason = reason;
      states.tell(now);
    },
    onConflict: (record) => conflicts.tell(record),
    onRefused: (shape, code, message) => {
      connection.reason = `${shape.collection.name}: ${code}: ${message}`;
    },
  });
  const connection = new Connection(link, state, states, sizes);
  await forgetOldShapes(state, mirror, shapes);
  port.guard((writes, sync) => {
    outbox.note(writes as never, sync);
    if (conflicts.resolving !== undefined) state.setConflict(sync, conflicts.resolving, undefined);
    conflicts.resolving = undefined;
  });
  const face: ReplicaFace<Tx> = {
    connection,
    conflicts,
    outbox: {
      get size() {
        return state.waitingCount;
      },
      watch: (listener) => sizes.add(listener),
    },
  };
  for (const name of FACE) Object.defineProperty(db, name, { value: face[name], enumerable: true });
  const close = db.close.bind(db);
  const closeAll = async (): Promise<void> => {
    await link.close();
    await close();
  };
  Object.defineProperty(db, 'close', { value: closeAll });
  Object.defineProperty(db, Symbol.asyncDispose, { value: closeAll });
  link.start();
  return db as Replica<Repos, Tx>;
}

/** What was held for shapes that are not asked for any more goes. */
async function forgetOldShapes(state: LocalState, mirror: Mirror, shapes: readonly ReplicaShape[]): Promise<void> {
  const wanted = new Set(shapes.map(({ name }) => name));
  if (state.heldShapes.every((name) => wanted.has(name))) return;
  await mirror.keepOnly(shapes);
}

function shapesOf(
  collections: ReadonlyMap<string, ReplicaShape['collection']>,
  subscribe: Readonly<Record<string, unknown>>,
): readonly ReplicaShape[] {
  const shapes: ReplicaShape[] = [];
  for (const [name, asked] of Object.entries(subscribe)) {
    const collection = collections.get(name);
    if (collection === undefined)
      throw new DatabaseError('INVALID_OPTION', `there is no collection ${name} to subscribe to`, {
        option: 'subscribe',
      });
    for (const condition of Array.isArray(asked) ? asked : [asked])
      shapes.push(new ReplicaShape(shapes.length + 1, collection, condition === true ? undefined : condition));
  }
  return shapes;
}

function connectorOf({ url, port, connect }: ReplicaOptions): () => Promise<Transport> {
  if ([url, port, connect].filter((way) => way !== undefined).length !== 1)
    throw new DatabaseError('INVALID_OPTION', 'a replica needs one of `url`, `port` or `connect`', { option: 'url' });
  if (connect !== undefined) return async () => connect();
  if (port !== undefined) return async () => new MessagePortTransport(port);
  return () => connectTo(url as string);
}

/** The platform's own WebSocket where there is one, else that of `ws`. */
async function connectTo(url: string): Promise<Transport> {
  const own = (globalThis as { readonly WebSocket?: new (url: string) => WebSocketLike }).WebSocket;
  const WebSocketClass = own ?? ((await import('ws')).WebSocket as unknown as new (url: string) => WebSocketLike);
  const socket = new WebSocketClass(url);
  const transport = new WebSocketTransport(socket, url);
  await new Promise<void>((resolve, reject) => {
    const opening = socket as unknown as { addEventListener(type: string, listener: (event: unknown) => void): void };
    opening.addEventListener('open', () => resolve());
    opening.addEventListener('close', () =>
      reject(new DatabaseError('SERVER_UNREACHABLE', `no connection to ${url}`, { url })),
    );
  });
  return transport;
}

/** Without `onError` nothing that goes wrong beside the calls of the application is lost: it is a warning of the process. */
function reportError(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.emitWarning(text, 'NuthatchSyncWarning');
}
