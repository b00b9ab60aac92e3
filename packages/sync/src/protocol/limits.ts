/** The limits of sync-protocol.md, "Encoding". Both sides hold each other to them. */
export const LIMITS = {
  /** Length of a text that names something, in bytes. */
  nameBytes: 1024,
  tokenBytes: 16 * 1024,
  /** Text of an error or a reason, in bytes. */
  messageBytes: 16 * 1024,
  conditionBytes: 64 * 1024,
  modelBytes: 1024 * 1024,
  keyBytes: 64 * 1024,
  modelCount: 10_000,
  shapeCount: 256,
  /** Transactions of one replica that wait for their answer. */
  inFlightCount: 64,
  effectCount: 10_000,
  /** Changes in one PATCH, puts in one SNAP. */
  changeCount: 1_000_000,
  checkOutKeyCount: 1_000,
  rangeCount: 1_000_000,
  bucketCount: 65_536,
  blobPartBytes: 1024 * 1024,
  /** Questions about blobs of one replica that wait for their answer. */
  blobQuestionCount: 16,
  /** All that comes before WELCOME, HELLO included. */
  greetingBytes: 4 * 1024 * 1024,
  /** Messages that come after HELLO before it is answered. */
  greetingCount: 1_024,
  /** The limit of a replica's grants: more is taken as this much. */
  creditBytes: 8 * 1024 * 1024,
  /** Bytes that wait to leave, for a replica that does not read: after that it is not worth keeping. */
  bufferedBytes: 24 * 1024 * 1024,
  /** Answers of one client that it has not said it knows. */
  unsettledCount: 256,
  /** Documents that a refusal shows of the server, together; the one of the failed effect may be longer alone. */
  theirsBytes: 1024 * 1024,
} as const;

/** Longest message unless WELCOME says something else; and the bounds of what it may say. */
export const DEFAULT_MESSAGE_BYTES = 1024 * 1024;
export const MIN_MESSAGE_BYTES = 16 * 1024;
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
