/**
 * Messages over a `MessagePort`: between threads of a process, or tabs of a browser. Each message is copied once into a
 * buffer that changes hands.
 *
 * A port of a browser does not tell when the other side has gone, so closing is a message of its own: a text.
 */
import type { Transport, TransportListener } from './transport.js';

/** The parts of a port that are used: of Node's `worker_threads` or of a browser. */
export interface MessagePortLike {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  close(): void;
  start?(): void;
  // biome-ignore lint/suspicious/noExplicitAny: Node and browsers differ in the type of the event, and a port of either is taken.
  addEventListener(type: 'message' | 'close', listener: (event: any) => void): void;
}

export class MessagePortTransport implements Transport {
  readonly #port: MessagePortLike;
  readonly peer = 'port';
  #listener: TransportListener | undefined;
  #early: Uint8Array[] = [];
  #closedReason: string | undefined;

  constructor(port: MessagePortLike) {
    this.#port = port;
    port.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      if (data instanceof ArrayBuffer) this.#take(new Uint8Array(data));
      else this.#close(typeof data === 'string' ? data : 'expected a buffer, found something else');
    });
    port.addEventListener('close', () => this.#end('the port was closed'));
    port.start?.();
  }

  /** Always 0: a port takes what it is given at once. */
  get bufferedBytes(): number {
    return 0;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    for (const data of this.#early.splice(0)) listener.message(data);
    if (this.#closedReason !== undefined) listener.closed(this.#closedReason);
  }

  send(message: Uint8Array): void {
    if (this.#closedReason !== undefined) return;
    const { buffer } = message.slice();
    this.#port.postMessage(buffer, [buffer as ArrayBuffer]);
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#port.postMessage(reason, []);
    this.#close(reason);
  }

  #close(reason: string): void {
    this.#end(reason);
    this.#port.close();
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
