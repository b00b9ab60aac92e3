/**
 * The blobs of a replica: sent before the transaction that refers to them, brought when they are read, or with their
 * documents.
 *
 * What a cut leaves of a download is kept while the replica is open, and the next try goes on from there. A crash leaves a
 * temporary file, which the next opening removes.
 */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import { type BlobWriter, blobFinder, later, type SyncPort } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import { PART_BYTES, uploadBlob } from './blob-upload.js';
import type { LocalDocuments } from './local-documents.js';
import type { DocumentBytes, OutboxEffect, OutboxEntry } from './local-state.js';
import type { Asker } from './requests.js';

/** When the bytes of blobs come: when they are read, or as soon as a document refers to them. */
export type BlobMode = 'onDemand' | 'withShape';

export interface ReplicaBlobsParts {
  readonly port: SyncPort;
  readonly documents: LocalDocuments;
  readonly mode: BlobMode;
  /** @throws DatabaseError `SERVER_UNREACHABLE` without a connection. */
  session(): Asker;
  onError(error: unknown): void;
}

/** Downloads that are kept for another try; of more the oldest begin anew. */
const MOST_KEPT = 16;
/** Between two looks at what is missing. */
const LOOK_MS = 50;

export class ReplicaBlobs {
  readonly #parts: ReplicaBlobsParts;
  /** Each blob is brought once, however many ask for it. */
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #kept = new Map<string, BlobWriter>();
  /** Blobs that the server has on this connection. */
  readonly #uploaded = new WeakMap<Asker, Set<string>>();
  #isFollowing = false;
  #isAsked = false;
  #isClosed = false;

  constructor(parts: ReplicaBlobsParts) {
    this.#parts = parts;
  }

  /**
   * Sends the blobs that a transaction refers to anew; undefined when there are none. A refusal ends nothing: the server then
   * refuses the transaction.
   *
   * @throws DatabaseError `SERVER_UNREACHABLE` when the connection ends.
   */
  upload(session: Asker, { effects, refusal }: OutboxEntry): Promise<void> | undefined {
    if (refusal !== undefined) return undefined;
    const done = this.#uploaded.get(session) ?? new Set<string>();
    const refs = effects.flatMap((effect) => this.#newRefsOf(effect)).filter(({ hash }) => !done.has(hash));
    if (refs.length === 0) return undefined;
    this.#uploaded.set(session, done);
    return this.#uploadAll(session, refs, done);
  }

  /**
   * Brings a blob that is not here.
   *
   * @throws DatabaseError `SERVER_UNREACHABLE` while offline, `BLOB_MISSING` when the server has none that the user may read,
   *   `BLOB_DAMAGED`, and errors of the disk.
   */
  fetch(ref: BlobRef): Promise<void> {
    const running = this.#fetching.get(ref.hash);
    if (running !== undefined) return running;
    const fetching = this.#fetch(ref).finally(() => this.#fetching.delete(ref.hash));
    this.#fetching.set(ref.hash, fetching);
    return fetching;
  }

  /** Documents have come, or the connection has: with `withShape` what is missing is brought, one after the other. */
  follow(): void {
    if (this.#parts.mode !== 'withShape' || this.#isClosed) return;
    this.#isAsked = true;
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#followAll()
      .catch((error: unknown) => this.#parts.onError(error))
      .finally(() => {
        this.#isFollowing = false;
      });
  }

  /** Lets go of what is half here. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#fetching.values());
    for (const writer of this.#kept.values()) await writer.abandon();
    this.#kept.clear();
  }

  /** What the document did not refer to before the transaction, as far as it is here. */
  #newRefsOf({ collection, bytes, before }: OutboxEffect): readonly BlobRef[] {
    const refs = this.#refsOf(collection, bytes);
    if (refs.length === 0) return refs;
    const known = new Set(this.#refsOf(collection, before).map(({ hash }) => hash));
    return refs.filter((ref) => !known.has(ref.hash) && this.#parts.port.blobs.has(ref));
  }

  async #uploadAll(session: Asker, refs: readonly BlobRef[], done: Set<string>): Promise<void> {
    for (const ref of refs) {
      if (done.has(ref.hash)) continue;
      await this.#uploadOne(session, ref);
      done.add(ref.hash);
    }
  }

  #refsOf(collection: string, bytes: DocumentBytes | undefined): readonly BlobRef[] {
    if (bytes === undefined) return [];
    const { documents } = this.#parts;
    const find = blobFinder(documents.collection(collection).definition.model);
    const document = find === undefined ? undefined : documents.documentOf(bytes);
    return document === undefined ? [] : find!(document);
  }

  async #uploadOne(session: Asker, { hash, size }: BlobRef): Promise<void> {
    try {
      const reader = await this.#parts.port.blobs.reader({ hash, size });
      const refusal = await uploadBlob(session, hash, size, reader);
      if (refusal === undefined) return;
      this.#parts.onError(new DatabaseError(refusal.code as 'BLOB_TOO_LARGE', refusal.message, { hash, size }));
    } catch (error) {
      if (DatabaseError.is(error, 'SERVER_UNREACHABLE') || DatabaseError.is(error, 'DATABASE_CLOSED')) throw error;
      // A blob that cannot be read here must not hold up all transactions for ever.
      this.#parts.onError(error);
    }
  }

  async #fetch({ hash, size }: BlobRef): Promise<void> {
    const { blobs } = this.#parts.port;
    this.#parts.session();
    const writer = this.#kept.get(hash) ?? (await blobs.begin());
    this.#kept.delete(hash);
    try {
      while (writer.size < size) await this.#fetchPart(writer, hash, size);
      await blobs.keep(writer, { hash, size });
    } catch (error) {
      if (DatabaseError.is(error, 'SERVER_UNREACHABLE') && !this.#isClosed) await this.#keep(hash, writer);
      else await writer.abandon();
      throw error;
    }
  }

  async #fetchPart(writer: BlobWriter, hash: string, size: number): Promise<void> {
    const offset = writer.size;
    const name = Buffer.from(hash, 'hex');
    const byteCount = Math.min(PART_BYTES, size - offset);
    const session = this.#parts.session();
    const answer = await session.ask<MessageOf<'blobAt' | 'blobPart'>>((request) => ({
      ...{ kind: 'blobGet', request, hash: name, offset, byteCount },
    }));
    if (answer.kind === 'blobAt')
      throw new DatabaseError('BLOB_MISSING', `the server gives no blob ${hash}: ${answer.message}`, { hash, size });
    const { part } = answer;
    const isOfIt = answer.offset === offset && Buffer.compare(answer.hash, name) === 0;
    if (!isOfIt || part.length === 0 || part.length > byteCount)
      throw protocolViolation(`expected bytes of a blob from ${offset} on, found ${part.length} from ${answer.offset}`);
    await writer.append(part);
  }

  async #keep(hash: string, writer: BlobWriter): Promise<void> {
    this.#kept.set(hash, writer);
    const [oldest] = this.#kept;
    if (this.#kept.size <= MOST_KEPT || oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    await oldest[1].abandon();
  }

  async #followAll(): Promise<void> {
    /** What the server does not give is not asked for again in this round. */
    const refused = new Set<string>();
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      // Documents come many at a time: what is missing is looked for once for all of them.
      await new Promise<void>((resolve) => later(resolve, LOOK_MS));
      for (const ref of this.#missing()) {
        if (refused.has(ref.hash)) continue;
        try {
          await this.fetch(ref);
        } catch (error) {
          if (DatabaseError.is(error, 'SERVER_UNREACHABLE') || this.#isClosed) return;
          refused.add(ref.hash);
          this.#parts.onError(error);
        }
      }
    }
  }

  /** Those that documents refer to and that are not here. O(blobs). */
  #missing(): readonly BlobRef[] {
    const missing = new Map<string, BlobRef>();
    const { collections, blobs } = this.#parts.port;
    for (const { definition, indexes, store } of collections.values()) {
      const find = blobFinder(definition.model);
      const index = indexes.blobs?.structure;
      if (find === undefined || index === undefined) continue;
      for (const [hash] of index.tags()) {
        if (blobs.sizeOf(hash as string) !== undefined) continue;
        const [slot] = index.peek(hash, 1);
        const ref = slot === undefined ? undefined : find(store.documentOf(slot)).find((each) => each.hash === hash);
        if (ref !== undefined) missing.set(ref.hash, ref);
      }
    }
    return [...missing.values()];
  }
}
