/**
 * One connection of a replica, from HELLO to its end.
 *
 *   greeting ─HELLO▶ authenticating ─WELCOME▶ open ─▶ closed
 *
 * Documents go out by document-flow.ts, transactions come in by push-queue.ts.
 */
import type { IncomingMessage } from 'node:http';
import { DatabaseError } from '@nuthatch/model';
import { type BlobId, later, type Timer } from '@nuthatch/runtime/sync';
import { IncomingDocuments } from '../documents/incoming-documents.js';
import { decodeMessage, encodeMessage } from '../protocol/encode-message.js';
import { sessionNonce } from '../protocol/leave-digest.js';
import { LIMITS, MAX_MESSAGE_BYTES } from '../protocol/limits.js';
import { type Message, type MessageOf, PROTOCOL_VERSION, type WireModel } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { ChunkedTransport } from '../transport/chunked-transport.js';
import { ClientAnswers } from './answers.js';
import { BlobDesk } from './blob-desk.js';
import { DocumentFlow } from './document-flow.js';
import { type Grant, NO_GRANT } from './grant.js';
import { requireKnownClient, requireOwnHistory, requireOwnProtocol } from './greeting.js';
import { grantRange } from './key-ranges.js';
import { answerLeases, type LeaseDesk, stillVisible } from './lease-questions.js';
import type { SyncUser } from './policy.js';
import { PushQueue } from './push-queue.js';
import { type Answer, type Question, QuestionDesk } from './question-desk.js';
import { Rate } from './rate.js';
import { requireReaders } from './reader-check.js';
import { Reject } from './reject.js';
import type { Rights } from './rights.js';
import type { OpenSession, ServerContext } from './server-context.js';
import { SessionShapes } from './session-shapes.js';

type State = 'greeting' | 'authenticating' | 'open' | 'closed';

/** Messages that may come at once count for so many seconds of the rate. */
const BURST_SECONDS = 10;
/** Signs of life that are asked for in vain before a replica is let go. */
const SILENT_BEATS = 3;
/** Longest delay of a timer: 2^31 - 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;

export class Session implements OpenSession {
  readonly #server: ServerContext;
  readonly #transport: ChunkedTransport;
  readonly #request: IncomingMessage | undefined;
  readonly #rate: Rate;
  #state: State = 'greeting';
  #timer: Timer;
  #user: SyncUser | undefined;
  #rights: Rights | undefined;
  #clientId = '';
  #isResumable = false;
  #flow: DocumentFlow | undefined;
  #shapes: SessionShapes | undefined;
  #desk: QuestionDesk | undefined;
  #pushes: PushQueue | undefined;
  /** Made at the first question about a blob. */
  #blobs: BlobDesk | undefined;
  /** The replica's. */
  #models: readonly WireModel[] = [];
  /** The messages after HELLO before it was answered. */
  readonly #early: Message[] = [];
  #earlyBytes = 0;
  /** Beats since the replica was last heard. */
  #silentBeats = 0;

  constructor(server: ServerContext, transport: ChunkedTransport, request: IncomingMessage | undefined) {
    this.#server = server;
    this.#transport = transport;
    this.#request = request;
    const { helloTimeoutMs, maxMessagesPerSecond } = server.limits;
    this.#rate = new Rate(maxMessagesPerSecond, maxMessagesPerSecond * BURST_SECONDS);
    this.#timer = later(() => this.#fail(protocolViolation(`no HELLO within ${helloTimeoutMs} ms`)), helloTimeoutMs);
    transport.listen({
      message: (data) => this.#take(data),
      violated: (error) => this.#fail(error),
      closed: () => this.#end(),
    });
  }

  get clientId(): string {
    return this.#clientId;
  }

  get user(): SyncUser | undefined {
    return this.#user;
  }

  /** Tells the replica why, then closes. Idempotent. */
  reject(code: string, message: string, isRetryable = false): void {
    if (this.#state === 'closed') return;
    this.#send({ kind: 'reject', code, message, isRetryable });
    this.#transport.close(code);
    this.#end();
  }

  /** Called every `pingMs`: a replica that is silent is asked for a sign, and let go when it gives none. */
  beat(): void {
    if (this.#state !== 'open') return;
    if (this.#silentBeats >= SILENT_BEATS) {
      this.#transport.close('the replica is silent');
      this.#end();
      return;
    }
    // Timers stand still while a machine sleeps, and do not notice a clock that was put forward.
    if ((this.#user?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= Date.now()) {
      this.reject('UNAUTHENTICATED', 'the token has expired');
      return;
    }
    this.#flow?.tellCursor();
    if (this.#silentBeats > 0) this.#send({ kind: 'ping', nonce: this.#silentBeats });
    this.#silentBeats++;
  }

  /** Asks the policy again: what is no longer granted leaves the replica, what is granted now comes to it. */
  reevaluate(): void {
    if (this.#state !== 'open') return;
    try {
      this.#become(this.#user!);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(data: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#silentBeats = 0;
    try {
      if (!this.#rate.take()) throw new Reject('RATE_LIMITED', 'the replica sends more messages than it may', true);
      if (this.#transport.bufferedBytes > LIMITS.bufferedBytes)
        throw new Reject('RATE_LIMITED', 'the replica does not read what is sent to it', true);
      if (this.#state !== 'open') {
        this.#earlyBytes += data.length;
        if (this.#earlyBytes > LIMITS.greetingBytes)
          throw protocolViolation(`more than ${LIMITS.greetingBytes} bytes came before the answer to HELLO`);
      }
      this.#dispatch(decodeMessage(data));
    } catch (error) {
      this.#fail(error);
    }
  }

  #dispatch(message: Message): void {
    if (message.kind === 'hello') {
      if (this.#state !== 'greeting') throw protocolViolation('HELLO came twice');
      this.#state = 'authenticating';
      this.#greet(message).catch((error: unknown) => this.#fail(error));
    } else if (this.#state === 'greeting') throw protocolViolation(`expected HELLO, found ${message.kind}`);
    else if (this.#state === 'open') this.#handle(message);
    // Messages right after the HELLO wait until the server knows the user.
    else if (this.#early.push(message) > LIMITS.greetingCount)
      throw protocolViolation('too many messages came before the answer to HELLO');
  }

  async #greet(hello: MessageOf<'hello'>): Promise<void> {
    const server = this.#server;
    const { port } = server;
    requireOwnProtocol(hello, server.application);
    requireReaders(server.outgoing.models, hello.models);
    const user = await server.authenticate(hello.token, this.#request);
    if (this.#state === 'closed') return;
    this.#user = user;
    this.#rights = server.rightsOf(user);
    this.#isResumable = requireOwnHistory(hello, port);
    const { answered } = new ClientAnswers(port, hello.clientId);
    requireKnownClient(hello, answered);
    const uuid = Buffer.from(port.identity.uuid, 'hex');
    // Most replicas have the server's own models: ten thousand of them need not keep the text each.
    this.#models = hello.models.map((model) => server.outgoing.shared(model));
    this.#clientId = hello.clientId;
    const refusal = server.welcome(this);
    if (refusal !== undefined) throw refusal;
    const flow = new DocumentFlow({
      server,
      nonce: sessionNonce(uuid, hello.clientId, hello.known?.cursor ?? 0),
      // To a new replica every shape comes as an image of a later seq: what was before needs no telling.
      cursor: hello.known?.cursor ?? port.deliveredSeq,
      send: (message) => this.#send(message),
      reached: (seq) => {
        this.#pushes?.flush(seq);
        this.#desk?.flush(seq);
      },
      fail: (error) => this.#fail(error),
    });
    this.#flow = flow;
    this.#shapes = new SessionShapes({
      ...{ port, flow, isResumable: this.#isResumable },
      grantOf: (collection) => this.#grantOf(collection),
      send: (message) => this.#send(message),
    });
    this.#desk = new QuestionDesk({
      answer: (question) => this.#answer(question),
      lastSeq: () => port.lastSeq,
      settled: (seq) => server.settled(seq),
      answerableSeq: () => flow.answerableSeq,
      give: (question, answer) => this.#send(this.#stillVisible(question, answer)),
      fail: (error) => this.#fail(error),
    });
    this.#transport.maxJoinedBytes = MAX_MESSAGE_BYTES;
    this.#send({
      kind: 'welcome',
      version: PROTOCOL_VERSION,
      uuid,
      incarnation: port.identity.incarnation,
      history: Buffer.from(port.historyId, 'hex'),
      headSeq: port.deliveredSeq,
      user: user.id,
      maxMessageBytes: server.limits.maxMessageBytes,
      answered,
      isResumable: this.#isResumable,
      nowMs: port.nowMs(),
      models: server.outgoing.models,
    });
    this.#state = 'open';
    this.#noteExpiry(user);
    for (const message of this.#early.splice(0)) if (this.#isOpen) this.#handle(message);
  }

  /** Made at the first transaction: a silent replica costs no more than it must. */
  #newPushQueue(flow: DocumentFlow): PushQueue {
    const server = this.#server;
    const { port } = server;
    const definitions = [...port.collections.values()].map(({ definition }) => definition);
    return new PushQueue({
      ...{
        port,
        flow,
        answers: new ClientAnswers(port, this.#clientId),
        outgoing: server.outgoing,
        leases: server.leases,
        hasUploaded: (blob: BlobId) => server.uploads.has(this.#user?.id ?? '', blob),
        clientId: this.#clientId,
        user: () => this.#user?.id ?? '',
      },
      incoming: new IncomingDocuments(definitions, this.#models),
      grantOf: (collection) => this.#grantOf(collection),
      onPolicyError: (error) => server.onError(error, this.#transport.peer),
      send: (message) => this.#send(message),
      fail: (error) => this.#fail(error),
      settled: (seq) => server.settled(seq),
    });
  }

  #newBlobDesk(): BlobDesk {
    const { port, uploads } = this.#server;
    return new BlobDesk({
      port,
      uploads,
      user: () => this.#user?.id ?? '',
      grantOf: (collection) => this.#grantOf(collection),
      send: (message) => this.#send(message),
      fail: (error) => this.#fail(error),
    });
  }

  /** Of the user, as the policy grants it now. */
  #grantOf(collection: string): Grant {
    return this.#rights?.of(collection) ?? NO_GRANT;
  }

  /** Read again each time: what is handled may end the session. */
  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  #handle(message: Message): void {
    const flow = this.#flow!;
    switch (message.kind) {
      case 'sub':
        this.#shapes?.subscribe(message);
        return;
      case 'unsub':
        flow.remove(message.shapeId);
        return;
      case 'credit':
        flow.grant(message.byteCount);
        return;
      case 'digest':
        flow.digest(message);
        return;
      case 'push':
        this.#pushes ??= this.#newPushQueue(flow);
        this.#pushes.add(message);
        return;
      case 'range':
      case 'checkOut':
      case 'renew':
      case 'checkIn':
      case 'leases':
      case 'breakLease':
        this.#desk?.add(message);
        return;
      case 'blobHave':
      case 'blobPart':
      case 'blobGet':
        this.#blobs ??= this.#newBlobDesk();
        this.#blobs.add(message);
        return;
      case 'token':
        this.#renew(message.token).catch((error: unknown) => this.#fail(error));
        return;
      case 'ping':
        this.#send({ kind: 'pong', nonce: message.nonce });
        return;
      case 'pong':
        return;
      default:
        throw protocolViolation(`${message.kind} is not a message to a server, or this version does not know it`);
    }
  }

  #answer(question: Question): Promise<Answer> {
    const desk = this.#leaseDesk();
    if (question.kind === 'range') return grantRange(desk.port, question, desk.grantOf(question.collection));
    return answerLeases(desk, question);
  }

  /** Rights and documents may have changed while the answer waited for its turn. */
  #stillVisible(question: Question, answer: Answer): Answer {
    if (question.kind !== 'leases' || answer.kind !== 'holders') return answer;
    return stillVisible(this.#leaseDesk(), question.collection, answer);
  }

  #leaseDesk(): LeaseDesk {
    const { port, leases } = this.#server;
    const holder = { clientId: this.#clientId, user: this.#user?.id ?? '' };
    return { port, leases, holder, grantOf: (collection) => this.#grantOf(collection) };
  }

  /** Something happened to a lease of this replica. */
  tellLease(fence: number, reason: string): void {
    if (this.#state === 'open') this.#send({ kind: 'leaseLost', fence, reason });
  }

  async #renew(token: string): Promise<void> {
    const user = await this.#server.authenticate(token, this.#request);
    if (!this.#isOpen) return;
    if (user.id !== this.#user?.id) throw new Reject('UNAUTHENTICATED', 'the token is of another user');
    this.#become(user);
  }

  /** The same user, with what the policy grants now. */
  #become(user: SyncUser): void {
    this.#rights = this.#server.rightsOf(user);
    this.#user = user;
    this.#noteExpiry(user);
    this.#shapes?.grantAgain();
  }

  /** The connection ends with its token. */
  #noteExpiry({ id: user, expiresAtMs }: SyncUser): void {
    this.#timer.cancel();
    if (expiresAtMs === undefined || expiresAtMs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(0, Math.ceil(expiresAtMs - Date.now()));
    this.#send({ kind: 'user', user, expiresInMs: Math.max(1, Math.min(leftMs, Number.MAX_SAFE_INTEGER)) });
    this.#timer = later(
      () => {
        if (Date.now() >= expiresAtMs) this.reject('UNAUTHENTICATED', 'the token has expired');
        else this.#noteExpiry({ id: user, expiresAtMs });
      },
      Math.min(leftMs, MAX_DELAY_MS),
    );
  }

  /** @returns the message's length. */
  #send(message: Message): number {
    if (this.#state === 'closed') return 0;
    const data = encodeMessage(message);
    this.#transport.send(data);
    return data.length;
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed') return;
    if (error instanceof Reject) {
      this.reject(error.code, error.message, error.isRetryable);
      return;
    }
    this.#server.onError(error, this.#transport.peer);
    // An error that is not a violation is a fault of the server: its text may name what the user may not see.
    if (DatabaseError.is(error, 'PROTOCOL_VIOLATION')) this.reject(error.code, error.message);
    else this.reject('SERVER_CLOSING', 'the server cannot go on with this connection', true);
  }

  #end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timer.cancel();
    this.#flow?.end();
    this.#pushes?.end();
    this.#desk?.end();
    this.#blobs?.end();
    this.#early.length = 0;
    this.#server.ended(this);
  }
}
