/** Serves an open database to replicas: `await serve(db, { port: 7070, authenticate, policy })`. */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { DatabaseError } from '@nuthatch/model';
import { type SyncPort, syncPortOf } from '@nuthatch/runtime/sync';
import { type WebSocket, WebSocketServer } from 'ws';
import { OutgoingDocuments } from '../documents/outgoing-documents.js';
import { DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES, MIN_MESSAGE_BYTES } from '../protocol/limits.js';
import { ChunkedTransport } from '../transport/chunked-transport.js';
import { type MessagePortLike, MessagePortTransport } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../transport/web-socket-transport.js';
import { LiveSessions } from './live-sessions.js';
import type { Grant, SyncUser } from './policy.js';
import type { OpenSession, ServerContext } from './server-context.js';
import type { ServeOptions } from './server-options.js';
import { Session } from './session.js';
import { shapeCondition } from './shape.js';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_CONNECTIONS = 10_000;
const MAX_JOINED_BYTES = MAX_MESSAGE_BYTES;

/**
 * Begins to serve a database. It stays open, and is closed by its owner after the server.
 *
 * @throws DatabaseError `INVALID_OPTION`; Node's own errors for a port that cannot be listened on.
 */
export async function serve(db: object, options: ServeOptions = {}): Promise<SyncServer> {
  const server = new SyncServer(syncPortOf(db), options);
  await server.listen();
  return server;
}

export class SyncServer implements AsyncDisposable {
  readonly #port: SyncPort;
  readonly #options: ServeOptions;
  readonly #outgoing: OutgoingDocuments;
  readonly #live: LiveSessions;
  readonly #sessions = new Set<OpenSession>();
  readonly #byClient = new Map<string, OpenSession>();
  readonly #maxMessageBytes: number;
  readonly #sockets: WebSocketServer;
  #listening: HttpServer | undefined;
  #isClosed = false;

  /** Use `serve`. */
  constructor(port: SyncPort, options: ServeOptions) {
    this.#port = port;
    this.#options = options;
    this.#maxMessageBytes = messageBytesOf(options);
    this.#outgoing = new OutgoingDocuments(port.collections.values());
    this.#live = new LiveSessions(port);
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: this.#maxMessageBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
  }

  /** Port listened on; undefined when the server listens on none of its own. */
  get port(): number | undefined {
    return (this.#listening?.address() as AddressInfo | null | undefined)?.port;
  }

  /** Open connections. */
  get connectionCount(): number {
    return this.#sessions.size;
  }

  /** Called once by `serve`. */
  async listen(): Promise<void> {
    const { server, port, host = DEFAULT_HOST } = this.#options;
    const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void =>
      this.#upgrade(request, socket, head);
    server?.on('upgrade', upgrade);
    if (port === undefined) return;
    const { createServer } = await import('node:http');
    const own = createServer((_request, response) => {
      response
        .writeHead(426, { 'content-type': 'text/plain' })
        .end('This is a sync server: connect with a WebSocket.\n');
    });
    own.on('upgrade', upgrade);
    await new Promise<void>((resolve, reject) => {
      own.once('error', reject);
      own.listen(port, host, () => {
        own.off('error', reject);
        resolve();
      });
    });
    this.#listening = own;
  }

  /** Serves one more replica over a port of `worker_threads`: another thread of this process. */
  attach(port: MessagePortLike): void {
    this.serveTransport(new MessagePortTransport(port));
  }

  /** Serves one more replica over a transport of the caller's own. */
  serveTransport(transport: Transport, request?: IncomingMessage): void {
    const { maxConnections = DEFAULT_CONNECTIONS } = this.#options;
    const session = new Session(
      this.#contextOf(request),
      new ChunkedTransport(transport, this.#maxMessageBytes, MAX_JOINED_BYTES),
      request,
    );
    this.#sessions.add(session);
    if (this.#isClosed) session.reject('SERVER_CLOSING', 'the server is being closed', true);
    else if (this.#sessions.size > maxConnections)
      session.reject('TOO_MANY_CONNECTIONS', `the server already has ${maxConnections} connections`, true);
  }

  /** Ends every connection and stops listening; the database stays open. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const session of [...this.#sessions]) session.reject('SERVER_CLOSING', 'the server is being closed', true);
    this.#live.close();
    this.#sockets.close();
    const listening = this.#listening;
    if (listening === undefined) return;
    listening.closeAllConnections();
    await new Promise<void>((resolve) => listening.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { origin } = request.headers;
    // A page of another site must not speak to a server that trusts the network it is in.
    if (origin !== undefined && !(this.#options.origins ?? []).includes(origin)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      const peer = request.socket.remoteAddress ?? 'unknown';
      this.serveTransport(new WebSocketTransport(webSocket as unknown as WebSocketLike, peer), request);
    });
  }

  #contextOf(request: IncomingMessage | undefined): ServerContext {
    return {
      request,
      application: this.#options.application,
      port: this.#port,
      outgoing: this.#outgoing,
      live: this.#live,
      maxMessageBytes: this.#maxMessageBytes,
      authenticate: async (token) => this.#options.authenticate?.(token, request),
      grantOf: (user, collection) => this.#grantOf(user, collection),
      welcome: (session) => {
        const older = this.#byClient.get(session.clientId);
        this.#byClient.set(session.clientId, session);
        older?.reject('REPLACED', 'the same replica connected again');
      },
      ended: (session) => {
        this.#sessions.delete(session);
        if (this.#byClient.get(session.clientId) === session) this.#byClient.delete(session.clientId);
      },
      onError: (error, peer) => this.#options.onError?.(error, peer),
      settled: (seq) => this.#settled(seq),
      turn: () => turn(),
    };
  }

  #grantOf(user: SyncUser, name: string): Grant {
    const granted = this.#options.policy?.(user)[name];
    const collection = this.#port.collections.get(name);
    const { read = false, write = false } = granted ?? {};
    if (collection === undefined || read === false) return { read: undefined, write };
    return { read: shapeCondition(collection, read === true ? undefined : read), write };
  }

  /** Memory is ahead of what is settled by a few transactions at most: their turn comes with the next frame. */
  async #settled(seq: number): Promise<void> {
    while (this.#port.deliveredSeq < seq && !this.#isClosed) await turn();
  }
}

function messageBytesOf({ maxMessageBytes = DEFAULT_MESSAGE_BYTES }: ServeOptions): number {
  const isGood =
    Number.isSafeInteger(maxMessageBytes) &&
    maxMessageBytes >= MIN_MESSAGE_BYTES &&
    maxMessageBytes <= MAX_MESSAGE_BYTES;
  if (isGood) return maxMessageBytes;
  const what = `maxMessageBytes must be from ${MIN_MESSAGE_BYTES} to ${MAX_MESSAGE_BYTES}, found ${String(maxMessageBytes)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'maxMessageBytes', value: maxMessageBytes });
}
