import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { DatabaseError } from '@nuthatch/model';
import { DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MIN_MESSAGE_BYTES } from '../protocol/limits.js';
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
  /**
   * The rights of a user. Without this function nobody may anything. `(user): PolicyOf<NuthatchDatabase> => …` lets the compiler
   * check collections, conditions and fields.
   */
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
  /** Open connections of one user at most. Default 100. */
  readonly maxConnectionsPerUser?: number;
  /** New connections per second at most, of all; further ones are asked to come back later. Default 1,000. */
  readonly maxConnectionsPerSecond?: number;
  /** Messages per second that one connection may send, over any ten seconds. Default 50,000. */
  readonly maxMessagesPerSecond?: number;
  /** Longest message in bytes. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Time from a connection to its HELLO and to its answer, in milliseconds. Default 10,000. */
  readonly helloTimeoutMs?: number;
  /** A replica that is silent is asked for a sign this often, in milliseconds, and let go after three. Default 30,000. */
  readonly pingMs?: number;
  /** Largest blob that a replica may upload, in bytes. Default 256 MiB. */
  readonly maxBlobBytes?: number;
  /** Bytes of blobs of one user that may wait for the document that refers to them, unfinished ones included. Default 1 GiB. */
  readonly maxUploadBytes?: number;
  /** Longest time of a lease, in milliseconds. Default 30 days. */
  readonly maxLeaseMs?: number;
  /**
   * Whom leases bind: `replicas`, the default, or `everyone`: then code of this process, too, is refused a change of a document
   * that is checked out (`LEASE_HELD`).
   */
  readonly enforce?: 'replicas' | 'everyone';
  /** Told of what went wrong with one connection, or in `policy`: it never ends the server. */
  readonly onError?: (error: unknown, peer: string) => void;
}

/** The bounds of a server, with their defaults. */
export interface ServerLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerSecond: number;
  readonly maxMessagesPerSecond: number;
  readonly maxMessageBytes: number;
  readonly helloTimeoutMs: number;
  readonly pingMs: number;
  readonly maxBlobBytes: number;
  readonly maxUploadBytes: number;
  readonly maxLeaseMs: number;
}

/** Default, least, most. */
const BOUNDS: { readonly [Name in keyof ServerLimits]: readonly [number, number, number] } = {
  maxConnections: [10_000, 1, 10_000_000],
  maxConnectionsPerUser: [100, 1, 10_000_000],
  maxConnectionsPerSecond: [1_000, 1, 1_000_000],
  maxMessagesPerSecond: [50_000, 1, 10_000_000],
  maxMessageBytes: [DEFAULT_MESSAGE_BYTES, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES],
  helloTimeoutMs: [10_000, 10, 3_600_000],
  pingMs: [30_000, 10, 3_600_000],
  maxBlobBytes: [256 * 2 ** 20, 0, Number.MAX_SAFE_INTEGER],
  maxUploadBytes: [2 ** 30, 0, Number.MAX_SAFE_INTEGER],
  maxLeaseMs: [30 * 86_400_000, 1, 36_500 * 86_400_000],
};

const MAX_PORT = 65_535;

const FUNCTIONS = ['authenticate', 'policy', 'onError'] as const;
const OTHERS: readonly string[] = ['application', 'port', 'host', 'server', 'origins', 'enforce', ...FUNCTIONS];

/** @throws DatabaseError `INVALID_OPTION` for an unknown option, or an invalid value. */
export function serverLimits(options: ServeOptions): ServerLimits {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalid('options', 'the options must be an object');
  for (const name of Object.keys(options))
    if (!Object.hasOwn(BOUNDS, name) && !OTHERS.includes(name)) throw invalid(name, `there is no option ${name}`);
  for (const name of FUNCTIONS)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalid(name, `${name} must be a function, found ${typeof options[name]}`);
  const { application, origins, enforce } = options;
  if (enforce !== undefined && enforce !== 'replicas' && enforce !== 'everyone')
    throw invalid('enforce', "enforce must be 'replicas' or 'everyone'");
  if (application !== undefined && typeof application !== 'string')
    throw invalid('application', 'application must be a text');
  if (origins !== undefined && !(Array.isArray(origins) && origins.every((origin) => typeof origin === 'string')))
    throw invalid('origins', 'origins must be an array of texts');
  requireAddress(options);
  const limits = Object.entries(BOUNDS).map(([name, [byDefault, least, most]]) => {
    const value: unknown = options[name as keyof ServerLimits] ?? byDefault;
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw invalid(name, `${name} must be a whole number from ${least} to ${most}, found ${String(value)}`);
    return [name, value];
  });
  return Object.fromEntries(limits) as ServerLimits;
}

/** Node would take a text as the path of a pipe, and a host that is none as every address of the machine. */
function requireAddress({ port, host, server }: ServeOptions): void {
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= MAX_PORT))
    throw invalid('port', `port must be a whole number from 0 to ${MAX_PORT}, found ${String(port)}`);
  if (host !== undefined && (typeof host !== 'string' || host === ''))
    throw invalid('host', 'host must be an address, as a text');
  if (server !== undefined && typeof (server as Partial<HttpServer> | null)?.on !== 'function')
    throw invalid('server', 'server must be a server of node:http or node:https');
}

function invalid(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
