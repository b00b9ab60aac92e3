/**
 * The blobs of a node: their bytes are in the engine, and records in the journal say which there are.
 *
 *   source ─▶ a file of this node, hashed ─▶ parts in the engine ─▶ record in the journal ─▶ the file goes, put resolves
 *
 * A document is written behind the record of its blob, by this node or another: so it is never acknowledged before the
 * blob is as durable as the frame. A blob is removed by a transaction that looks whether anything refers to it; if a
 * document came first, it stays, and a document that comes later is refused. No clock is asked for any of this.
 */
import { randomUUID } from 'node:crypto';
import {
  type BlobId,
  type BlobNeeds,
  type BlobPlace,
  BlobStore,
  type BlobWriter,
  blobMissing,
  type ReadableBlob,
} from '@nuthatch/runtime/cluster';
import type { BlobEngine } from './blob-engine.js';
import { encodedParts } from './blob-parts.js';
import {
  BLOB_PREFIX,
  type BlobRecord,
  blobName,
  GONE_PREFIX,
  goneName,
  UPLOAD_PREFIX,
  type UploadRecord,
  uploadName,
} from './blob-records.js';
import { SharedBlob } from './shared-blob.js';

/** An upload that has not ended for so long is one whose node has. If not, its end is refused. */
const UPLOAD_MS = 86_400_000;

export class NodeBlobStore extends BlobStore {
  #engine!: BlobEngine;
  #needs: BlobNeeds | undefined;

  /** Once, before anything else but `open`. */
  tie(engine: BlobEngine, needs: BlobNeeds): void {
    this.#engine = engine;
    // What is asked again and again ends when the database closes.
    engine.requireOpen = () => this.requireOpen();
    this.#needs = needs;
  }

  /** What a crash has left in the directory was never acknowledged. */
  override async open(place: BlobPlace): Promise<void> {
    await super.open(place);
    for (const hash of [...super.hashes()]) await super.remove(hash, 0);
  }

  /** O(records). */
  override get count(): number {
    return [...this.#records()].length;
  }

  /** O(records). */
  override get byteCount(): number {
    let sum = 0;
    for (const [, { size }] of this.#records()) sum += size;
    return sum;
  }

  override has({ hash, size }: BlobId): boolean {
    return this.sizeOf(hash) === size;
  }

  override sizeOf(hash: string): number | undefined {
    return this.#record(hash)?.size;
  }

  override *hashes(): IterableIterator<string> {
    for (const [hash] of this.#records()) yield hash;
  }

  /** Another node may have put it meanwhile. A clock that is wrong keeps a blob too long, or not long enough for its document to come. */
  override idleMs(hash: string): number {
    const idleMs = super.idleMs(hash);
    const putMs = this.#record(hash)?.putMs;
    return putMs === undefined ? idleMs : Math.max(0, Math.min(idleMs, this.#port.nowMs() - putMs));
  }

  override async put(source: unknown, expected?: BlobId): Promise<BlobId> {
    const id = await super.put(source, expected);
    return this.#shared(id);
  }

  override async keep(writer: BlobWriter, expected?: BlobId): Promise<BlobId> {
    const id = await super.keep(writer, expected);
    return this.#shared(id);
  }

  override async reader(id: BlobId): Promise<ReadableBlob> {
    this.requireOpen();
    const size = this.sizeOf(id.hash);
    if (size === undefined) throw blobMissing(id);
    if (size !== id.size) throw blobMissing(id, `the blob ${id.hash} has ${size} bytes; the reference says ${id.size}`);
    return new SharedBlob(this.#engine, id, () => this.#record(id.hash));
  }

  override async remove(hash: string, graceMs: number): Promise<boolean> {
    this.requireOpen();
    const found = this.#record(hash);
    if (found === undefined || this.idleMs(hash) < graceMs) return false;
    const port = this.#port;
    const { isNeeded } = this.#needs!;
    // It may run again, over what other nodes have written: it looks again, then.
    const isGone = await port.replicate((sync) => {
      if (this.#record(hash)?.id !== found.id || isNeeded(hash)) return false;
      sync.setRecord(blobName(hash), undefined);
      sync.setRecord(goneName(found.id), {});
      return true;
    });
    if (isGone) await this.#drop(found.id);
    return isGone;
  }

  /** Removes what nodes that ended have left. */
  override async tidy(): Promise<void> {
    const port = this.#port;
    const oldestMs = port.nowMs() - UPLOAD_MS;
    for (const [name, record] of [...port.records(UPLOAD_PREFIX)]) {
      if ((record as UploadRecord).beganMs >= oldestMs) continue;
      const id = name.slice(UPLOAD_PREFIX.length);
      await port.replicate((sync) => {
        // It may have come to its end.
        if (port.record(name) === undefined) return;
        sync.setRecord(name, undefined);
        sync.setRecord(goneName(id), {});
      });
    }
    for (const [name] of [...port.records(GONE_PREFIX)]) await this.#drop(name.slice(GONE_PREFIX.length));
  }

  /** From a file of this node to all nodes; the file goes. */
  async #shared(blob: BlobId): Promise<BlobId> {
    try {
      // The same bytes may be put twice at a time: the file that was read here may go with the other one.
      while (!(await this.#noted(blob)))
        await this.#upload(blob).catch((error: unknown) => this.#unlessThere(blob, error));
      this.touch(blob.hash);
      return blob;
    } finally {
      await super.remove(blob.hash, 0).catch(() => undefined);
    }
  }

  #unlessThere({ hash }: BlobId, error: unknown): void {
    if (this.#record(hash) === undefined) throw error;
  }

  /** It is there: its time is noted in the journal, behind any removal. @returns false when it is not. */
  #noted({ hash }: BlobId): Promise<boolean> {
    this.requireOpen();
    const port = this.#port;
    if (this.#record(hash) === undefined) return Promise.resolve(false);
    return port.replicate((sync) => {
      const found = this.#record(hash);
      if (found === undefined) return false;
      sync.setRecord(blobName(hash), { ...found, putMs: port.nowMs() });
      return true;
    });
  }

  async #upload(blob: BlobId): Promise<void> {
    const port = this.#port;
    const { hash, size } = blob;
    const id = randomUUID();
    await port.replicate((sync) => sync.setRecord(uploadName(id), { size, beganMs: port.nowMs() }));
    const file = await super.reader(blob);
    for await (const [part, bytes] of encodedParts(file.chunks({ start: 0, end: size }))) {
      this.requireOpen();
      await this.#engine.store(id, part, bytes);
    }
    const outcome = await port.replicate((sync) => {
      if (port.record(uploadName(id)) === undefined) return 'late';
      sync.setRecord(uploadName(id), undefined);
      if (this.#record(hash) !== undefined) {
        sync.setRecord(goneName(id), {});
        return 'twice';
      }
      sync.setRecord(blobName(hash), { id, size, putMs: port.nowMs() });
      return 'kept';
    });
    if (outcome === 'kept') return;
    await this.#drop(id);
    if (outcome === 'late')
      throw blobMissing(
        blob,
        `the upload of the blob ${hash} took longer than ${UPLOAD_MS / 3_600_000} hours, and was taken back`,
      );
  }

  async #drop(id: string): Promise<void> {
    const port = this.#port;
    await this.#engine.drop(id);
    if (port.record(goneName(id)) !== undefined)
      await port.replicate((sync) => sync.setRecord(goneName(id), undefined));
  }

  get #port(): BlobNeeds['port'] {
    return this.#needs!.port;
  }

  #record(hash: string): BlobRecord | undefined {
    return this.#needs?.port.record(blobName(hash)) as BlobRecord | undefined;
  }

  *#records(): Iterable<readonly [string, BlobRecord]> {
    for (const [name, record] of this.#needs?.port.records(BLOB_PREFIX) ?? [])
      yield [name.slice(BLOB_PREFIX.length), record as BlobRecord];
  }
}
