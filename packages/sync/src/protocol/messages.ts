/**
 * Every message of protocol version 1, declared once: sync-protocol.md in code. Numbers are never changed or reused.
 */
import {
  bytes,
  choice,
  type Field,
  fixedBytes,
  flag,
  list,
  oneOf,
  optional,
  record,
  rest,
  text,
  u8,
  type ValueOf,
  varint,
} from './field.js';
import { LIMITS } from './limits.js';
import { documentBytes, put, type WirePut, type WireRelease } from './put.js';
import { wireKey } from './wire-key.js';

export const PROTOCOL_VERSION = 1;
/** "NUTS": what a HELLO begins with, so that a stranger is refused at once. */
export const MAGIC = Uint8Array.of(0x4e, 0x55, 0x54, 0x53);
export const UUID_BYTES = 16;
/** A mark in the history of a database. */
export const HISTORY_BYTES = 16;
export const LEAVE_DIGEST_BYTES = 16;
export const BUCKET_DIGEST_BYTES = 8;
const BLOB_HASH_BYTES = 32;
/** What tells whether a document is still the one that an edit was made on. */
export const CONTENT_DIGEST_BYTES = 8;
export const GRANT_BYTES = 16;

const grant = fixedBytes(GRANT_BYTES);

const name = text(LIMITS.nameBytes);
const reason = text(LIMITS.messageBytes);
const token = text(LIMITS.tokenBytes);

export const model = record({
  collection: name,
  fingerprint: name,
  minReader: varint,
  json: text(LIMITS.modelBytes),
});

const change = choice({
  put,
  leave: record({ collection: name, key: wireKey }),
  leaveDigest: record({ digest: fixedBytes(LEAVE_DIGEST_BYTES) }),
});

const baseDigest = bytes(CONTENT_DIGEST_BYTES);
const place = record({ modelId: varint, key: wireKey, base: varint, baseDigest, after: varint, fence: varint });

/**
 * `base`: revision the effect was made on, `baseDigest`: what its document held, empty where that is not known; `after`: number of the replica's own unanswered transaction it was made on;
 * `fence`: seq of the lease it was made under. 0 for none, each of them.
 */
const effect = choice({
  put: record({
    modelId: varint,
    key: wireKey,
    base: varint,
    baseDigest,
    after: varint,
    fence: varint,
    expiresAtMs: varint,
    document: documentBytes,
    kept: documentBytes,
  }),
  delete: place,
  release: place,
  revise: place,
  state: record({
    modelId: varint,
    key: wireKey,
    base: varint,
    baseDigest,
    after: varint,
    fence: varint,
    release: varint,
    state: name,
  }),
});

/** The server's document of one effect. */
const theirs = record({ index: varint, put });

const pinned = record({
  uuid: fixedBytes(UUID_BYTES),
  incarnation: varint,
  history: fixedBytes(HISTORY_BYTES),
  cursor: varint,
});

const holder = record({ key: wireKey, user: name, fence: varint, sinceMs: varint, untilMs: varint });

interface Declared<F> {
  readonly type: number;
  readonly body: F;
}

function declare<const F extends Record<string, unknown>>(
  type: number,
  fields: F,
): Declared<ReturnType<typeof record<F>>> {
  return { type, body: record(fields) };
}

export const MESSAGES = {
  chunk: declare(0x01, { isLast: flag, part: rest }),
  hello: declare(0x02, {
    magic: fixedBytes(MAGIC.length),
    version: u8,
    application: name,
    clientId: name,
    token,
    known: optional(pinned),
    lastAnswered: varint,
    models: list(model, LIMITS.modelCount),
  }),
  welcome: declare(0x03, {
    version: u8,
    uuid: fixedBytes(UUID_BYTES),
    incarnation: varint,
    history: fixedBytes(HISTORY_BYTES),
    headSeq: varint,
    user: name,
    maxMessageBytes: varint,
    answered: varint,
    isResumable: flag,
    nowMs: varint,
    models: list(model, LIMITS.modelCount),
  }),
  reject: declare(0x04, { code: name, message: reason, isRetryable: flag }),
  token: declare(0x05, { token }),
  user: declare(0x06, { user: name, expiresInMs: varint }),
  model: declare(0x07, { model }),

  sub: declare(0x10, {
    shapeId: varint,
    collection: name,
    condition: bytes(LIMITS.conditionBytes),
    held: optional(grant),
  }),
  unsub: declare(0x11, { shapeId: varint }),
  subbed: declare(0x12, {
    shapeId: varint,
    status: oneOf(['granted', 'refused']),
    code: name,
    message: reason,
    grant,
    isHeld: flag,
  }),
  snap: declare(0x13, { shapeId: varint, seq: varint, puts: list(put, LIMITS.changeCount), isLast: flag }),
  patch: declare(0x14, { seq: varint, changes: list(change, LIMITS.changeCount) }),
  advance: declare(0x15, { seq: varint }),
  reset: declare(0x16, { reason }),
  digest: declare(0x17, { shapeId: varint, buckets: list(fixedBytes(BUCKET_DIGEST_BYTES), LIMITS.bucketCount) }),
  credit: declare(0x18, { byteCount: varint }),
  buckets: declare(0x19, {
    shapeId: varint,
    bucketCount: varint,
    differing: list(varint, LIMITS.bucketCount),
  }),

  push: declare(0x20, { number: varint, settledUpTo: varint, effects: list(effect, LIMITS.effectCount) }),
  result: declare(0x21, {
    number: varint,
    outcome: oneOf(['accepted', 'conflict', 'refused']),
    seq: varint,
    code: name,
    message: reason,
    index: varint,
    theirs: list(theirs, LIMITS.effectCount),
  }),

  checkOut: declare(0x30, {
    request: varint,
    collection: name,
    untilMs: varint,
    keys: list(wireKey, LIMITS.checkOutKeyCount),
  }),
  renew: declare(0x31, { request: varint, fence: varint, untilMs: varint }),
  checkIn: declare(0x32, { request: varint, fence: varint }),
  lease: declare(0x33, {
    request: varint,
    status: oneOf(['granted', 'refused']),
    code: name,
    message: reason,
    fence: varint,
    untilMs: varint,
    leases: list(record({ collection: name, key: wireKey, put: optional(put) }), LIMITS.checkOutKeyCount),
  }),
  leaseLost: declare(0x34, { fence: varint, reason }),
  leases: declare(0x35, { request: varint, collection: name }),
  holders: declare(0x36, { request: varint, holders: list(holder, LIMITS.changeCount) }),
  breakLease: declare(0x37, { request: varint, collection: name, key: wireKey }),
  range: declare(0x38, { request: varint, collection: name, count: varint }),
  ranged: declare(0x39, { request: varint, collection: name, first: varint, count: varint }),

  blobHave: declare(0x40, { request: varint, hash: fixedBytes(BLOB_HASH_BYTES), byteCount: varint }),
  blobAt: declare(0x41, { request: varint, offset: varint, code: name, message: reason }),
  blobPart: declare(0x42, {
    request: varint,
    hash: fixedBytes(BLOB_HASH_BYTES),
    offset: varint,
    isLast: flag,
    part: bytes(LIMITS.blobPartBytes),
  }),
  blobGet: declare(0x43, { request: varint, hash: fixedBytes(BLOB_HASH_BYTES), offset: varint, byteCount: varint }),

  ping: declare(0x50, { nonce: varint }),
  pong: declare(0x51, { nonce: varint }),
  event: declare(0x52, { name, json: reason }),
} as const;

export type MessageKind = keyof typeof MESSAGES;
type BodyOf<K extends MessageKind> = ValueOf<(typeof MESSAGES)[K]['body']>;
/** A message as the code sees it: `kind` and its fields. */
export type Message = { [K in MessageKind]: { readonly kind: K } & BodyOf<K> }[MessageKind];
export type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>;
export type WireModel = ValueOf<typeof model>;
export type { WirePut, WireRelease };
export type WireChange = ValueOf<typeof change>;
export type WireEffect = ValueOf<typeof effect>;
export type WireTheirs = ValueOf<typeof theirs>;
export type WireHolder = ValueOf<typeof holder>;

/** Body by type, for reading. */
export const BODIES: ReadonlyMap<number, { readonly kind: MessageKind; readonly body: Field<object> }> = new Map(
  Object.entries(MESSAGES).map(([kind, { type, body }]) => [
    type,
    { kind: kind as MessageKind, body: body as unknown as Field<object> },
  ]),
);
