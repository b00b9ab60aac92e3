/**
 * One connection of a replica, from HELLO to its end. Messages are applied in the order they come, each before the next;
 * credit is given back when the replica's journal has them.
 */
import { DatabaseError } from '@nuthatch/model';
import { later, type Timer } from '@nuthatch/runtime/sync';
import { IncomingDocuments } from '../documents/incoming-documents.js';
import { decodeMessage, encodeMessage } from '../protocol/encode-message.js';
import { sessionNonce } from '../protocol/leave-digest.js';
import { LIMITS } from '../protocol/limits.js';
import { HISTORY_BYTES, MAGIC, type Message, type MessageOf, PROTOCOL_VERSION } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { ChunkedTransport } from '../transport/chunked-transport.js';
import type { ConnectionState } from './connection-state.js';
import { CreditAccount } from './credit-account.js';
import { Heartbeat } from './heartbeat.js';
import type { LinkParts } from './link-parts.js';
import type { Applied } from './mirror.js';
import { plainText } from './refusal-text.js';
import type { ReplicaShape } from './replica-shape.js';
import type { ShapeChange } from './replica-shapes.js';
import { type Answer, isAnswer, Requests } from './requests.js';

/** A token is renewed when so much of its time is over. */
const RENEWAL_SHARE = 0.8;
/** Longest delay of a timer: 2^31 - 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;
const NO_HISTORY = '00'.repeat(HISTORY_BYTES);

export interface SessionOwner {
  /** False once the session has been ended: what still comes is dropped. */
  isCurrent(): boolean;
  become(state: ConnectionState, reason: string): void;
  opened(nowMs: number): void;
  rejected(code: string, message: string): void;
  lost(reason: string): void;
}

/** Of pings that only ask for a sign of life; those of `resubscribe` count from 1. */
const HEARTBEAT_NONCE = 0;

export class LinkSession {
  readonly #parts: LinkParts;
  readonly #transport: ChunkedTransport;
  readonly #owner: SessionOwner;
  readonly #requests = new Requests();
  #incoming: IncomingDocuments | undefined;
  /** The last message is applied when it resolves. */
  #applied: Promise<unknown>;
  /** All documents that were applied are in the journal when it resolves; failures are told elsewhere. */
  #settled: Promise<unknown> = Promise.resolve();
  /** The cursor that HELLO named; 0 for none. */
  #helloCursor = 0;
  #headSeq = 0;
  #isLive = false;
  /** Number of the last transaction sent on this connection. */
  #sent = 0;
  #isSending = false;
  #lastPing = 0;
  /** Why the server refuses a shape, by its id. */
  readonly #refusals = new Map<number, string>();
  /** Ids of the shapes that the server has been asked for on this connection. */
  readonly #asked = new Set<number>();
  /** The server's grant for each shape. */
  readonly #grants = new Map<number, Uint8Array>();
  #renewal: Timer | undefined;
  readonly #credit = new CreditAccount((byteCount) => this.#write({ kind: 'credit', byteCount }));
  #heartbeat: Heartbeat | undefined;

  /** @param before resolves when nothing of an earlier session is applied any more. */
  constructor(parts: LinkParts, transport: ChunkedTransport, before: Promise<unknown>, owner: SessionOwner) {
    this.#parts = parts;
    this.#transport = transport;
    this.#applied = before;
    this.#owner = owner;
  }

  /** The server has said who it is. */
  get isOpen(): boolean {
    return this.#incoming !== undefined;
  }

  begin(token: string): void {
    const { state, documents, application, shapes } = this.#parts;
    this.#transport.listen({
      message: (data) => this.#take(data),
      violated: (error) => this.#fail(error),
      closed: (reason) => {
        if (this.#owner.isCurrent()) this.#owner.lost(reason);
      },
    });
    this.#heartbeat = new Heartbeat(
      this.#parts.pingMs,
      () => this.#write({ kind: 'ping', nonce: HEARTBEAT_NONCE }),
      () => this.#transport.close('the server is silent'),
    );
    shapes.open.clear();
    const { clientId, uuid, incarnation, history = NO_HISTORY, offset } = state.replica;
    const { cursor } = state;
    const known =
      uuid === undefined || incarnation === 0
        ? undefined
        : { uuid: Buffer.from(uuid, 'hex'), incarnation, history: Buffer.from(history, 'hex'), cursor };
    this.#helloCursor = known === undefined ? 0 : cursor;
    const { models } = documents.outgoing;
    const lastAnswered = state.answered - offset;
    const version = PROTOCOL_VERSION;
    this.#write({ kind: 'hello', magic: MAGIC, version, application, clientId, token, known, lastAnswered, models });
  }

  /** @returns resolves when nothing of it is applied any more. */
  end(reason: string): Promise<unknown> {
    this.#incoming = undefined;
    this.#renewal?.cancel();
    this.#heartbeat?.stop();
    this.#transport.close(reason);
    this.#requests.end(reason);
    return this.#applied.then(() => this.#settled);
  }

  /** Asks the server. @throws DatabaseError `SERVER_UNREACHABLE` when the connection ends before the answer. */
  ask<A extends Answer>(question: (request: number) => Message): Promise<A> {
    return this.#requests.ask<A>((request) => this.#write(question(request)));
  }

  /** What WELCOME met in between is asked for already, or was never asked for: a shape is named to a server once. */
  resubscribe({ added, removed }: ShapeChange): void {
    for (const { id: shapeId } of removed) {
      if (this.#asked.delete(shapeId)) this.#write({ kind: 'unsub', shapeId });
      this.#refusals.delete(shapeId);
    }
    // Behind the answer nothing comes any more that only the old shapes held.
    if (removed.length > 0) this.#write({ kind: 'ping', nonce: ++this.#lastPing });
    const unasked = added.filter(({ id }) => !this.#asked.has(id));
    for (const shape of unasked) this.#subscribe(shape, undefined);
    if (unasked.length > 0) this.#fallBehind('');
  }

  /** Sends what waits, as far as the limit of unanswered transactions allows. */
  sendOutbox(): void {
    if (this.#isSending || !this.isOpen) return;
    this.#isSending = true;
    this.#sendAll()
      .catch((error: unknown) => {
        // A connection that ended under an upload: it is said where connections end.
        if (!DatabaseError.is(error, 'SERVER_UNREACHABLE')) this.#parts.onError(error);
      })
      .finally(() => {
        this.#isSending = false;
        if (this.#sent < this.#parts.state.next - 1 && this.#canSend) this.sendOutbox();
      });
  }

  get #canSend(): boolean {
    const { state, adoption } = this.#parts;
    return this.isOpen && !adoption.isUnderWay && this.#sent - state.answered < LIMITS.inFlightCount;
  }

  /** Nothing goes out before it is durable here: a number stands for one transaction, forever. */
  async #sendAll(): Promise<void> {
    const { state, outbox, blobs } = this.#parts;
    const upTo = state.next - 1;
    // Read before the flush: the server forgets the answers up to here, so a crash must not take back that they are known.
    const knownHere = state.answered;
    await this.#parts.flush();
    while (this.#canSend && this.#sent < upTo) {
      const own = this.#sent + 1;
      const entry = state.entry(own);
      if (entry === undefined)
        throw new DatabaseError('SYNC_STATE_LOST', `transaction ${own} of the outbox is gone`, { number: own });
      // The server takes no document before its blobs.
      const uploading = blobs.upload(this, entry);
      if (uploading !== undefined) {
        await uploading;
        if (!this.#canSend) return;
      }
      const { offset } = state.replica;
      const settledUpTo = Math.max(0, knownHere - offset);
      this.#write({ kind: 'push', number: own - offset, settledUpTo, effects: outbox.wireEffects(entry) });
      this.#sent = own;
    }
  }

  #take(data: Uint8Array): void {
    this.#heartbeat?.heard();
    let message: Message;
    try {
      message = decodeMessage(data);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#applied = this.#applied
      .then(() => (this.#owner.isCurrent() ? this.#apply(message, data.length) : undefined))
      .catch((error: unknown) => this.#fail(error));
  }

  async #apply(message: Message, byteCount: number): Promise<void> {
    const { mirror, shapes } = this.#parts;
    if (message.kind !== 'patch' && message.kind !== 'snap') await this.#settled;
    if (isAnswer(message)) {
      this.#requests.answer(message);
      return;
    }
    switch (message.kind) {
      case 'welcome':
        await this.#welcome(message);
        return;
      case 'reject':
        this.#owner.rejected(message.code, message.message);
        return;
      case 'subbed':
        await this.#subbed(message);
        return;
      case 'buckets':
        mirror.keepBuckets(message.shapeId, message.bucketCount, message.differing);
        break;
      case 'snap': {
        const shape = shapes.byId(message.shapeId);
        if (shape === undefined) break;
        this.#settle(await mirror.snap(this.#requireIncoming(), message, shape, shapes.othersThan(shape)), byteCount);
        if (message.isLast) shapes.open.delete(shape.id);
        await this.#reached(message.isLast ? message.seq : 0);
        return;
      }
      case 'patch':
        this.#settle(await mirror.patch(this.#requireIncoming(), message), byteCount);
        await this.#reached(message.seq);
        return;
      case 'advance':
        await mirror.advance(message.seq);
        await this.#reached(message.seq);
        break;
      case 'reset':
        await this.#reset(message.reason);
        return;
      case 'user':
        this.#renewBefore(message.expiresInMs);
        return;
      case 'result':
        await this.#answered(message);
        return;
      case 'leaseLost':
        await this.#parts.onLeaseLost(message);
        return;
      case 'ping':
        this.#write({ kind: 'pong', nonce: message.nonce });
        return;
      case 'pong':
        if (message.nonce === HEARTBEAT_NONCE || message.nonce !== this.#lastPing) return;
        await mirror.keepOnly(shapes.all);
        // The shape whose image was waited for may be among those given up.
        await this.#reached(0);
        return;
      case 'event':
        return;
      default:
        throw protocolViolation(`${message.kind} is not a message to a replica, or this version does not know it`);
    }
    this.#credit.applied(byteCount);
  }

  /**
   * The next documents do not wait for the disk: many transactions then share one write of it, and they settle in order.
   * How many are under way is bounded by credit, which is given back only now.
   */
  #settle({ settled }: Applied, byteCount: number): void {
    this.#settled = settled.then(
      () => this.#credit.applied(byteCount),
      (error: unknown) => this.#fail(error),
    );
  }

  #requireIncoming(): IncomingDocuments {
    if (this.#incoming === undefined) throw protocolViolation('documents came before WELCOME');
    return this.#incoming;
  }

  async #welcome(welcome: MessageOf<'welcome'>): Promise<void> {
    if (this.#incoming !== undefined) throw protocolViolation('WELCOME came twice');
    const { port, state, shapes, mirror } = this.#parts;
    const uuid = Buffer.from(welcome.uuid).toString('hex');
    const { replica } = state;
    if (replica.uuid !== undefined && replica.uuid !== uuid) {
      this.#owner.rejected('SERVER_FOREIGN', 'the server is of another database');
      return;
    }
    // The server has answered what this replica has not written: it was restored from a copy of itself.
    if (welcome.answered + replica.offset >= state.next) {
      await port.replicate((sync) => state.renew(sync));
      this.#owner.lost('this replica was restored from a copy: it goes on as another one');
      return;
    }
    mirror.begin(sessionNonce(welcome.uuid, replica.clientId, this.#helloCursor));
    const history = Buffer.from(welcome.history).toString('hex');
    if (replica.uuid === undefined || replica.incarnation === 0 || replica.history !== history) {
      const { incarnation } = welcome;
      await port.replicate((sync) => state.setReplica(sync, { ...replica, uuid, incarnation, history }));
    }
    if (!this.#owner.isCurrent()) return;
    this.#incoming = new IncomingDocuments(
      [...port.collections.values()].map(({ definition }) => definition),
      welcome.models,
    );
    this.#transport.maxMessageBytes = welcome.maxMessageBytes;
    this.#headSeq = welcome.headSeq;
    this.#sent = state.answered;
    for (const shape of shapes.all)
      this.#subscribe(shape, welcome.isResumable ? state.heldUnder(shape.name) : undefined);
    // Of shapes given up on an earlier connection something may have come behind.
    if (state.isFlagged('sweep')) await mirror.keepOnly(shapes.all);
    this.#credit.open();
    this.#owner.become('catching up', '');
    this.#owner.opened(welcome.nowMs);
    await this.#reached(state.cursor);
    this.sendOutbox();
  }

  #subscribe({ id: shapeId, collection, condition }: ReplicaShape, grant: string | undefined): void {
    const held = grant === undefined ? undefined : Buffer.from(grant, 'hex');
    this.#asked.add(shapeId);
    this.#parts.shapes.open.add(shapeId);
    this.#write({ kind: 'sub', shapeId, collection: collection.name, condition, held });
  }

  async #reached(seq: number): Promise<void> {
    const { state, shapes, adoption } = this.#parts;
    // Where the server sends nothing, for want of a shape or of a right, the cursor stands still.
    const isOwedNothing = shapes.all.every(({ id }) => this.#refusals.has(id));
    const isThere = (isOwedNothing || Math.max(seq, state.cursor) >= this.#headSeq) && shapes.open.size === 0;
    if (!isThere || this.#isLive) return;
    await this.#settled;
    this.#isLive = true;
    if (adoption.isUnderWay) {
      await adoption.settle();
      this.sendOutbox();
    }
    if (this.#owner.isCurrent()) this.#owner.become('live', this.#refusalText);
  }

  get #refusalText(): string {
    return [...this.#refusals.values()].join('; ');
  }

  /** Granted again, under another grant, or refused: at any time, when the policy says something else. */
  async #subbed({ shapeId, status, code, message, grant, isHeld }: MessageOf<'subbed'>): Promise<void> {
    const { shapes, mirror, onRefused } = this.#parts;
    const shape = shapes.byId(shapeId);
    if (shape === undefined) return;
    shapes.open.delete(shapeId);
    if (status === 'refused') {
      // Documents that the user may not read, or no longer may read, do not stay here.
      if (code === 'FORBIDDEN') await mirror.forget(shape, shapes.othersThan(shape));
      this.#refusals.set(shapeId, `${shape.collection.name}: ${code}: ${plainText(code, message)}`);
      onRefused(this.#refusalText);
    } else {
      this.#refusals.delete(shapeId);
      if (!isHeld) {
        await mirror.beginImage(shape, grant);
        shapes.open.add(shapeId);
        this.#fallBehind('');
      }
    }
    this.#grants.set(shapeId, grant);
    await this.#reached(0);
  }

  /** The server no longer has what was missed: it is told what is here. */
  async #reset(reason: string): Promise<void> {
    const { mirror, shapes } = this.#parts;
    const digests = shapes.all.map((shape) => mirror.digestsOf(shape));
    await mirror.reset();
    this.#fallBehind(reason);
    for (const [index, shape] of shapes.all.entries()) {
      const grant = this.#grants.get(shape.id);
      if (grant === undefined || grant.every((byte) => byte === 0)) continue;
      await mirror.beginImage(shape, grant);
      shapes.open.add(shape.id);
      this.#write({ kind: 'digest', shapeId: shape.id, buckets: digests[index]! });
    }
  }

  #fallBehind(reason: string): void {
    this.#isLive = false;
    if (this.#owner.isCurrent()) this.#owner.become('catching up', reason);
  }

  /** Sends another token before the one that the server knows has expired. */
  #renewBefore(expiresInMs: number): void {
    this.#renewal?.cancel();
    if (expiresInMs === 0) return;
    const waitMs = Math.min(expiresInMs * RENEWAL_SHARE, MAX_DELAY_MS);
    this.#renewal = later(() => {
      this.#parts.token().then(
        (token) => {
          if (this.#owner.isCurrent()) this.#write({ kind: 'token', token });
        },
        (error: unknown) => this.#parts.onError(error),
      );
    }, waitMs);
  }

  async #answered(result: MessageOf<'result'>): Promise<void> {
    const { state, mirror, onConflict, onOutbox } = this.#parts;
    const conflict = await mirror.answer(this.#requireIncoming(), {
      ...result,
      number: result.number + state.replica.offset,
    });
    onOutbox();
    if (conflict !== undefined) onConflict(conflict);
    this.sendOutbox();
  }

  #fail(error: unknown): void {
    if (!this.#owner.isCurrent()) return;
    this.#parts.onError(error);
    this.#owner.lost(error instanceof Error ? error.message : String(error));
  }

  #write(message: Message): void {
    this.#transport.send(encodeMessage(message));
  }
}
