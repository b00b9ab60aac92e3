/**
 * Puts the effects of good frames into the recovery target, in slices that leave the event loop alive.
 */

import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../codec/byte-reader.js';
import { KeptBodies } from '../codec/kept-bodies.js';
import type { CollectionImage } from '../image/image-tables.js';
import { readIndexState } from '../journal/index-state-record.js';
import { RECORD } from '../journal/journal-format.js';
import type { ModelTable } from '../journal/model-table.js';
import type { PageCodec } from '../journal/page-codec.js';
import { readPutRun, type UndecodedTarget } from '../journal/put-run.js';
import { ReplayTally } from '../journal/replay-tally.js';
import {
  type EffectVisitor,
  readEffect,
  readModel,
  readRecordHeader,
  readTransactionHeader,
} from '../journal/transaction-reader.js';
import { SliceClock } from '../scheduling/slice-clock.js';
import type { StoreKey } from '../structures/store-key.js';
import { EvolvedCount } from './evolved-count.js';
import type { FoundFrame } from './page-scanner.js';
import type { RecoveryTarget } from './recovery-target.js';
import type { StoredCollection, StoredDocuments } from './stored-documents.js';
import { UnreadableDocument } from './unreadable-documents.js';

/** Where to stop: before the first transaction with a higher seq, or a later wall clock. */
export interface ReplayLimit {
  readonly seq?: number;
  readonly timeMs?: number;
}

const EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK = 128;

/** Puts of a model whose documents stay bytes. */
interface UndecodedModel {
  readonly modelId: number;
  readonly target: UndecodedTarget;
  readonly evolved: StoredCollection['evolved'];
  readonly collection: string;
}

export class FrameApplier implements EffectVisitor {
  readonly #documents: StoredDocuments;
  readonly #evolved = new EvolvedCount();
  readonly #bodies = new KeptBodies();
  readonly #models: ModelTable;
  readonly #target: RecoveryTarget;
  readonly #clock: SliceClock | undefined;
  #effectCount = 0;
  /** Of the transaction being applied. */
  #writtenMs = 0;
  #isSnapshot = false;
  #undecoded: UndecodedModel | undefined;
  readonly #limit: ReplayLimit | undefined;
  #isFull = false;
  #appliedSeq = 0;
  #appliedMs = 0;
  /** Revision of the document of the effect being applied; 0: it is none. */
  #putRevision = 0;
  /** The part of the pages that was applied. */
  readonly tally = new ReplayTally();

  /** Where what is applied now is counted: that of a delta is not. */
  #counted = this.tally;

  /**
   * @param sliceMs longest slice in milliseconds; undefined: never yields.
   * @param limit undefined: everything is applied.
   */
  constructor(
    documents: StoredDocuments,
    models: ModelTable,
    target: RecoveryTarget,
    sliceMs: number | undefined,
    limit?: ReplayLimit,
  ) {
    this.#limit = limit;
    this.#documents = documents;
    this.#models = models;
    this.#target = target;
    this.#clock = sliceMs === undefined ? undefined : new SliceClock(sliceMs);
  }

  /** A transaction after the limit was met: nothing is applied any more. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Seq of the last transaction applied that was not part of a snapshot; 0 for none. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  /** Its wall clock. */
  get appliedMs(): number {
    return this.#appliedMs;
  }

  /**
   * Applies the transactions of a frame whose seq is above `afterSeq`; models are taken up in any case. O(frame).
   *
   * @returns how many were applied.
   * @throws DatabaseError `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`, `MIGRATION_REQUIRED`, `READER_TOO_OLD`; part of the frame may be applied.
   */
  async apply(frame: FoundFrame, afterSeq: number, codec: PageCodec): Promise<number> {
    this.#isSnapshot = afterSeq < 0;
    this.#counted = this.tally;
    return this.#applyFrame(frame, afterSeq, codec);
  }

  /**
   * As `apply`, of a frame of a delta: all of it is one seq, and its documents take the place of those that are there.
   *
   * @throws DatabaseError as `apply`.
   */
  async applyDelta(frame: FoundFrame, codec: PageCodec): Promise<void> {
    this.#isSnapshot = false;
    this.#counted = new ReplayTally();
    await this.#applyFrame(frame, -1, codec);
  }

  #applyFrame(frame: FoundFrame, afterSeq: number, codec: PageCodec): Promise<number> {
    const decoded = codec.decode(frame.bytes);
    // Documents may be kept as the bytes they are: then these must not be the window of the scanner.
    const isKept = this.#target.undecodedTargetOf !== undefined;
    const isOwn = decoded.buffer !== frame.bytes.buffer;
    const reader = isKept ? this.#bodies.keep(decoded, isOwn) : new ByteReader(decoded);
    return this.#applyBody(reader, frame.header, afterSeq);
  }

  /** The target takes the tables of snapshots. */
  get takesImages(): boolean {
    return this.#target.adoptImage !== undefined;
  }

  /** Documents of the model stay in the file of an image. @throws DatabaseError as `StoredDocuments.collectionOf`. */
  keepsInFile(modelId: number): boolean {
    const { definition, isUnknown, isSameBytes, sameFields } = this.#documents.collectionOf(modelId);
    return !isUnknown && (isSameBytes || sameFields !== undefined) && this.#target.keepsInFile?.(definition) === true;
  }

  /** As `apply`, of a frame of a snapshot whose body was decoded and never changes. */
  applyKept(body: Uint8Array, header: FoundFrame['header']): Promise<number> {
    this.#isSnapshot = true;
    return this.#applyBody(new ByteReader(body), header, -1);
  }

  /** Takes the documents of a collection by its tables. @returns false when they are to be applied. */
  async adopt({ definition, collection, evolved }: StoredCollection, image: CollectionImage): Promise<boolean> {
    if ((await this.#target.adoptImage?.(definition, image)) !== true) return false;
    this.#evolved.inSnapshot(collection, evolved, image.rows.rowCount);
    return true;
  }

  async #applyBody(reader: ByteReader, header: FoundFrame['header'], afterSeq: number): Promise<number> {
    const bodyEnd = reader.end;
    let transactionCount = 0;
    let skippedCount = 0;
    while (reader.remaining > 0) {
      const { kind, end } = readRecordHeader(reader);
      reader.seek(reader.position, end);
      if (kind === RECORD.model) {
        const model = readModel(reader);
        this.#models.add(model);
        this.#documents.add(model);
      } else if (kind === RECORD.transaction) {
        const seq = header.firstSeq + transactionCount++;
        if (seq <= afterSeq) {
          skippedCount++;
          reader.seek(end, bodyEnd);
          continue;
        }
        const { effectCount, timeMs } = readTransactionHeader(reader);
        if (afterSeq >= 0 && this.#isBehindLimit(seq, timeMs)) {
          skippedCount++;
          reader.seek(end, bodyEnd);
          continue;
        }
        this.#writtenMs = timeMs;
        for (let index = 0; index < effectCount; index++) {
          const runCount = this.#applyRun(reader, end, effectCount - index);
          if (runCount > 0) {
            index += runCount - 1;
            if (this.#isSliceOver()) await this.#pause();
            continue;
          }
          const effectAt = reader.position;
          this.#putRevision = 0;
          readEffect(reader, end, this);
          // Effects of a snapshot are not counted: the tally is of what stands after it.
          if (afterSeq >= 0 && this.#putRevision > 0) this.tally.put(this.#putRevision, reader.position - effectAt);
          if (++this.#effectCount % EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK === 0 && this.#isSliceOver())
            await this.#pause();
        }
        if (reader.remaining > 0) throw frameDamage(`${reader.remaining} bytes after the effects of a transaction`);
      } else if (kind === RECORD.indexState && this.#isSnapshot) {
        // The documents that follow may have to be noted.
        this.#undecoded = undefined;
        this.#target.indexState?.(readIndexState(reader));
      }
      reader.seek(end, bodyEnd);
    }
    if (transactionCount !== header.transactionCount) {
      throw frameDamage(`${transactionCount} transactions, expected ${header.transactionCount} by its header`);
    }
    if (this.#isSliceOver()) await this.#pause();
    return transactionCount - skippedCount;
  }

  /** Takes in documents as bytes, as long as they are like the last one that was; none beside unreadable ones. @returns how many. */
  #applyRun(reader: ByteReader, end: number, effectCount: number): number {
    const undecoded = this.#undecoded;
    if (undecoded === undefined || !this.#documents.unreadable.isEmpty) return 0;
    const { modelId, target, evolved, collection } = undecoded;
    const mostCount = Math.min(effectCount, EFFECTS_BETWEEN_LOOKS_AT_THE_CLOCK);
    if (this.#isSnapshot) {
      const count = readPutRun(reader, end, mostCount, modelId, target, undefined);
      this.#evolved.inSnapshot(collection, evolved, count);
      return count;
    }
    // Documents of several models are counted by their keys, which a run does not read.
    if (this.#evolved.isNoting(collection, evolved)) return 0;
    return readPutRun(reader, end, mostCount, modelId, target, this.#counted);
  }

  /** The snapshot that was being applied cannot be read. */
  forgetIndexStates(): void {
    this.#target.forgetIndexStates?.();
  }

  put(
    modelId: number,
    key: StoreKey,
    revision: number,
    expiresAt: number | undefined,
    reader: ByteReader,
    unknownFields: Uint8Array | undefined,
  ): void {
    this.#putRevision = revision;
    const { unknown, unreadable } = this.#documents;
    const stored = this.#documents.collectionOf(modelId);
    const { definition, collection, isUnknown, evolved, readDocument } = stored;
    const isNew = revision === 1 || this.#isSnapshot;
    if (stored.isSameBytes && unknownFields === undefined) {
      const { position, end } = reader;
      const target = this.#target.undecodedTargetOf?.(definition);
      if (target?.recoverUndecoded(key, reader, revision, expiresAt, isNew) === true) {
        this.#countModel(stored, key, isNew);
        unreadable.clear(collection, key);
        this.#undecoded = { modelId, target, evolved, collection };
        return;
      }
      reader.seek(position, end);
    }
    const document = readDocument(reader, unknownFields, this.#writtenMs);
    if (reader.remaining > 0) throw frameDamage(`${reader.remaining} bytes after a document of ${collection}`);
    this.#countModel(stored, key, isNew);
    if (document instanceof UnreadableDocument) unreadable.add(collection, key, document);
    else if (isUnknown) unknown.put({ definition, key, document, revision, expiresAt }, unknownFields);
    else {
      unreadable.clear(collection, key);
      this.#target.put({ definition, key, document, revision, expiresAt }, isNew);
    }
  }

  #countModel({ collection, evolved }: StoredCollection, key: StoreKey, isNew: boolean): void {
    if (this.#isSnapshot) this.#evolved.inSnapshot(collection, evolved, 1);
    else this.#evolved.put(collection, key, evolved, isNew);
  }

  delete(modelId: number, key: StoreKey): void {
    this.#counted.deleteCount++;
    const { definition, collection, isUnknown } = this.#documents.collectionOf(modelId);
    if (isUnknown) this.#documents.unknown.delete(definition, key);
    else {
      this.#documents.unreadable.clear(collection, key);
      this.#evolved.delete(collection, key);
      this.#target.delete(definition, key);
    }
  }

  sequence(modelId: number, value: number): void {
    const { definition, isUnknown } = this.#documents.collectionOf(modelId);
    if (isUnknown) this.#documents.unknown.sequence(definition, value);
    else this.#target.sequence(definition, value);
  }

  /** Transactions of a snapshot are never asked: all of it is one seq. */
  #isBehindLimit(seq: number, timeMs: number): boolean {
    const { seq: lastSeq = Number.POSITIVE_INFINITY, timeMs: lastMs = Number.POSITIVE_INFINITY } = this.#limit ?? {};
    this.#isFull ||= seq > lastSeq || timeMs > lastMs;
    if (this.#isFull) return true;
    this.#appliedSeq = seq;
    this.#appliedMs = timeMs;
    return false;
  }

  #isSliceOver(): boolean {
    return this.#clock?.isOver() === true;
  }

  async #pause(): Promise<void> {
    await this.#clock?.rest();
  }
}

function frameDamage(what: string): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `frame with ${what}`);
}
