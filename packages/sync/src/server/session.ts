/**
 * One connection of a replica, from HELLO to its end.
 *
 *   greeting ─HELLO▶ authenticating ─WELCOME▶ open ─▶ closed
 *
 * What is sent of documents goes one way: `#pump` sends images that are asked for, then what was missed, then the session
 * follows live. Without credit it stops and forgets; the next CREDIT starts it again from the cursor. So a slow replica
 * costs the server no memory but its shapes.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DocumentChange, PlacedChange } from '@nuthatch/runtime/sync';
import { anyValueOf } from '../documents/any-value.js';
import { IncomingDocuments } from '../documents/incoming-documents.js';
import { decodeMessage, encodeMessage } from '../protocol/encode-message.js';
import { LIMITS } from '../protocol/limits.js';
import { type Message, type MessageOf, PROTOCOL_VERSION, type WireChange, type WirePut } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { ChunkedTransport } from '../transport/chunked-transport.js';
import { ClientAnswers } from './answers.js';
import { leaveDigest, sessionNonce } from './leave-digest.js';
import type { LiveSession } from './live-sessions.js';
import type { Grant, SyncUser } from './policy.js';
import { answerPush, type GivenAnswer, type PushContext } from './push.js';
import { Reject } from './reject.js';
import type { ServerContext } from './server-context.js';
import { Shape, shapeCondition } from './shape.js';

type State = 'greeting' | 'authenticating' | 'open' | 'closed';

/** Documents of an image in one SNAP, and bytes after which it is sent anyway. */
const SNAP_COUNT = 500;
const SNAP_BYTES = 256 * 1024;

export class Session implements LiveSession {
  readonly #server: ServerContext;
  readonly #transport: ChunkedTransport;
  #state: State = 'greeting';
  #user: SyncUser | undefined;
  #clientId = '';
  #answers: ClientAnswers | undefined;
  #incoming: IncomingDocuments | undefined;
  #nonce: Uint8Array = new Uint8Array(0);
  readonly #shapes = new Map<number, Shape>();
  #images: Shape[] = [];
  /** The replica has everything of its complete shapes up to here. */
  #cursor = 0;
  /** The seq that the replica has been told it has reached. */
  #toldSeq = 0;
  /** The replica’s cursor is one of this history. */
  #isResumable = false;
  #credit = 0;
  #isPumping = false;
  #isLive = false;
  #onCredit: (() => void) | undefined;
  /** What came behind HELLO before it was answered. */
  readonly #early: Message[] = [];
  readonly #pushes: MessageOf<'push'>[] = [];
  #isPushing = false;
  readonly #waiting: GivenAnswer[] = [];

  constructor(
    server: ServerContext,
    transport: ChunkedTransport,
    readonly request: ServerContext['request'],
  ) {
    this.#server = server;
    this.#transport = transport;
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

  offer(seq: number, changes: readonly DocumentChange[]): void {
    if (!this.#isLive || seq <= this.#cursor) return;
    const patch = this.#patchOf(changes);
    if (patch.length > 0) {
      if (this.#credit <= 0) {
        // Behind from here on: what was missed is read again when there is credit.
        this.#goBehind();
        return;
      }
      this.#sendData({ kind: 'patch', seq, changes: patch });
    }
    this.#cursor = seq;
    this.#flushAnswers();
  }

  #take(data: Uint8Array): void {
    if (this.#state === 'closed') return;
    try {
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
      return;
    }
    if (this.#state === 'greeting') throw protocolViolation(`expected HELLO, found ${message.kind}`);
    // What a replica sends right behind its HELLO waits until it is known who it is.
    if (this.#state === 'authenticating') {
      this.#early.push(message);
      if (this.#early.length > LIMITS.shapeCount + LIMITS.inFlightCount)
        throw protocolViolation('too many messages came before the answer to HELLO');
      return;
    }
    this.#handle(message);
  }

  async #greet(hello: MessageOf<'hello'>): Promise<void> {
    const server = this.#server;
    const { port } = server;
    if (!hello.magic.every((byte, index) => byte === 'NUTS'.charCodeAt(index)))
      throw protocolViolation('HELLO does not begin with NUTS');
    if (hello.version !== PROTOCOL_VERSION)
      throw new Reject('PROTOCOL_UNSUPPORTED', `this server speaks version ${PROTOCOL_VERSION}`);
    if (server.application !== undefined && hello.application !== server.application)
      throw new Reject('APPLICATION_MISMATCH', `this server belongs to the application ${server.application}`);
    const user = await server.authenticate(hello.token, this.request);
    if (this.#state === 'closed') return;
    if (user === undefined) throw new Reject('UNAUTHENTICATED', 'the token is not known', false);
    this.#user = user;
    this.#clientId = hello.clientId;
    const isResumable = this.#resume(hello);
    this.#isResumable = isResumable;
    this.#answers = new ClientAnswers(port, hello.clientId);
    this.#incoming = new IncomingDocuments(
      [...port.collections.values()].map(({ definition }) => definition),
      hello.models,
    );
    server.welcome(this);
    const { answered } = this.#answers;
    const { uuid, incarnation } = port.identity;
    this.#send({
      kind: 'welcome',
      version: PROTOCOL_VERSION,
      uuid: Buffer.from(uuid, 'hex'),
      incarnation,
      headSeq: port.deliveredSeq,
      user: user.id,
      maxMessageBytes: server.maxMessageBytes,
      answered,
      isResumable,
      nowMs: Date.now(),
      models: server.outgoing.models,
    });
    this.#state = 'open';
    for (const message of this.#early.splice(0)) this.#handle(message);
  }

  /** @returns whether the cursor still leads anywhere. @throws Reject when it is of another database. */
  #resume({ known, clientId }: MessageOf<'hello'>): boolean {
    const { port } = this.#server;
    const { uuid, incarnation } = port.identity;
    const own = Buffer.from(uuid, 'hex');
    this.#nonce = sessionNonce(own, clientId, known?.cursor ?? 0);
    if (known === undefined) {
      // Every shape comes as an image of a later seq: what was before needs no telling.
      this.#cursor = port.deliveredSeq;
      return false;
    }
    if (!own.equals(known.uuid)) throw new Reject('SERVER_FOREIGN', 'the replica belongs to another database');
    if (known.incarnation < incarnation)
      throw new Reject('SERVER_RESTORED', 'the database was restored from an earlier state since the last contact');
    if (known.incarnation > incarnation || known.cursor > port.deliveredSeq)
      throw new Reject('SERVER_ROLLED_BACK', 'the database is older than what the replica has seen of it');
    this.#cursor = known.cursor;
    this.#toldSeq = known.cursor;
    return true;
  }

  #handle(message: Message): void {
    if (this.#state !== 'open') return;
    switch (message.kind) {
      case 'sub':
        this.#subscribe(message);
        return;
      case 'unsub':
        this.#shapes.delete(message.shapeId);
        this.#images = this.#images.filter(({ id }) => id !== message.shapeId);
        return;
      case 'credit':
        this.#credit += message.byteCount;
        this.#onCredit?.();
        this.#onCredit = undefined;
        this.#pump();
        return;
      case 'push':
        if (this.#pushes.length >= LIMITS.inFlightCount) throw protocolViolation('too many transactions in flight');
        this.#pushes.push(message);
        this.#answerPushes();
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

  #subscribe({ shapeId, collection: name, condition, isHeld }: MessageOf<'sub'>): void {
    if (this.#shapes.has(shapeId)) throw protocolViolation(`shape ${shapeId} already exists`);
    if (this.#shapes.size >= LIMITS.shapeCount) throw protocolViolation(`more than ${LIMITS.shapeCount} shapes`);
    try {
      const collection = this.#server.port.collections.get(name);
      const granted = this.#grantOf(name).read;
      if (collection === undefined || granted === undefined)
        throw new DatabaseError('FORBIDDEN', `the user may read nothing of ${name}`, { collection: name });
      const shape = new Shape(shapeId, collection, shapeCondition(collection, anyValueOf(condition)), granted);
      this.#shapes.set(shapeId, shape);
      this.#send({ kind: 'subbed', shapeId, status: 'granted', code: '', message: '' });
      shape.isHeld = isHeld && this.#isResumable;
      if (!shape.isHeld) this.#images.push(shape);
      this.#goBehind();
      this.#pump();
    } catch (error) {
      if (!DatabaseError.is(error) || error.code === 'PROTOCOL_VIOLATION') throw error;
      this.#send({ kind: 'subbed', shapeId, status: 'refused', code: error.code, message: error.message });
    }
  }

  #grantOf(collection: string): Grant {
    return this.#server.grantOf(this.#user as SyncUser, collection);
  }

  // Documents out

  #goBehind(): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#server.live.remove(this);
  }

  #pump(): void {
    if (this.#isPumping || this.#isLive || this.#credit <= 0) return;
    this.#isPumping = true;
    this.#pumpOn()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#isPumping = false;
        // Credit, or a shape, may have come in the very moment that it ended.
        if (this.#state === 'open' && !this.#isLive && this.#credit > 0) this.#pump();
      });
  }

  async #pumpOn(): Promise<void> {
    const { port, live } = this.#server;
    while (this.#state === 'open' && this.#credit > 0) {
      const shape = this.#images.shift();
      if (shape !== undefined) await this.#sendImage(shape);
      else if (this.#cursor < port.deliveredSeq) await this.#catchUp(port.deliveredSeq);
      else {
        // What came last may have been nothing of its shapes: it has to be told how far it is.
        if (this.#toldSeq < this.#cursor) this.#sendData({ kind: 'advance', seq: this.#cursor });
        this.#isLive = true;
        live.add(this);
        this.#flushAnswers();
        return;
      }
    }
  }

  /** Sends what changed after the cursor up to `seq`, as far as credit goes. */
  async #catchUp(seq: number): Promise<void> {
    const { port } = this.#server;
    if (this.#shapes.size > 0) {
      try {
        for await (const changes of port.changesBetween(this.#cursor, seq)) {
          if (this.#state !== 'open') return;
          const patch = this.#patchOf(changes);
          const at = Number((changes[0] as PlacedChange).seq);
          if (patch.length > 0) this.#sendData({ kind: 'patch', seq: at, changes: patch });
          this.#cursor = at;
          if (this.#credit <= 0) return;
        }
      } catch (error) {
        if (!DatabaseError.is(error, 'CHANGES_GONE')) throw error;
        this.#reset(error.message);
        return;
      }
    }
    this.#cursor = Math.max(this.#cursor, seq);
    this.#flushAnswers();
  }

  /** The journal no longer holds what the replica missed: every shape is sent anew. */
  #reset(reason: string): void {
    this.#send({ kind: 'reset', reason });
    this.#cursor = this.#server.port.deliveredSeq;
    this.#images = [...this.#shapes.values()];
    for (const shape of this.#images) shape.isHeld = false;
  }

  /**
   * Sends all documents of a shape as they are at one seq. Memory may be ahead of what is settled: so the seq is that of
   * memory, and nothing of it goes out before it is settled and the replica has everything before it.
   */
  async #sendImage(shape: Shape): Promise<void> {
    const { port, outgoing } = this.#server;
    const { collection } = shape;
    const seq = port.lastSeq;
    const view = collection.openView();
    try {
      const keys = shape.candidates();
      await this.#server.settled(seq);
      while (this.#cursor < seq && this.#state === 'open') {
        await this.#catchUp(seq);
        if (this.#credit <= 0) await this.#hasCredit();
      }
      let puts: WirePut[] = [];
      let byteCount = 0;
      for (const key of keys) {
        if (this.#state !== 'open' || !this.#shapes.has(shape.id)) return;
        const held = view.get(key);
        if (held === undefined || !shape.matches(key, held.document)) continue;
        const put = outgoing.put(collection, key, held.document, held.revision, held.expiresAt);
        puts.push(put);
        byteCount += put.document.length;
        if (puts.length < SNAP_COUNT && byteCount < SNAP_BYTES) continue;
        this.#sendData({ kind: 'snap', shapeId: shape.id, seq, puts, isLast: false });
        puts = [];
        byteCount = 0;
        if (this.#credit <= 0) await this.#hasCredit();
        else await this.#server.turn();
      }
      this.#sendData({ kind: 'snap', shapeId: shape.id, seq, puts, isLast: true });
      shape.isHeld = true;
    } finally {
      view.release();
    }
  }

  /** Resolves when the replica takes more, or is gone. */
  #hasCredit(): Promise<void> {
    return new Promise((resolve) => {
      this.#onCredit = resolve;
    });
  }

  #patchOf(changes: readonly (DocumentChange | PlacedChange)[]): WireChange[] {
    const patch: WireChange[] = [];
    for (const change of changes) {
      const shapes = this.#shapesOf(change.collection);
      if (shapes.length === 0) continue;
      const collection = (shapes[0] as Shape).collection;
      const { storeKey: key, before, after, revision, expiresAt } = change;
      const isIn = after !== undefined && shapes.some((shape) => shape.matches(key, after));
      if (isIn) {
        patch.push({ kind: 'put', ...this.#server.outgoing.put(collection, key, after, revision, expiresAt) });
      } else if (before !== undefined) {
        if (shapes.some((shape) => shape.matches(key, before)))
          patch.push({ kind: 'leave', collection: collection.name, key });
      } else if (change.kind !== 'insert')
        patch.push({ kind: 'leaveDigest', digest: leaveDigest(this.#nonce, collection.name, key) });
    }
    return patch;
  }

  #shapesOf(collection: string): readonly Shape[] {
    const shapes: Shape[] = [];
    for (const shape of this.#shapes.values())
      if (shape.isHeld && shape.collection.name === collection) shapes.push(shape);
    return shapes;
  }

  // Transactions in

  #answerPushes(): void {
    if (this.#isPushing) return;
    this.#isPushing = true;
    this.#answerAll()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#isPushing = false;
      });
  }

  async #answerAll(): Promise<void> {
    const context: PushContext = {
      port: this.#server.port,
      answers: this.#answers as ClientAnswers,
      incoming: this.#incoming as IncomingDocuments,
      grantOf: (collection) => this.#grantOf(collection),
    };
    for (let push = this.#pushes[0]; push !== undefined; push = this.#pushes[0]) {
      const given = await answerPush(context, push);
      this.#pushes.shift();
      // After the patches of its seq, so that the replica has what was accepted when it hears of it.
      this.#waiting.push(given);
      this.#flushAnswers();
    }
  }

  #flushAnswers(): void {
    // In order: an answer never overtakes one before it.
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const isThere = first.seq <= this.#cursor || (this.#isLive && first.seq <= this.#server.port.deliveredSeq);
      if (!isThere && this.#shapes.size > 0) return;
      this.#waiting.shift();
      const seq = Math.max(first.seq, this.#cursor);
      this.#send({ kind: 'result', seq, theirs: undefined, ...first.answer });
    }
  }

  // The connection

  #send(message: Message): void {
    if (this.#state !== 'closed') this.#transport.send(encodeMessage(message));
  }

  #sendData(message: Message): void {
    if (message.kind === 'advance' || message.kind === 'patch') this.#toldSeq = message.seq;
    const data = encodeMessage(message);
    this.#credit -= data.length;
    this.#transport.send(data);
  }

  #fail(error: unknown): void {
    if (this.#state === 'closed') return;
    if (error instanceof Reject) {
      this.reject(error.code, error.message, error.isRetryable);
      return;
    }
    this.#server.onError(error, this.#transport.peer);
    // What is no violation is the server's own affair: its text may name what the user may not see.
    if (DatabaseError.is(error, 'PROTOCOL_VIOLATION')) this.reject(error.code, error.message);
    else this.reject('SERVER_CLOSING', 'the server cannot go on with this connection', true);
  }

  #end(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#goBehind();
    this.#onCredit?.();
    this.#shapes.clear();
    this.#images = [];
    this.#pushes.length = 0;
    this.#server.ended(this);
  }
}
