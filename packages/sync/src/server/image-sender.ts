/**
 * Sends all documents of one shape, in parts, while writes go on.
 *
 * A part is of one seq: memory may be ahead of what is settled, so the seq is that of memory, and nothing of the part goes out
 * before it is settled and the replica has everything before it. The collection is held still while parts go out; a replica
 * that gives no credit would keep it so forever. Then it is let go: what changes meanwhile of the documents that were sent
 * comes as patches, and the rest of the image is of a later seq.
 */
import { type Collection, nowMs, type StoreKey } from '@nuthatch/runtime/sync';
import { BucketDigests, bucketOf } from '../protocol/bucket-digest.js';
import type { TravellingBytes } from '../protocol/content-digest.js';
import type { Message, WirePut } from '../protocol/messages.js';
import { mayRead } from './grant.js';
import type { ServerContext } from './server-context.js';
import type { Shape } from './shape.js';

/** Documents of an image in one SNAP, and bytes after which it is sent anyway. */
const SNAP_COUNT = 500;
const SNAP_BYTES = 256 * 1024;
/** Keys that are looked at, or digested, in one turn. */
const SLICE_COUNT = 1_000;
/** Longest hold of the collection: each write to it meanwhile keeps what was there. */
const HELD_MS = 2_000;

type View = ReturnType<Collection['openView']>;

export interface ImageFlow {
  /** The shape is still asked for. */
  isWanted(): boolean;
  send(message: Message): void;
  hasCredit(): boolean;
  /** Resolves when there is credit again, or after a while. */
  credit(ms?: number): Promise<void>;
  /** Sends what changed up to a seq. */
  reach(seq: number): Promise<void>;
}

export class ImageSender {
  readonly #server: ServerContext;
  readonly shape: Shape;
  readonly #digests: readonly Uint8Array[] | undefined;
  readonly #flow: ImageFlow;
  /** Keys that are left, the next one last; undefined before the first part. */
  #left: StoreKey[] | undefined;
  /** The same, from the first time on that the collection was let go. */
  #unsent: Set<StoreKey> | undefined;

  /** @param digests what the replica has by buckets; undefined: it is to get everything. */
  constructor(server: ServerContext, shape: Shape, digests: readonly Uint8Array[] | undefined, flow: ImageFlow) {
    this.#server = server;
    this.shape = shape;
    this.#digests = digests;
    this.#flow = flow;
  }

  /** Resolves when the replica has been sent all of it, or the shape is not wanted any more. */
  async send(): Promise<void> {
    while (this.#flow.isWanted() && !(await this.#sendHeld())) {
      this.#unsent ??= new Set(this.#left);
      this.shape.unsent = this.#unsent;
      if (!this.#flow.hasCredit()) await this.#flow.credit();
    }
    this.shape.unsent = undefined;
  }

  /** @returns whether that was all of it. */
  async #sendHeld(): Promise<boolean> {
    const { shape } = this;
    const { port, settled, turn } = this.#server;
    const flow = this.#flow;
    const seq = port.lastSeq;
    const view = shape.collection.openView();
    const endMs = nowMs() + HELD_MS;
    try {
      const left = this.#left ?? [...shape.candidates()].reverse();
      await settled(seq);
      await flow.reach(seq);
      if (!flow.isWanted()) return true;
      if (this.#left === undefined && this.#digests !== undefined) await this.#leaveOutEqual(left, view, this.#digests);
      this.#left = left;
      for (;;) {
        if (!flow.hasCredit()) await flow.credit(endMs - nowMs());
        if (!flow.isWanted()) return true;
        if (!flow.hasCredit() || nowMs() > endMs) return false;
        const puts = this.#nextPuts(left, view);
        const isLast = left.length === 0;
        if (puts.length > 0 || isLast) flow.send({ kind: 'snap', shapeId: shape.id, seq, puts, isLast });
        if (!isLast) await turn();
        else {
          shape.isHeld = true;
          return true;
        }
      }
    } finally {
      view.release();
    }
  }

  #nextPuts(left: StoreKey[], view: View): readonly WirePut[] {
    const { shape } = this;
    const { outgoing } = this.#server;
    const puts: WirePut[] = [];
    let byteCount = 0;
    for (let count = 0; count < SLICE_COUNT && puts.length < SNAP_COUNT && byteCount < SNAP_BYTES; count++) {
      const key = left.pop();
      if (key === undefined) break;
      this.#unsent?.delete(key);
      const held = view.get(key);
      if (held === undefined || !shape.matches(key, held.document)) continue;
      const { document, revision, expiresAt } = held;
      const mayShow = (old: object): boolean => mayRead(shape.grant, key, old);
      const put = outgoing.put(shape.collection, key, document, revision, expiresAt, shape.grant.hidden, mayShow);
      puts.push(put);
      byteCount += put.document.length + put.kept.length;
      for (const release of put.releases) byteCount += release.document.length + release.kept.length;
    }
    return puts;
  }

  #shownBytes(document: object): TravellingBytes {
    const { collection, grant } = this.shape;
    return this.#server.outgoing.shownBytes(collection.definition, document, grant.hidden);
  }

  /** Says which buckets differ, and leaves out the keys of the others. */
  async #leaveOutEqual(left: StoreKey[], view: View, theirs: readonly Uint8Array[]): Promise<void> {
    const { shape } = this;
    const bucketCount = theirs.length;
    const own = new BucketDigests(bucketCount);
    for (const [index, key] of left.entries()) {
      if (index % SLICE_COUNT === SLICE_COUNT - 1) await this.#server.turn();
      const held = view.get(key);
      if (held !== undefined && shape.matches(key, held.document))
        own.add(key, held.revision, this.#shownBytes(held.document));
    }
    const differing: number[] = [];
    for (const [bucket, digest] of theirs.entries())
      if (Buffer.compare(digest, own.of(bucket)) !== 0) differing.push(bucket);
    this.#flow.send({ kind: 'buckets', shapeId: shape.id, bucketCount, differing });
    const wanted = new Set(differing);
    let keptCount = 0;
    for (const [index, key] of left.entries()) {
      if (index % SLICE_COUNT === SLICE_COUNT - 1) await this.#server.turn();
      if (wanted.has(bucketOf(key, bucketCount))) left[keptCount++] = key;
    }
    left.length = keptCount;
  }
}
