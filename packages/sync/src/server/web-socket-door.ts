/** The way in over WebSockets: a port of the server's own, the upgrades of the application's server, or both. */
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Transport } from '../transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../transport/web-socket-transport.js';
import type { ServeOptions } from './server-options.js';

const DEFAULT_HOST = '127.0.0.1';

export class WebSocketDoor {
  readonly #options: ServeOptions;
  readonly #serve: (transport: Transport, request: IncomingMessage) => void;
  readonly #sockets: WebSocketServer;
  readonly #upgrades = (request: IncomingMessage, socket: Socket, head: Buffer): void =>
    this.#upgrade(request, socket, head);
  #listening: HttpServer | undefined;
  #port: number | undefined;

  constructor(
    options: ServeOptions,
    maxMessageBytes: number,
    serve: (transport: Transport, request: IncomingMessage) => void,
  ) {
    this.#options = options;
    this.#serve = serve;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
  }

  /** Port that it listens on, or listened on before `close`; undefined when there is none of its own. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Rejects with Node's own error for a port that cannot be listened on. */
  async open(): Promise<void> {
    const { server, port, host = DEFAULT_HOST } = this.#options;
    server?.on('upgrade', this.#upgrades);
    if (port === undefined) return;
    const { createServer } = await import('node:http');
    const own = createServer((_request, response) => {
      response
        .writeHead(426, { 'content-type': 'text/plain' })
        .end('This is a sync server: connect with a WebSocket.\n');
    });
    own.on('upgrade', this.#upgrades);
    await new Promise<void>((resolve, reject) => {
      own.once('error', reject);
      own.listen(port, host, () => {
        own.off('error', reject);
        resolve();
      });
    });
    this.#listening = own;
    this.#port = (own.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    // The caller's server goes on, and may get another sync server.
    this.#options.server?.off('upgrade', this.#upgrades);
    this.#sockets.close();
    const listening = this.#listening;
    if (listening === undefined) return;
    listening.closeAllConnections();
    await new Promise<void>((resolve) => listening.close(() => resolve()));
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
      this.#serve(new WebSocketTransport(webSocket as unknown as WebSocketLike, peer), request);
    });
  }
}
