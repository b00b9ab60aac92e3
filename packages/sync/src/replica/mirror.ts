/**
 * Applies the server's messages to the replica's own database: each message in one transaction, the cursor with it.
 *
 * A document with pending edits is not touched: its base moves on beneath them. The application always sees the
 * server's version with the unanswered edits on top.
 */
import { DatabaseError } from '@nuthatch/model';
import type { ByteReader, Collection, StoreKey, SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';
import { type IncomingDocuments, readerOver } from '../documents/incoming-documents.js';
import { releaseStateOf, releasesIn } from '../documents/incoming-releases.js';
import { bucketOf } from '../protocol/bucket-digest.js';
import type { MessageOf, WireChange, WirePut } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { DigestedDocuments } from './digested-documents.js';
import type { LocalDocuments } from './local-documents.js';
import type { ConflictRecord, LocalState, OutboxEffect, TheirBytes } from './local-state.js';
import type { ReplicaShape } from './replica-shape.js';
import { ServerDocuments } from './server-documents.js';
import { NEVER_RELEASED, ShownDocuments } from './shown-documents.js';

interface OpenImage {
  readonly collection: Collection;
  readonly grant: string;
  /** Keys of what was there when it began, without those that it has brought so far or that were put meanwhile. */
  readonly unseen: Set<StoreKey>;
  /** The only ones that it brings; undefined: all. */
  buckets: { readonly bucketCount: number; readonly differing: ReadonlySet<number> } | undefined;
}

/** Memory shows it; `settled` resolves when it is in the replica's journal, in the order that it was applied in. */
export interface Applied {
  readonly settled: Promise<unknown>;
}

export class Mirror {
  readonly #port: SyncPort;
  readonly #state: LocalState;
  readonly #documents: LocalDocuments;
  readonly #shown: ShownDocuments;
  readonly #server: ServerDocuments;
  readonly #digested: DigestedDocuments;
  /** Images on their way, by shape. */
  readonly #images = new Map<number, OpenImage>();

  constructor(port: SyncPort, state: LocalState, documents: LocalDocuments) {
    this.#port = port;
    this.#state = state;
    this.#documents = documents;
    this.#shown = new ShownDocuments(state, documents);
    this.#server = new ServerDocuments(state, documents);
    this.#digested = new DigestedDocuments(port, state);
  }

  /** A connection begins. */
  begin(nonce: Uint8Array): void {
    this.#digested.begin(nonce);
    this.#images.clear();
  }

  patch(incoming: IncomingDocuments, { seq, changes }: MessageOf<'patch'>): Promise<Applied> {
    return this.#apply((sync) => {
      for (const change of changes) this.#change(sync, incoming, change);
      this.#state.setCursor(sync, seq);
    });
  }

  async snap(
    incoming: IncomingDocuments,
    { seq, puts, isLast }: MessageOf<'snap'>,
    shape: ReplicaShape,
    others: readonly ReplicaShape[],
  ): Promise<Applied> {
    const image = this.#images.get(shape.id);
    if (image === undefined) throw protocolViolation(`an image of shape ${shape.id} came before it was granted`);
    const applied = await this.#apply((sync) => {
      const mayHaveBase = this.#state.mayHaveBases(puts.length);
      const reader = puts.length === 0 ? undefined : readerOver(puts[0]!.document);
      for (const put of puts) {
        image.unseen.delete(put.key);
        this.#put(sync, incoming, put, mayHaveBase, reader);
      }
      if (!isLast) return;
      this.#removeUnseen(sync, shape, others, image);
      this.#state.setShapeHeld(sync, shape.name, image.grant);
      this.#state.setCursor(sync, seq);
    });
    if (isLast) this.#images.delete(shape.id);
    return applied;
  }

  /**
   * A shape is granted and will come whole. Its documents stay until then, but the cursor no longer covers them: it may
   * move on before the image is there.
   */
  async beginImage({ id, name, collection }: ReplicaShape, grant: Uint8Array): Promise<void> {
    const hex = Buffer.from(grant).toString('hex');
    this.#images.set(id, { collection, grant: hex, unseen: this.#server.keys(collection), buckets: undefined });
    const before = this.#state.heldUnder(name);
    if (before === undefined) return;
    await this.#port.replicate((sync) => {
      this.#state.setShapeHeld(sync, name, undefined);
      if (before !== hex) this.#state.hideTheirs(sync, collection.name);
    });
  }

  /** Only these buckets will come; the others are as they are at the server. */
  keepBuckets(shapeId: number, bucketCount: number, differing: readonly number[]): void {
    const image = this.#images.get(shapeId);
    if (image === undefined) throw protocolViolation(`buckets of shape ${shapeId} came before it was granted`);
    image.buckets = { bucketCount, differing: new Set(differing) };
  }

  /** Digests of what is held of a shape, as the server has it. O(documents of the collection). */
  digestsOf(shape: ReplicaShape): readonly Uint8Array[] {
    return this.#server.digestsOf(shape);
  }

  /** The user may not see it any more, or never might: nothing of it stays. */
  async forget(shape: ReplicaShape, others: readonly ReplicaShape[]): Promise<void> {
    this.#images.delete(shape.id);
    const { collection } = shape;
    const nothing: OpenImage = { collection, grant: '', unseen: this.#server.keys(collection), buckets: undefined };
    await this.#port.replicate((sync) => {
      this.#removeUnseen(sync, shape, others, nothing);
      this.#state.hideTheirs(sync, shape.collection.name);
      this.#state.setShapeHeld(sync, shape.name, undefined);
    });
  }

  async advance(seq: number): Promise<void> {
    await this.#port.replicate((sync) => this.#state.setCursor(sync, seq));
  }

  /** Every shape will come again. */
  async reset(): Promise<void> {
    this.#images.clear();
    await this.#port.replicate((sync) => {
      for (const name of this.#state.heldShapes) this.#state.setShapeHeld(sync, name, undefined);
    });
  }

  /**
   * Removes what belongs to none of the shapes. O(documents of the collections).
   *
   * @param isLast nothing of shapes given up can come any more.
   * @param unwanted names of shapes that are held and not wanted any more.
   */
  async keepOnly(shapes: readonly ReplicaShape[], isLast = true, unwanted: readonly string[] = []): Promise<void> {
    await this.#port.replicate((sync) => {
      for (const collection of this.#port.collections.values()) {
        const own = shapes.filter((shape) => shape.collection === collection);
        for (const [key, document] of this.#server.all(collection))
          if (!own.some((shape) => shape.matches(key, document))) this.#leave(sync, collection, key);
      }
      for (const name of unwanted) this.#state.setShapeHeld(sync, name, undefined);
      this.#state.setFlag(sync, 'sweep', !isLast);
    });
  }

  /**
   * The server has answered a transaction: its edits become the server's version, or a conflict.
   *
   * @param result its number is the replica's own.
   */
  async answer(incoming: IncomingDocuments, result: MessageOf<'result'>): Promise<ConflictRecord | undefined> {
    const { number, seq } = result;
    const entry = this.#state.entry(number);
    // Answered before, and the answer came again after a cut.
    if (entry === undefined) return undefined;
    const isAccepted = result.outcome === 'accepted' && entry.refusal === undefined;
    const { code, message } = entry.refusal ?? result;
    const theirs = entry.effects.map((effect, index) => this.#theirsOf(incoming, effect, result, index));
    const conflict = { number, code, message, effects: entry.effects, theirs, timeMs: Date.now() };
    const { settled } = await this.#apply((sync) => {
      this.#state.removeEntry(sync, number);
      if (!isAccepted) {
        for (const { collection } of entry.effects)
          this.#documents.noteModel(sync, this.#documents.collection(collection));
        this.#shown.takeBackStates(sync, entry);
        this.#state.setConflict(sync, number, conflict);
      }
      const resting: number[] = [];
      for (const { collection, key } of entry.effects) {
        const base = this.#state.base(collection, key);
        if (base === undefined) continue;
        const pending = this.#state.pending.without(sync, base, number);
        if (this.#state.restsOn(pending?.first, number, collection, key)) resting.push(pending!.first);
        if (pending !== undefined) this.#state.setBase(sync, { ...base, pending });
        else this.#state.removeBase(sync, base);
        this.#shown.show(sync, { ...base, pending });
      }
      // The server forgets its answer once this replica knows it: what rests on a refused one is marked here.
      if (!isAccepted) this.#state.refuse(sync, resting, { code: 'REVISION_MISMATCH', message: restsOn(number) });
      this.#state.setCursor(sync, seq);
    });
    await settled;
    return isAccepted ? undefined : conflict;
  }

  /** Of a shape that is held the base is the newest; what is in no shape, or has not come yet, comes with the answer. */
  #theirsOf(
    incoming: IncomingDocuments,
    { collection: name, key }: OutboxEffect,
    { theirs }: MessageOf<'result'>,
    index: number,
  ): TheirBytes | undefined {
    const base = this.#state.base(name, key);
    const put = theirs.find((each) => each.index === index && each.put.key === key)?.put;
    if (put === undefined || (base?.bytes !== undefined && base.revision >= put.revision)) return base?.bytes;
    const read = incoming.read(put.modelId, put.document, put.kept);
    if (read?.collection !== name) return base?.bytes;
    return { ...this.#documents.bytesOf(this.#documents.collection(name), read.document), revision: put.revision };
  }

  /**
   * Runs a transaction. A unique value that the server gave to another document may be held by one with pending edits:
   * then these are taken out of sight until the server has answered them, which it will as a conflict.
   */
  async #apply(work: (sync: SyncTransaction) => void): Promise<Applied> {
    const settled = this.#port.replicate(work);
    if (!this.#port.wasRefused) return { settled };
    try {
      await settled;
    } catch (error) {
      if (!DatabaseError.is(error, 'DUPLICATE_KEY')) throw error;
    }
    const settledAgain = this.#port.replicate((sync) => {
      for (const base of [...this.#state.bases()]) {
        const suspended = { ...base, isSuspended: true };
        this.#state.setBase(sync, suspended);
        this.#shown.show(sync, suspended);
      }
      work(sync);
    });
    if (this.#port.wasRefused) await settledAgain;
    return { settled: settledAgain };
  }

  #change(sync: SyncTransaction, incoming: IncomingDocuments, change: WireChange): void {
    if (change.kind === 'put') this.#put(sync, incoming, change);
    else if (change.kind === 'leave') {
      const collection = this.#port.collections.get(change.collection);
      if (collection !== undefined) this.#leave(sync, collection, change.key);
    } else {
      const found = this.#digested.find(change.digest);
      if (found !== undefined) this.#leave(sync, this.#documents.collection(found.collection), found.key);
    }
  }

  /**
   * @param mayHaveBase false: no document has pending edits.
   * @param reader over the message that the put is of.
   */
  #put(
    sync: SyncTransaction,
    incoming: IncomingDocuments,
    put: WirePut,
    mayHaveBase: boolean = true,
    reader?: ByteReader,
  ): void {
    const read = incoming.read(put.modelId, put.document, put.kept, put.key, reader);
    if (read === undefined) return;
    const collection = this.#documents.collection(read.collection);
    const { key, revision, expiresAtMs } = put;
    // A document that is put while an image is on its way is not part of the image.
    for (const image of this.#images.values()) if (image.collection === collection) image.unseen.delete(key);
    this.#digested.note(collection.name, key);
    const base = mayHaveBase ? this.#state.base(collection.name, key) : undefined;
    const { replicated } = collection;
    const releases = replicated && releasesIn(incoming, put);
    if (releases !== undefined) replicated?.take(sync.transaction, key, releases);
    if (base === undefined) {
      replicated?.show(sync.transaction, key, releaseStateOf(put), revision, read.document);
      sync.putAt(collection, key, read.document, revision, expiresAtMs || undefined);
      return;
    }
    this.#documents.noteModel(sync, collection);
    const bytes = this.#documents.bytesOf(collection, read.document);
    const moved = { ...base, revision, expiresAtMs, bytes, ...this.#documents.takenOf(collection, put, releases) };
    this.#state.setBase(sync, moved);
    if (base.isSuspended) this.#shown.show(sync, moved);
  }

  #leave(sync: SyncTransaction, collection: Collection, key: StoreKey): void {
    const base = this.#state.base(collection.name, key);
    if (base === undefined) {
      sync.forget(collection, key);
      collection.replicated?.forget(sync.transaction, key);
      return;
    }
    const moved = { ...base, revision: 0, expiresAtMs: 0, bytes: undefined, released: NEVER_RELEASED, taken: [] };
    collection.replicated?.forgetTaken(sync.transaction, key, base.released?.releases ?? 0);
    this.#state.setBase(sync, moved);
    if (base.isSuspended) this.#shown.show(sync, moved);
  }

  /**
   * Documents that the shape held and that the image does not bring have left the shape in between. O(documents that it
   * has not brought).
   */
  #removeUnseen(
    sync: SyncTransaction,
    shape: ReplicaShape,
    others: readonly ReplicaShape[],
    { unseen, buckets }: OpenImage,
  ): void {
    const { collection } = shape;
    for (const key of unseen) {
      const document = this.#server.of(collection, key);
      if (document === undefined || !shape.matches(key, document)) continue;
      if (buckets !== undefined && !buckets.differing.has(bucketOf(key, buckets.bucketCount))) continue;
      if (others.some((other) => other.collection === collection && other.matches(key, document))) continue;
      this.#leave(sync, collection, key);
    }
  }
}

function restsOn(number: number): string {
  return `it rests on transaction ${number}, which was not accepted`;
}
