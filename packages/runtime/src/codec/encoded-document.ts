/** A document as the bytes that its class's codec writes, where they lie in memory. They never change. */
export interface EncodedDocument {
  readonly data: Uint8Array;
  readonly start: number;
  readonly end: number;
}
