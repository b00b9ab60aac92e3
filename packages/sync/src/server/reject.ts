/** A handshake that ends with REJECT: no fault of the protocol, but a "no". */
export class Reject extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly isRetryable = false,
  ) {
    super(message);
  }
}
