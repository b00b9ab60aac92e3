/** Two ends of a connection within one process; messages arrive in a later turn, in order. Can be cut. */
import type { Transport, TransportListener } from '../../src/transport/transport.js';

export class DirectTransport implements Transport {
  readonly peer = 'direct';
  readonly bufferedBytes = 0;
  #other: DirectTransport | undefined;
  #listener: TransportListener | undefined;
  #inbox: Uint8Array[] = [];
  #isScheduled = false;
  #closedReason: string | undefined;
  /** Every message sent, for tests that look at the wire. */
  readonly sent: Uint8Array[] = [];
  onSend: (message: Uint8Array) => void = () => undefined;

  static pair(): [DirectTransport, DirectTransport] {
    const [left, right] = [new DirectTransport(), new DirectTransport()];
    left.#other = right;
    right.#other = left;
    return [left, right];
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#schedule();
    if (this.#closedReason !== undefined) listener.closed(this.#closedReason);
  }

  send(message: Uint8Array): void {
    if (this.#closedReason !== undefined) return;
    this.sent.push(message);
    this.onSend(message);
    if (this.#other !== undefined) this.#other.#receive(message.slice());
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#end(reason);
    const other = this.#other;
    setImmediate(() => {
      if (other !== undefined) other.#end(reason);
    });
  }

  /** What is on its way is lost; both sides are told. */
  cut(): void {
    for (const end of [this, this.#other]) {
      if (end === undefined) continue;
      end.#inbox = [];
      end.#end('cut');
    }
  }

  #receive(message: Uint8Array): void {
    if (this.#closedReason !== undefined) return;
    this.#inbox.push(message);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#listener === undefined || this.#inbox.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (const message of this.#inbox.splice(0)) this.#listener?.message(message);
    });
  }

  #end(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#listener?.closed(reason);
  }
}
