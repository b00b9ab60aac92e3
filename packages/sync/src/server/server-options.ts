import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Policy, SyncUser } from './policy.js';

export interface ServeOptions {
  /** Names the application: a replica of another one is refused. Default: what the replica says. */
  readonly application?: string;
  /**
   * Says who a token stands for; undefined refuses it. Without this function everybody is refused.
   *
   * @param request of the WebSocket's upgrade; undefined for a port.
   */
  readonly authenticate?: (
    token: string,
    request: IncomingMessage | undefined,
  ) => SyncUser | undefined | Promise<SyncUser | undefined>;
  /** What a user may read and write. Without this function nobody may anything. */
  readonly policy?: (user: SyncUser) => Policy;
  /** Listens on this port of `host`; 0 chooses a free one. Left out: only `attach` and `server` bring connections. */
  readonly port?: number;
  /** Default `127.0.0.1`: others have to be let in on purpose. */
  readonly host?: string;
  /** An http or https server of the caller's own, which brings TLS. */
  readonly server?: HttpServer;
  /** Origins whose pages may connect; default: none. Programs send no origin. */
  readonly origins?: readonly string[];
  /** Open connections at most. Default 10,000. */
  readonly maxConnections?: number;
  /** Longest message in bytes. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Told of what went wrong with one connection: it never ends the server. */
  readonly onError?: (error: unknown, peer: string) => void;
}
