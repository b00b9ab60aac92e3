/**
 * The port between the protocol and whatever carries it: whole messages, in order, each at most once, until it is closed.
 */
export interface TransportListener {
  /** One message; its bytes belong to the listener. */
  message(data: Uint8Array): void;
  /** Called once, whichever side closed it. Nothing comes after it. Sent messages may or may not have arrived. */
  closed(reason: string): void;
}

export interface Transport {
  /** Set once, in the turn that the transport is handed over in: messages before are kept for it. */
  listen(listener: TransportListener): void;
  /** Hands a message over; it is dropped when the transport is closed. The bytes must not change afterwards. */
  send(message: Uint8Array): void;
  /** Bytes that `send` has taken and that have not left this process. */
  readonly bufferedBytes: number;
  /** Earlier messages go out first, if that is possible. Idempotent. */
  close(reason: string): void;
  /** Address or kind of the other side, for logs and limits. */
  readonly peer: string;
}
