/**
 * Two ends of a connection that a random network lies between, within the promise of a transport: whole messages, in order,
 * each at most once. Each message is late by so many turns; a cut loses what is on its way in one direction or both, and the
 * other side may hear of it much later, so that an earlier connection of a client still speaks beside its next one.
 */
import type { Transport, TransportListener } from '../../src/transport/transport.js';

interface Late {
  readonly message: Uint8Array | undefined;
  readonly reason: string;
  turns: number;
}

export class LateTransport implements Transport {
  readonly peer = 'late';
  readonly bufferedBytes = 0;
  readonly #random: () => number;
  #other: LateTransport | undefined;
  #listener: TransportListener | undefined;
  #inbox: Late[] = [];
  #isScheduled = false;
  #closedReason: string | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  static pair(random: () => number): [LateTransport, LateTransport] {
    const [left, right] = [new LateTransport(random), new LateTransport(random)];
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
    const other = this.#other;
    if (this.#closedReason === undefined && other !== undefined) other.#receive(message.slice(), '');
  }

  close(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#end(reason);
    // Behind what was sent before.
    const other = this.#other;
    if (other !== undefined) other.#receive(undefined, reason);
  }

  /** This side is told at once; of what is on its way to the other some may still arrive, and then its end. */
  cut(): void {
    const other = this.#other;
    if (other !== undefined) {
      other.#inbox.length = Math.floor(this.#random() * (other.#inbox.length + 1));
      other.#inbox.push({ message: undefined, reason: 'cut', turns: Math.floor(this.#random() * 200) });
      other.#schedule();
    }
    this.#inbox = [];
    this.#end('cut');
  }

  #receive(message: Uint8Array | undefined, reason: string): void {
    if (this.#closedReason !== undefined) return;
    const isLate = this.#random() < 0.2;
    this.#inbox.push({ message, reason, turns: isLate ? Math.floor(this.#random() * 12) : 0 });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#listener === undefined || this.#inbox.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (let first = this.#inbox[0]; first !== undefined && first.turns-- <= 0; first = this.#inbox[0]) {
        this.#inbox.shift();
        if (first.message === undefined) this.#end(first.reason);
        else if (this.#closedReason === undefined) this.#listener?.message(first.message);
      }
      this.#schedule();
    });
  }

  #end(reason: string): void {
    if (this.#closedReason !== undefined) return;
    this.#closedReason = reason;
    this.#inbox = [];
    this.#listener?.closed(reason);
  }
}
