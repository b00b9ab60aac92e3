import type { DatabaseOptions, Repository } from '@nuthatch/runtime';
import type { MessagePortLike } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';

/** A part of a collection that an index answers: everything, some keys, or what `find` takes. */
export type ShapeOf<R> =
  R extends Repository<infer T> ? true | { readonly $keys: readonly T['key'][] } | T['where'] : never;

/** A part of a store of keys: everything, or some keys. */
export type KeyValueShape = true | { readonly $keys: readonly string[] };

/**
 * Shapes by collection; an array stands for several of one. `Names` are the stores of `keyValues`, as far as the compiler knows
 * them: `string` stands for none.
 */
export type ShapesOf<Repos, Names extends string = string> = {
  readonly [K in keyof Repos]?: ShapeOf<Repos[K]> | readonly ShapeOf<Repos[K]>[];
} & (string extends Names ? unknown : { readonly [N in Names]?: KeyValueShape | readonly KeyValueShape[] });

/** By collection: decides what is right where others changed a document meanwhile. */
export type ResolversOf<Repos> = {
  readonly [K in keyof Repos]?: Repos[K] extends Repository<infer T> ? ResolverOf<T['document'], T['input']> : never;
};

/**
 * Called with what the own edit was made on, what it wrote, and what there is now; undefined stands for no document. Returns
 * what is right: a document, `theirs` to let the own edit go, undefined to leave it to `db.conflicts`. Must be synchronous.
 */
export type ResolverOf<D, I> = (base: D | undefined, mine: D | undefined, theirs: D | undefined) => D | I | undefined;

/** How a replica reaches its server, and what it holds. */
export interface SyncOptions<Repos = object, Names extends string = string> {
  /** WebSocket address of the server, `wss://…`. */
  readonly url?: string;
  /**
   * A port of `worker_threads` whose other side the server has attached. It serves one connection: once it is closed, the replica
   * is `offline` with `PORT_CLOSED`. Where a thread or server comes back, give `connect`, which can bring another port.
   */
  readonly port?: MessagePortLike;
  /** Makes a transport of the caller's own; called for each try to connect. */
  readonly connect?: () => Transport | Promise<Transport>;
  /** Names the application: a server of another one is refused. */
  readonly application?: string;
  /** The argument for the server's `authenticate`; a function is called for each try to connect. */
  readonly token?: string | (() => string | Promise<string>);
  /**
   * The documents that are held here: collection → `true` for all, `{ $keys: [...] }`, what `find` takes, or an array
   * of these. A store of `keyValues` is held whole (`true`) or by `$keys`; that option alone says which stores there are.
   */
  readonly subscribe?: ShapesOf<Repos, NoInfer<Names>>;
  /** Decides conflicts by itself, class by class; what it leaves open is in `db.conflicts`. */
  readonly resolve?: ResolversOf<Repos>;
  /** Told of what goes wrong beside the calls of the application: a listener that throws, a message that cannot be applied. */
  readonly onError?: (error: unknown) => void;
  /** When the bytes of blobs come: when they are read (`onDemand`), or with the documents (`withShape`). Default `onDemand`. */
  readonly blobs?: 'onDemand' | 'withShape';
  /** Numbers of a `sequence` that are granted at a time; two such ranges are held. Default 1,000. */
  readonly keyRange?: number;
  /** Longest wait between two tries to connect, in milliseconds. Default 30,000. */
  readonly maxRetryMs?: number;
  /** A silent server is asked for a sign this often, in milliseconds, and given up after three. Default 30,000. */
  readonly pingMs?: number;
}

/** Where the replica keeps its own data, as `openDatabase` takes it, and how it is kept in step. */
export type ReplicaOptions<Repos = object, Names extends string = string> = DatabaseOptions &
  SyncOptions<Repos, Names> & { readonly keyValues?: readonly Names[]; readonly references?: never };
