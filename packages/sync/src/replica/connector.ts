/** How a replica reaches its server: an address, a port of another thread, or a function of the application. */
import { DatabaseError } from '@nuthatch/model';
import { refused, requireFunction, requireText } from '../arguments.js';
import { type MessagePortLike, MessagePortTransport } from '../transport/message-port-transport.js';
import type { Transport } from '../transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../transport/web-socket-transport.js';

export interface Ways {
  readonly url?: unknown;
  readonly port?: unknown;
  readonly connect?: unknown;
}

/** @throws DatabaseError `INVALID_OPTION` unless there is exactly one good way. */
export function connectorOf({ url, port, connect }: Ways): () => Promise<Transport> {
  if ([url, port, connect].filter((way) => way !== undefined).length !== 1)
    throw new DatabaseError('INVALID_OPTION', 'a replica needs one of `url`, `port` and `connect`', { option: 'url' });
  if (connect !== undefined) {
    requireFunction('connect', connect);
    return async () => (connect as () => Transport | Promise<Transport>)();
  }
  if (port !== undefined) {
    if (typeof (port as Partial<MessagePortLike> | null)?.postMessage !== 'function')
      throw refused('port', 'a MessagePort', port);
    return connectOnce(port as MessagePortLike);
  }
  requireText('url', url);
  if (!/^wss?:\/\//.test(url as string))
    throw new DatabaseError('INVALID_OPTION', '`url` must begin with ws:// or wss://', { option: 'url' });
  return () => connectTo(url as string);
}

/** A port that was closed, by whichever side, carries nothing any more: nobody is to try for ever. */
function connectOnce(port: MessagePortLike): () => Promise<Transport> {
  let isUsed = false;
  return async () => {
    if (isUsed) throw new DatabaseError('PORT_CLOSED', 'the port to the server was closed');
    isUsed = true;
    return new MessagePortTransport(port);
  };
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
