import type { DatabaseOptions } from '@nuthatch/runtime';
import type { MessagePortLike } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';

/** How a replica reaches its server, and what it holds. */
export interface SyncOptions {
  /** WebSocket address of the server, `wss://…`. */
  readonly url?: string;
  /** A port of `worker_threads` whose other side the server has attached. */
  readonly port?: MessagePortLike;
  /** Makes a transport of the caller's own; called for each try to connect. */
  readonly connect?: () => Transport | Promise<Transport>;
  /** Names the application: a server of another one is refused. */
  readonly application?: string;
  /** What the server's `authenticate` is asked with; a function is called for each try to connect. */
  readonly token?: string | (() => string | Promise<string>);
  /** What is held here: collection → `true` for all, `{ $keys: [...] }`, what `find` takes, or an array of these. */
  readonly subscribe?: Readonly<Record<string, unknown>>;
  /** Told of what goes wrong beside the calls of the application: a listener that throws, a message that cannot be applied. */
  readonly onError?: (error: unknown) => void;
  /** Longest wait between two tries to connect, in milliseconds. Default 30,000. */
  readonly maxRetryMs?: number;
}

/** Where the replica keeps its own data, as `openDatabase` takes it, and how it is kept in step. */
export type ReplicaOptions = DatabaseOptions & SyncOptions;
