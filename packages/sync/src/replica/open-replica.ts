/** Opens a replica: a database of its own that follows a server, works offline, and sends what is written to it. */
import { DatabaseError } from '@nuthatch/model';
import {
  type Database,
  type DatabaseOptions,
  type Migration,
  openDatabase,
  type ViewDefinition,
} from '@nuthatch/runtime';
import { type CollectionDefinition, soon, syncPortOf, withShownGetters } from '@nuthatch/runtime/sync';
import { refused, requireCount, requireFunction, requireObject, requireText } from '../arguments.js';
import { callListener } from '../call-listener.js';
import { SYNC_STATE } from '../diagnostics/sync-messages.js';
import { LIMITS } from '../protocol/limits.js';
import type { Transport } from '../transport/transport.js';
import { Adoption } from './adoption.js';
import { addCheckOut, type CheckOutsOf } from './check-out.js';
import { type Conflict, type ConflictEditOf, Conflicts, type ReplicaConflicts, type Resolver } from './conflicts.js';
import { Connection, type ReplicaConnection } from './connection.js';
import type { ConnectionState } from './connection-state.js';
import { connectorOf } from './connector.js';
import { KeyRanges } from './key-ranges.js';
import { Leases, type LostLease, type ReplicaLeases } from './leases.js';
import { LocalDocuments } from './local-documents.js';
import { LocalState } from './local-state.js';
import { Mirror } from './mirror.js';
import { Outbox, type ReplicaOutbox } from './outbox.js';
import { ReplicaBlobs } from './replica-blobs.js';
import { ReplicaLink } from './replica-link.js';
import type { ReplicaOptions } from './replica-options.js';
import { ReplicaShapes } from './replica-shapes.js';
import { Watchers } from './watchers.js';

export interface ReplicaFace<Repos, Tx, Names extends string = string> {
  readonly connection: ReplicaConnection<Repos, Names>;
  readonly outbox: ReplicaOutbox;
  readonly conflicts: ReplicaConflicts<Tx, ConflictEditOf<Repos>>;
  readonly leases: ReplicaLeases;
}

/** `Names`: the stores of `keyValues`, as far as the compiler knows them. */
export type Replica<Repos, Tx, Names extends string = string> = Database<Tx> &
  Repos &
  CheckOutsOf<Repos> &
  ReplicaFace<Repos, Tx, Names>;

const FACE = ['connection', 'outbox', 'conflicts', 'leases'] as const;
const DEFAULT_MAX_RETRY_MS = 30_000;
const DEFAULT_PING_MS = 30_000;
const DEFAULT_RANGE_SIZE = 1_000;
const LONGEST_RETRY_MS = 24 * 3_600_000;

/**
 * Opens the replica's own database and begins to follow the server. Resolves at once, offline too: what was held before is
 * there; `db.connection.synced()` waits for the server.
 *
 * Called through the generated `openReplica`, which knows the definitions and the types.
 *
 * @throws DatabaseError as `openDatabase`; `INVALID_OPTION` without a way to connect, for a bad option, or for a shape of an
 *   unknown collection; `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY` for a shape that no index answers.
 */
export async function openReplica<Repos extends object, Tx, Names extends string = string>(
  definitions: readonly CollectionDefinition[],
  options: ReplicaOptions<Repos, Names>,
  migrations: readonly Migration[] = [],
  views: readonly ViewDefinition[] = [],
): Promise<Replica<Repos, Tx, Names>> {
  requireObject('options', options);
  const {
    url,
    port,
    connect,
    application,
    token,
    subscribe,
    maxRetryMs,
    pingMs,
    keyRange,
    onError,
    resolve,
    blobs,
    ...rest
  } = options as ReplicaOptions<Repos> & { readonly shared?: unknown };
  const clash = [...definitions, ...views].find(({ model }) => (FACE as readonly string[]).includes(model.collection));
  if (clash !== undefined) {
    const { collection } = clash.model;
    const what = `a replica has a member ${collection}: rename the collection`;
    throw new DatabaseError('INVALID_MODEL', what, { collection });
  }
  const connector = connectorOf(options);
  checkOptions(options, definitions);
  if ('references' in rest)
    throw new DatabaseError('INVALID_OPTION', 'a replica does not check references, its server does', {
      option: 'references',
    });
  // It may hold a part of the documents alone.
  const own = { ...rest, references: 'off' } as DatabaseOptions;
  const db = await openDatabase<Repos, Tx>(definitions, own, migrations, views);
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
  const { token = '', application = '' } = options;
  const onError = (error: unknown): void => callListener(options.onError ?? reportError, error, reportError);
  const { maxRetryMs = DEFAULT_MAX_RETRY_MS, pingMs = DEFAULT_PING_MS, keyRange = DEFAULT_RANGE_SIZE } = options;
  const shapes = new ReplicaShapes(port.collections);
  shapes.change(options.subscribe === undefined ? {} : options.subscribe);
  const state = new LocalState(port);
  await state.prepare();
  const documents = new LocalDocuments(port);
  const states = new Watchers<ConnectionState>(onError);
  const sizes = new Watchers<number>(onError);
  const told = new Watchers<Conflict>(onError);
  const mirror = new Mirror(port, state, documents);
  const adoption = new Adoption(port, state);
  const conflicts = new Conflicts<Tx>({
    ...{ port, state, documents, onError, watchers: told },
    resolvers: (options.resolve ?? {}) as Readonly<Record<string, Resolver | undefined>>,
    transaction: (work) => db.transaction(work as never),
  });
  const onOutbox = (): void => sizes.tell(state.waitingCount);
  let aheadMs = 0;
  const leases = new Leases({
    ...{ port, onError, lost: new Watchers<LostLease>(onError), aheadMs: () => aheadMs },
    ask: async (question) => link.session.ask(question),
    answered: () => connection.answered(),
  });
  const outbox = new Outbox(state, documents, leases, () =>
    soon(() => {
      onOutbox();
      link.send();
      ranges.refill();
    }),
  );
  const blobs = new ReplicaBlobs({
    ...{ port, documents, onError, mode: options.blobs ?? 'onDemand' },
    session: () => link.session,
  });
  db.blobs.fetcher = (ref) => blobs.fetch(ref);
  const link: ReplicaLink = new ReplicaLink({
    ...{
      blobs,
      port,
      state,
      documents,
      mirror,
      outbox,
      shapes,
      adoption,
      application,
      maxRetryMs,
      pingMs,
      connect,
      onOutbox,
      onError,
    },
    token: () => tokenOf(token),
    flush: () => db.flush(),
    onState: (now, reason, error) => {
      connection.note(reason, error);
      states.tell(now);
      if (now === 'live') blobs.follow();
      if (SYNC_STATE.hasSubscribers)
        SYNC_STATE.publish({ database: port.source, state: now, outboxSize: state.waitingCount });
    },
    onConflict: (record) => void conflicts.take(record).catch(onError),
    onRefused: (reason) => connection.note(reason, undefined),
    onOpen: (nowMs) => {
      aheadMs = nowMs - Date.now();
      ranges.begin(shapes.all.map(({ collection }) => collection.name));
      leases.begin();
    },
    onLeaseLost: (lost) => leases.take(lost),
  });
  const ranges = new KeyRanges({
    ...{ port, rangeSize: keyRange, onError },
    ask: async (collection, count) => link.session.ask((request) => ({ kind: 'range', request, collection, count })),
  });
  const connection = new Connection<Repos>({ port, link, state, mirror, shapes, adoption, ranges, states, sizes });
  await forgetOldShapes(state, mirror, shapes);
  port.guard((writes, sync) => {
    // The server deletes expired documents: here it is only out of sight.
    if (sync.transaction.origin === 'expiry') return;
    const resolved = conflicts.takeResolving();
    outbox.note(writes as never, sync, (collection, key) =>
      resolved === undefined ? 0 : conflicts.theirRevision(resolved, collection, key),
    );
    if (resolved !== undefined) state.setConflict(sync, resolved, undefined);
  });
  for (const [name, collection] of port.collections)
    addCheckOut((db as Readonly<Record<string, object>>)[name]!, collection, leases);
  const face: ReplicaFace<Repos, Tx> = {
    connection,
    leases,
    conflicts: conflicts as ReplicaConflicts<Tx> as unknown as ReplicaConflicts<Tx, ConflictEditOf<Repos>>,
    outbox: withShownGetters({
      get size() {
        return state.waitingCount;
      },
      watch: (listener) => sizes.add(listener),
    }),
  };
  for (const name of FACE) Object.defineProperty(db, name, { value: face[name], enumerable: true });
  const following = port.subscribe(() => blobs.follow());
  const close = db.close.bind(db);
  const closeAll = async (): Promise<void> => {
    await link.close();
    following.unsubscribe();
    await blobs.close();
    await close();
  };
  Object.defineProperty(db, 'close', { value: closeAll });
  Object.defineProperty(db, Symbol.asyncDispose, { value: closeAll });
  await conflicts.decideAll();
  link.start();
  return db as Replica<Repos, Tx>;
}

/** Documents that were held only for shapes that are no longer requested are removed. */
async function forgetOldShapes(state: LocalState, mirror: Mirror, shapes: ReplicaShapes): Promise<void> {
  const wanted = new Set(shapes.all.map(({ name }) => name));
  const unwanted = state.heldShapes.filter((name) => !wanted.has(name));
  if (unwanted.length === 0 && !state.isFlagged('sweep')) return;
  await mirror.keepOnly(shapes.all, true, unwanted);
}

function checkOptions(
  options: ReplicaOptions<never> | ReplicaOptions,
  definitions: readonly CollectionDefinition[],
): void {
  const { application, token, maxRetryMs, pingMs, keyRange, onError, resolve, shared } = options as ReplicaOptions & {
    readonly shared?: unknown;
  };
  if (application !== undefined) requireText('application', application);
  if (token !== undefined && typeof token !== 'function') requireText('token', token);
  if (maxRetryMs !== undefined) requireCount('maxRetryMs', maxRetryMs, LONGEST_RETRY_MS);
  if (pingMs !== undefined) requireCount('pingMs', pingMs, LONGEST_RETRY_MS);
  if (keyRange !== undefined) requireCount('keyRange', keyRange, LIMITS.rangeCount);
  if (onError !== undefined) requireFunction('onError', onError);
  const { blobs } = options;
  if (blobs !== undefined && blobs !== 'onDemand' && blobs !== 'withShape')
    throw refused('blobs', "'onDemand' or 'withShape'", blobs);
  // Two openers would both speak for one client.
  if (shared) throw refused('shared', 'left out: a replica is opened once in a process', shared);
  if (resolve === undefined) return;
  requireObject('resolve', resolve);
  for (const [name, resolver] of Object.entries(resolve as Readonly<Record<string, unknown>>)) {
    if (!definitions.some(({ model }) => model.collection === name))
      throw new DatabaseError('INVALID_OPTION', `there is no collection ${name} to resolve conflicts of`, {
        option: 'resolve',
      });
    if (resolver !== undefined) requireFunction(`resolve.${name}`, resolver);
  }
}

async function tokenOf(token: string | (() => string | Promise<string>)): Promise<string> {
  const given: unknown = typeof token === 'function' ? await token() : token;
  requireText('token', given);
  return given as string;
}

/** Without `onError` nothing that goes wrong beside the calls of the application is lost: it is a warning of the process. */
function reportError(error: unknown): void {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.emitWarning(text, 'NuthatchSyncWarning');
}
