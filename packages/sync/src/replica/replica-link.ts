/**
 * The replica's side of its connection: tries, greets, takes what comes, sends what waits.
 *
 *   offline ─▶ greeting ─▶ catching up ─▶ live ─▶ offline
 *                   └─REJECT▶ offline, or for good: foreign, restored, upgrade required, needs token, replaced
 *
 * Messages are applied in the order they come, each before the next; credit is given back as they are.
 */
import { randomInt } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { SyncPort } from '@nuthatch/runtime/sync';
import { IncomingDocuments } from '../documents/incoming-documents.js';
import { decodeMessage, encodeMessage } from '../protocol/encode-message.js';
import { DEFAULT_MESSAGE_BYTES, LIMITS, MAX_MESSAGE_BYTES } from '../protocol/limits.js';
import { CHAIN_BYTES, MAGIC, type Message, type MessageOf, PROTOCOL_VERSION } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { sessionNonce } from '../server/leave-digest.js';
import { ChunkedTransport } from '../transport/chunked-transport.js';
import type { Transport } from '../transport/transport.js';
import type { LocalDocuments } from './local-documents.js';
import type { ConflictRecord, LocalState } from './local-state.js';
import type { Mirror } from './mirror.js';
import type { Outbox } from './outbox.js';
import type { ReplicaShape } from './replica-shape.js';

export type ConnectionState =
  | 'offline'
  | 'greeting'
  | 'catching up'
  | 'live'
  | 'foreign'
  | 'restored'
  | 'upgrade required'
  | 'needs token'
  | 'replaced'
  | 'closed';

/** REJECT codes after which trying again would change nothing. */
const FINAL: Readonly<Record<string, ConnectionState>> = {
  SERVER_FOREIGN: 'foreign',
  APPLICATION_MISMATCH: 'foreign',
  SERVER_RESTORED: 'restored',
  SERVER_ROLLED_BACK: 'restored',
  PROTOCOL_UNSUPPORTED: 'upgrade required',
  UPGRADE_REQUIRED: 'upgrade required',
  UNAUTHENTICATED: 'needs token',
  REPLACED: 'replaced',
};
const CREDIT_BYTES = 4 * 1024 * 1024;
const MIN_RETRY_MS = 50;
/** A token is renewed when so much of its time is over. */
const RENEWAL_SHARE = 0.8;
/** Longest delay of a timer: 2^31 - 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;
const NO_CHAIN = new Uint8Array(CHAIN_BYTES);

export interface LinkParts {
  readonly port: SyncPort;
  readonly state: LocalState;
  readonly documents: LocalDocuments;
  readonly mirror: Mirror;
  readonly outbox: Outbox;
  readonly shapes: readonly ReplicaShape[];
  readonly application: string;
  readonly maxRetryMs: number;
  connect(): Promise<Transport>;
  token(): Promise<string>;
  /** Makes everything written before durable. */
  flush(): Promise<void>;
  onState(state: ConnectionState, reason: string): void;
  onConflict(conflict: ConflictRecord): void;
  onOutbox(): void;
  onRefused(shape: ReplicaShape, code: string, message: string): void;
  onError(error: unknown): void;
}

export class ReplicaLink {
  readonly #parts: LinkParts;
  #state: ConnectionState = 'offline';
  #transport: ChunkedTransport | undefined;
  #incoming: IncomingDocuments | undefined;
  /** The last message is applied when it resolves. */
  #applied: Promise<void> = Promise.resolve();
  /** Number of the last transaction sent on this connection. */
  #sent = 0;
  #isSending = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = MIN_RETRY_MS;
  #isWanted = false;
  /** Number of the last try to connect. */
  #attempt = 0;
  /** Shapes whose image or difference is still on its way. */
  #openShapes = new Set<number>();
  #headSeq = 0;
  /** What the server grants of each shape. */
  readonly #grants = new Map<number, Uint8Array>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects, and again whenever the connection is lost. Idempotent. */
  start(): void {
    if (this.#isWanted || this.#state === 'closed') return;
    this.#isWanted = true;
    this.#try();
  }

  /** Ends the connection and tries no more until `start`. Idempotent. */
  stop(reason: string): void {
    this.#isWanted = false;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#transport?.close(reason);
    if (this.#state !== 'offline' && this.#state !== 'closed') this.#become('offline', reason);
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.stop('the replica was closed');
    this.#become('closed', 'the replica was closed');
    await this.#applied;
  }

  /** Something waits in the outbox. */
  send(): void {
    if (this.#isSending || (this.#state !== 'live' && this.#state !== 'catching up')) return;
    this.#isSending = true;
    this.#sendAll()
      .catch((error: unknown) => this.#parts.onError(error))
      .finally(() => {
        this.#isSending = false;
        if (this.#sent < this.#parts.state.next - 1 && this.#canSend) this.send();
      });
  }

  get #canSend(): boolean {
    const { answered } = this.#parts.state;
    return this.#transport !== undefined && this.#sent - answered < LIMITS.inFlightCount;
  }

  #try(): void {
    this.#become('greeting', '');
    this.#connect().catch((error: unknown) => {
      this.#lost(error instanceof Error ? error.message : String(error));
    });
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const { parts, hello } = { parts: this.#parts, hello: await this.#hello() };
    const raw = await parts.connect();
    // Stopped meanwhile, or started once more.
    if (!this.#isWanted || attempt !== this.#attempt) {
      raw.close('not wanted any more');
      return;
    }
    const transport = new ChunkedTransport(raw, DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
    this.#transport = transport;
    this.#incoming = undefined;
    transport.listen({
      message: (data) => this.#take(transport, data),
      violated: (error) => this.#fail(transport, error),
      closed: (reason) => {
        if (this.#transport === transport) this.#lost(reason);
      },
    });
    this.#write(transport, hello);
  }

  async #hello(): Promise<MessageOf<'hello'>> {
    const { state, documents, application } = this.#parts;
    const { clientId, uuid, incarnation } = state.replica;
    const token = await this.#parts.token();
    const known =
      uuid === undefined
        ? undefined
        : { uuid: Buffer.from(uuid, 'hex'), incarnation, cursor: state.cursor, chain: NO_CHAIN };
    const { models } = documents.outgoing;
    return {
      kind: 'hello',
      magic: MAGIC,
      version: PROTOCOL_VERSION,
      application,
      clientId,
      token,
      known,
      lastAnswered: state.answered,
      models,
    };
  }

  #take(transport: ChunkedTransport, data: Uint8Array): void {
    let message: Message;
    try {
      message = decodeMessage(data);
    } catch (error) {
      this.#fail(transport, error);
      return;
    }
    this.#applied = this.#applied
      .then(() => (this.#transport === transport ? this.#apply(transport, message, data.length) : undefined))
      .catch((error: unknown) => this.#fail(transport, error));
  }

  async #apply(transport: ChunkedTransport, message: Message, byteCount: number): Promise<void> {
    const { mirror, shapes } = this.#parts;
    switch (message.kind) {
      case 'welcome':
        await this.#welcome(transport, message);
        return;
      case 'reject':
        this.#rejected(transport, message);
        return;
      case 'subbed':
        await this.#subbed(message);
        return;
      case 'buckets':
        mirror.keepBuckets(message.shapeId, message.bucketCount, message.differing);
        break;
      case 'snap': {
        const shape = shapes.find(({ id }) => id === message.shapeId);
        if (shape === undefined) return;
        const others = shapes.filter((other) => other !== shape);
        await mirror.snap(this.#requireIncoming(), message, shape, others);
        if (message.isLast) this.#openShapes.delete(shape.id);
        this.#reached(message.isLast ? message.seq : 0);
        break;
      }
      case 'patch':
        await mirror.patch(this.#requireIncoming(), message);
        this.#reached(message.seq);
        break;
      case 'advance':
        await mirror.advance(message.seq);
        this.#reached(message.seq);
        break;
      case 'reset':
        await this.#reset(transport, message.reason);
        return;
      case 'user':
        this.#renewBefore(transport, message.expiresInMs);
        return;
      case 'result':
        await this.#answered(message);
        return;
      case 'ping':
        this.#write(transport, { kind: 'pong', nonce: message.nonce });
        return;
      case 'pong':
      case 'event':
        return;
      default:
        throw protocolViolation(`${message.kind} is not a message to a replica, or this version does not know it`);
    }
    this.#write(transport, { kind: 'credit', byteCount });
  }

  #requireIncoming(): IncomingDocuments {
    if (this.#incoming === undefined) throw protocolViolation('documents came before WELCOME');
    return this.#incoming;
  }

  async #welcome(transport: ChunkedTransport, welcome: MessageOf<'welcome'>): Promise<void> {
    if (this.#incoming !== undefined) throw protocolViolation('WELCOME came twice');
    const { port, state, shapes, mirror } = this.#parts;
    const uuid = Buffer.from(welcome.uuid).toString('hex');
    const { replica } = state;
    if (replica.uuid !== undefined && replica.uuid !== uuid) {
      this.#end(transport, 'foreign', 'the server serves another database');
      return;
    }
    // The server has answered what this replica has not written: it was restored from a copy of itself.
    if (welcome.answered >= state.next) {
      await port.replicate((sync) => state.renew(sync));
      transport.close('another identity');
      this.#lost('this replica was restored from a copy: it goes on as another one');
      return;
    }
    mirror.begin(sessionNonce(welcome.uuid, replica.clientId, replica.uuid === undefined ? 0 : state.cursor));
    if (replica.uuid === undefined)
      await port.replicate((sync) => state.setReplica(sync, { ...replica, uuid, incarnation: welcome.incarnation }));
    if (this.#transport !== transport) return;
    this.#incoming = new IncomingDocuments(
      [...port.collections.values()].map(({ definition }) => definition),
      welcome.models,
    );
    transport.maxMessageBytes = welcome.maxMessageBytes;
    this.#headSeq = welcome.headSeq;
    this.#openShapes = new Set();
    for (const shape of shapes) {
      const { id: shapeId, collection, condition } = shape;
      const grant = welcome.isResumable ? state.heldUnder(shape.name) : undefined;
      const held = grant === undefined ? undefined : Buffer.from(grant, 'hex');
      this.#openShapes.add(shapeId);
      this.#write(transport, { kind: 'sub', shapeId, collection: collection.name, condition, held });
    }
    this.#write(transport, { kind: 'credit', byteCount: CREDIT_BYTES });
    this.#sent = state.answered;
    this.#retryMs = MIN_RETRY_MS;
    this.#become('catching up', '');
    this.#reached(state.cursor);
    this.send();
  }

  #reached(seq: number): void {
    const isThere = Math.max(seq, this.#parts.state.cursor) >= this.#headSeq && this.#openShapes.size === 0;
    if (isThere && this.#state === 'catching up') this.#become('live', '');
  }

  /** Granted anew, under another grant, or refused: at any time, when the policy says something else. */
  async #subbed({ shapeId, status, code, message, grant, isHeld }: MessageOf<'subbed'>): Promise<void> {
    const { shapes, mirror, onRefused } = this.#parts;
    const shape = shapes.find(({ id }) => id === shapeId);
    if (shape === undefined) return;
    this.#openShapes.delete(shapeId);
    if (status === 'refused') {
      if (code === 'FORBIDDEN')
        await mirror.forget(
          shape,
          shapes.filter((other) => other !== shape),
        );
      onRefused(shape, code, message);
    } else if (!isHeld) {
      mirror.beginImage(shape, grant);
      this.#openShapes.add(shapeId);
      this.#become('catching up', '');
    }
    this.#grants.set(shapeId, grant);
    this.#reached(0);
  }

  /** The server no longer has what was missed: it is told what is here. */
  async #reset(transport: ChunkedTransport, reason: string): Promise<void> {
    const { mirror, shapes } = this.#parts;
    const digests = shapes.map((shape) => mirror.digestsOf(shape));
    await mirror.reset();
    this.#become('catching up', reason);
    for (const [index, shape] of shapes.entries()) {
      const grant = this.#grants.get(shape.id);
      if (grant === undefined || grant.every((byte) => byte === 0)) continue;
      mirror.beginImage(shape, grant);
      this.#openShapes.add(shape.id);
      this.#write(transport, { kind: 'digest', shapeId: shape.id, buckets: digests[index] as readonly Uint8Array[] });
    }
  }

  /** Sends another token before the one that the server knows has expired. */
  #renewBefore(transport: ChunkedTransport, expiresInMs: number): void {
    clearTimeout(this.#renewal);
    if (expiresInMs === 0) return;
    const waitMs = Math.min(expiresInMs * RENEWAL_SHARE, MAX_DELAY_MS);
    this.#renewal = setTimeout(() => {
      this.#parts.token().then(
        (token) => {
          if (this.#transport === transport) this.#write(transport, { kind: 'token', token });
        },
        (error: unknown) => this.#parts.onError(error),
      );
    }, waitMs);
    this.#renewal.unref();
  }

  async #answered(result: MessageOf<'result'>): Promise<void> {
    const conflict = await this.#parts.mirror.answer(result);
    this.#parts.onOutbox();
    if (conflict !== undefined) this.#parts.onConflict(conflict);
    this.send();
  }

  /** Sends what waits, in order. Nothing goes out before it is durable here: a number stands for one transaction, for ever. */
  async #sendAll(): Promise<void> {
    const { state, outbox } = this.#parts;
    const transport = this.#transport;
    if (transport === undefined) return;
    const upTo = state.next - 1;
    await this.#parts.flush();
    while (this.#transport === transport && this.#canSend && this.#sent < upTo) {
      const number = this.#sent + 1;
      const entry = state.entry(number);
      if (entry === undefined)
        throw new DatabaseError('SYNC_STATE_LOST', `transaction ${number} of the outbox is gone`, { number });
      this.#write(transport, { kind: 'push', number, settledUpTo: state.answered, effects: outbox.wireEffects(entry) });
      this.#sent = number;
    }
  }

  #rejected(transport: ChunkedTransport, { code, message }: MessageOf<'reject'>): void {
    const state = FINAL[code];
    if (state === undefined) return;
    this.#end(transport, state, message);
  }

  /** No further try: only the application can change what is wrong. */
  #end(transport: ChunkedTransport, state: ConnectionState, reason: string): void {
    this.#isWanted = false;
    this.#transport = undefined;
    transport.close(reason);
    this.#become(state, reason);
  }

  #fail(transport: ChunkedTransport, error: unknown): void {
    if (this.#transport !== transport) return;
    this.#parts.onError(error);
    transport.close('protocol violation');
    this.#lost(error instanceof Error ? error.message : String(error));
  }

  #lost(reason: string): void {
    this.#transport = undefined;
    this.#incoming = undefined;
    if (this.#state === 'closed' || !this.#isWanted) return;
    this.#become('offline', reason);
    // With jitter: after an outage not all replicas come back in the same moment.
    const waitMs = this.#retryMs / 2 + randomInt(Math.ceil(this.#retryMs / 2) + 1);
    this.#retryMs = Math.min(this.#retryMs * 2, this.#parts.maxRetryMs);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#try(), waitMs);
    this.#retry.unref();
  }

  #write(transport: ChunkedTransport, message: Message): void {
    transport.send(encodeMessage(message));
  }

  #become(state: ConnectionState, reason: string): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    this.#parts.onState(state, reason);
  }
}
