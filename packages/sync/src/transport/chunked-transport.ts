/**
 * Carries messages of any length over a transport of bounded ones: a longer message goes as CHUNK messages and is joined
 * on the other side. Nothing of a message is handed on before all of it is there.
 */
import { decodeMessage, encodeMessage } from '../protocol/encode-message.js';
import { MESSAGES } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { Transport } from './transport.js';

export interface ChunkedListener {
  /** One whole message, not yet decoded. */
  message(data: Uint8Array): void;
  /** The other side broke the limits; the transport is still open. */
  violated(error: unknown): void;
  closed(reason: string): void;
}

/** Type and flag of a CHUNK. */
const CHUNK_HEAD_BYTES = 2;

export class ChunkedTransport {
  readonly #transport: Transport;
  #maxJoinedBytes: number;
  #maxMessageBytes: number;
  #parts: Uint8Array[] = [];
  #joinedBytes = 0;

  /**
   * @param maxMessageBytes longest message on the transport; both sides may change it after the handshake.
   * @param maxJoinedBytes longest message after joining; may be changed after the handshake.
   */
  constructor(transport: Transport, maxMessageBytes: number, maxJoinedBytes: number) {
    this.#transport = transport;
    this.#maxMessageBytes = maxMessageBytes;
    this.#maxJoinedBytes = maxJoinedBytes;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  get peer(): string {
    return this.#transport.peer;
  }

  set maxMessageBytes(value: number) {
    this.#maxMessageBytes = value;
  }

  set maxJoinedBytes(value: number) {
    this.#maxJoinedBytes = value;
  }

  listen(listener: ChunkedListener): void {
    this.#transport.listen({
      message: (data) => {
        let whole: Uint8Array | undefined;
        try {
          whole = this.#take(data);
        } catch (error) {
          listener.violated(error);
          return;
        }
        if (whole !== undefined) listener.message(whole);
      },
      closed: (reason) => listener.closed(reason),
    });
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` when it is longer than the other side may take, joined. */
  send(message: Uint8Array): void {
    if (message.length <= this.#maxMessageBytes) {
      this.#transport.send(message);
      return;
    }
    if (message.length > this.#maxJoinedBytes)
      throw protocolViolation(
        `a message of ${message.length} bytes is longer than the limit of ${this.#maxJoinedBytes}`,
        {
          byteCount: message.length,
          maxBytes: this.#maxJoinedBytes,
        },
      );
    const partBytes = this.#maxMessageBytes - CHUNK_HEAD_BYTES;
    for (let offset = 0; offset < message.length; offset += partBytes) {
      const part = message.subarray(offset, offset + partBytes);
      this.#transport.send(encodeMessage({ kind: 'chunk', isLast: offset + partBytes >= message.length, part }));
    }
  }

  close(reason: string): void {
    this.#transport.close(reason);
  }

  /** @returns a whole message, or undefined when more of it is to come. */
  #take(data: Uint8Array): Uint8Array | undefined {
    if (data.length > this.#maxMessageBytes)
      throw protocolViolation(`expected a message of at most ${this.#maxMessageBytes} bytes, found ${data.length}`);
    if (data[0] !== MESSAGES.chunk.type) {
      if (this.#parts.length > 0) throw protocolViolation('another message came between the chunks of a message');
      return data;
    }
    const chunk = decodeMessage(data);
    if (chunk.kind !== 'chunk') return undefined;
    if (!chunk.isLast && data.length !== this.#maxMessageBytes)
      throw protocolViolation(
        `expected a chunk of ${this.#maxMessageBytes} bytes, found ${data.length} in one that is not the last`,
      );
    this.#joinedBytes += chunk.part.length;
    if (this.#joinedBytes > this.#maxJoinedBytes)
      throw protocolViolation(`chunks of more than ${this.#maxJoinedBytes} bytes together`);
    this.#parts.push(chunk.part);
    return chunk.isLast ? this.#join() : undefined;
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#joinedBytes);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    this.#parts = [];
    this.#joinedBytes = 0;
    if (whole[0] === MESSAGES.chunk.type) throw protocolViolation('chunks were cut out of a chunk');
    return whole;
  }
}
