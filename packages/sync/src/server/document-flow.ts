/**
 * Documents on their way to one replica.
 *
 * They go one way: `#pump` sends images that are asked for, then what was missed, then the replica follows live. Without
 * credit it stops and forgets; the next CREDIT starts it again from the cursor. So a slow replica costs the server no memory
 * but its shapes, and while an image is on its way the keys of that.
 */
import { DatabaseError } from '@nuthatch/model';
import { type DocumentChange, later, type PlacedChange } from '@nuthatch/runtime/sync';
import { leaveDigest } from '../protocol/leave-digest.js';
import { LIMITS } from '../protocol/limits.js';
import type { Message, MessageOf, WireChange } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { mayRead } from './grant.js';
import { ImageSender } from './image-sender.js';
import type { LiveSession } from './live-sessions.js';
import type { ServerContext } from './server-context.js';
import type { Shape } from './shape.js';

export interface FlowParts {
  readonly server: ServerContext;
  readonly nonce: Uint8Array;
  /** Everything up to here has been sent to the replica before. */
  readonly cursor: number;
  /** @returns the message's length. */
  send(message: Message): number;
  /** The replica has been sent everything up to this seq. */
  reached(seq: number): void;
  fail(error: unknown): void;
}

export class DocumentFlow implements LiveSession {
  readonly #parts: FlowParts;
  readonly shapes = new Map<number, Shape>();
  #images: ImageSender[] = [];
  /** Shapes whose digests are awaited after a RESET. */
  readonly #undigested = new Set<number>();
  #cursor: number;
  /** The seq that the replica has been told it has reached. */
  #toldSeq: number;
  #credit = 0;
  #isPumping = false;
  #isLive = false;
  #isEnded = false;
  #onCredit: (() => void) | undefined;

  constructor(parts: FlowParts) {
    this.#parts = parts;
    this.#cursor = parts.cursor;
    this.#toldSeq = parts.cursor;
  }

  /** The replica has been sent everything of its complete shapes up to here. */
  get cursor(): number {
    return this.#isLive ? Math.max(this.#cursor, this.#parts.server.live.seq) : this.#cursor;
  }

  /** Up to which seq the replica may be told that its transactions are answered. Not inside of `offer`. */
  get answerableSeq(): number {
    if (this.shapes.size === 0) return Number.POSITIVE_INFINITY;
    return this.#isLive ? Math.max(this.cursor, this.#parts.server.port.deliveredSeq) : this.#cursor;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** @param isHeld the replica has it complete at the cursor: it gets no image. */
  add(shape: Shape, isHeld: boolean): void {
    this.#goBehind(this.cursor);
    this.shapes.set(shape.id, shape);
    shape.isHeld = isHeld;
    if (!isHeld) this.#images.push(this.#imageOf(shape));
    this.#pump();
  }

  remove(shapeId: number): void {
    this.#goBehind(this.cursor);
    this.#take(shapeId);
    this.#pump();
  }

  /** Another of the same id stands in its place, of which the replica has nothing yet. In one step: nothing is sent between. */
  replace(shape: Shape): void {
    this.#goBehind(this.cursor);
    this.#take(shape.id);
    this.add(shape, false);
  }

  #take(shapeId: number): void {
    this.shapes.delete(shapeId);
    this.#undigested.delete(shapeId);
    this.#images = this.#images.filter(({ shape }) => shape.id !== shapeId);
  }

  /** More bytes may be sent. */
  grant(byteCount: number): void {
    this.#credit = Math.min(this.#credit + byteCount, LIMITS.creditBytes);
    if (this.#credit <= 0) return;
    this.#onCredit?.();
    this.#onCredit = undefined;
    this.#pump();
  }

  /** The replica's part of a shape that was reset. @throws DatabaseError `PROTOCOL_VIOLATION` when it was not. */
  digest({ shapeId, buckets }: MessageOf<'digest'>): void {
    const shape = this.shapes.get(shapeId);
    if (shape === undefined || !this.#undigested.delete(shapeId))
      throw protocolViolation(`digests of shape ${shapeId} are not awaited`);
    this.#goBehind(this.cursor);
    this.#images.push(this.#imageOf(shape, buckets.length === 0 ? undefined : buckets));
    this.#pump();
  }

  offer(seq: number, changes: readonly DocumentChange[]): void {
    if (!this.#isLive || seq <= this.#cursor) return;
    const patch = this.#patchOf(changes);
    if (patch.length > 0) {
      if (this.#credit <= 0) {
        // Behind from here on: what was missed is read again when there is credit.
        this.#goBehind(seq - 1);
        return;
      }
      this.#sendData({ kind: 'patch', seq, changes: patch });
    }
    this.#cursor = seq;
    this.#parts.reached(seq);
  }

  /** Tells a replica that follows live how far it is, where nothing of its own has happened for a while. */
  tellCursor(): void {
    if (!this.#isLive || this.#credit <= 0 || this.#toldSeq >= this.cursor || this.#images.length > 0) return;
    this.#sendData({ kind: 'advance', seq: this.cursor });
  }

  end(): void {
    this.#goBehind(this.cursor);
    this.#isEnded = true;
    this.#onCredit?.();
    this.shapes.clear();
    this.#images = [];
  }

  /** @param cursor up to which the replica has been sent everything. */
  #goBehind(cursor: number): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#cursor = Math.max(this.#cursor, cursor);
    this.#parts.server.live.remove(this.shapes.values());
  }

  #pump(): void {
    if (this.#isPumping || this.#isLive || this.#isEnded || this.#credit <= 0) return;
    this.#isPumping = true;
    this.#pumpOn()
      .catch((error: unknown) => this.#parts.fail(error))
      .finally(() => {
        this.#isPumping = false;
        // Credit, or a shape, may have come in the very moment that it ended.
        this.#pump();
      });
  }

  async #pumpOn(): Promise<void> {
    const { server, reached } = this.#parts;
    while (!this.#isEnded && this.#credit > 0) {
      const image = this.#images[0];
      if (image !== undefined) {
        await image.send();
        this.#images = this.#images.filter((each) => each !== image);
      } else if (this.#cursor < server.port.deliveredSeq) await this.#catchUp(server.port.deliveredSeq);
      else {
        // The last transaction may have changed nothing in its shapes: it has to be told how far it is.
        if (this.#toldSeq < this.#cursor) this.#sendData({ kind: 'advance', seq: this.#cursor });
        this.#isLive = true;
        server.live.add(this, this.shapes.values());
        reached(this.#cursor);
        return;
      }
    }
  }

  /** Sends what changed after the cursor up to `seq`, as far as credit goes. */
  async #catchUp(seq: number): Promise<void> {
    const { port } = this.#parts.server;
    if (this.shapes.size > 0) {
      try {
        for await (const changes of port.changesBetween(this.#cursor, seq)) {
          if (this.#isEnded) return;
          const patch = this.#patchOf(changes);
          const at = Number(changes[0]!.seq);
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
    this.#parts.reached(this.#cursor);
  }

  /** The journal no longer holds what the replica missed: it says what it has, and gets what differs. */
  #reset(reason: string): void {
    this.#parts.send({ kind: 'reset', reason });
    this.#cursor = this.#parts.server.port.deliveredSeq;
    this.#images = [];
    for (const shape of this.shapes.values()) {
      shape.isHeld = false;
      shape.unsent = undefined;
      this.#undigested.add(shape.id);
    }
  }

  #imageOf(shape: Shape, digests?: readonly Uint8Array[]): ImageSender {
    return new ImageSender(this.#parts.server, shape, digests, {
      isWanted: () => !this.#isEnded && this.shapes.get(shape.id) === shape && !this.#undigested.has(shape.id),
      send: (message) => this.#sendData(message),
      hasCredit: () => this.#credit > 0,
      credit: (ms) => this.#creditCame(ms),
      reach: async (seq) => {
        while (this.#cursor < seq && !this.#isEnded) {
          if (this.#credit <= 0) await this.#creditCame();
          await this.#catchUp(seq);
        }
      },
    });
  }

  /** Resolves when the replica takes more, or is gone, or after a while. */
  #creditCame(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : later(resolve, Math.max(0, ms));
      this.#onCredit = () => {
        timer?.cancel();
        resolve();
      };
    });
  }

  #patchOf(changes: readonly (DocumentChange | PlacedChange)[]): WireChange[] {
    const patch: WireChange[] = [];
    for (const change of changes) {
      const wire = this.#wireChange(change);
      if (wire !== undefined) patch.push(wire);
    }
    return patch;
  }

  #wireChange(change: DocumentChange | PlacedChange): WireChange | undefined {
    const { collection: name, storeKey: key, before, after, revision, expiresAt, kind, step } = change;
    const shapes = this.#shapesOver(name, key);
    const [first] = shapes;
    if (first === undefined) return undefined;
    if (after !== undefined && shapes.some((shape) => shape.matches(key, after))) {
      const { hidden } = first.grant;
      const isThere = before !== undefined && shapes.some((shape) => shape.matches(key, before));
      const mayShow = isThere && step === undefined ? undefined : (old: object) => mayRead(first.grant, key, old);
      const put = this.#parts.server.outgoing.put(first.collection, key, after, revision, expiresAt, hidden, mayShow);
      return { kind: 'put', ...put };
    }
    if (before !== undefined)
      return shapes.some((shape) => shape.matches(key, before)) ? { kind: 'leave', collection: name, key } : undefined;
    if (kind === 'insert') return undefined;
    return { kind: 'leaveDigest', digest: leaveDigest(this.#parts.nonce, name, key) };
  }

  #shapesOver(collection: string, key: PlacedChange['storeKey']): readonly Shape[] {
    const shapes: Shape[] = [];
    for (const shape of this.shapes.values())
      if (shape.collection.name === collection && shape.covers(key)) shapes.push(shape);
    return shapes;
  }

  #sendData(message: Message): void {
    if (message.kind === 'advance' || message.kind === 'patch') this.#toldSeq = message.seq;
    this.#credit -= this.#parts.send(message);
  }
}
