/**
 * Messages as binary frames of a WebSocket: the browser's own, Node's, or one of `ws`. Used through what they share.
 */
import type { Transport, TransportListener } from './transport.js';

/** The parts of a WebSocket that are used. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly reason?: string }) => void): void;
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
}

const OPEN = 1;
const NORMAL_CLOSURE = 1000;
/** A close reason has at most 123 bytes; ours are ASCII. */
const MAX_REASON_LENGTH = 120;

export class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike;
  readonly peer: string;
  #listener: TransportListener | undefined;
  #early: Uint8Array[] = [];
  #closedReason: string | undefined;

  /** @param socket open, or opening: what is sent before it is open is kept. */
  constructor(socket: WebSocketLike, peer: string) {
    this.#socket = socket;
    this.peer = peer;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) this.#take(new Uint8Array(data));
      else this.close('expected binary frames, found a text frame');
    });
    // A close event follows each error, and says what the application can do something about.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ reason }) => this.#end(reason || 'the connection was lost'));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) listener.message(data);
    if (this.#closedReason !== undefined) listener.closed(this.#closedReason);
  }

  send(message: Uint8Array): void {
    if (this.#closedReason === undefined && this.#socket.readyState === OPEN) this.#socket.send(message);
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#socket.close(NORMAL_CLOSURE, reason.slice(0, MAX_REASON_LENGTH));
    this.#end(reason);
  }

  #take(data: Uint8Array): void {
    if (this.#closedReason !== undefined) return;
    if (this.#listener === undefined) this.#early.push(data);
    else this.#listener.message(data);
  }

  #end(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#listener?.closed(reason);
  }
}
