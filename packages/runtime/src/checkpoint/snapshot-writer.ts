/**
 * Writes a view as a snapshot file: a header like a page's, then frames of puts, and after those of each collection its
 * tables. Format: docs/journal-format.md.
 *
 * Works in slices, so that the event loop is never held up for long (pace.ts). A crash leaves a file no manifest
 * names, which the next open removes.
 */
import type { ByteWriter } from '../codec/byte-writer.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { Effect, PutEffect } from '../journal/effect.js';
import { EffectBatch } from '../journal/effect-batch.js';
import { writeIndexState } from '../journal/index-state-record.js';
import {
  FRAME_HEADER_BYTES,
  PAGE_CODEC,
  RECORD,
  SNAPSHOT_FORMAT_VERSION,
  SNAPSHOT_FRAME,
  SNAPSHOT_MAGIC,
  snapshotName,
} from '../journal/journal-format.js';
import type { Manifest, SnapshotEntry } from '../journal/manifest.js';
import type { ModelTable } from '../journal/model-table.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { writeTransaction } from '../journal/transaction-writer.js';
import type { ColdFrame } from '../recovery/tables/cold-file.js';
import type { Steps } from '../scheduling/steps.js';
import { FRAME_BYTES, type ImageFile, writingImageFile } from './image-file.js';
import type { Pace } from './pace.js';
import type { SnapshotIndexState, SnapshotView } from './snapshot-source.js';
import { CollectionTables, type FinishedTables } from './tables/collection-tables.js';
import type { TableArray } from './tables/table-set.js';
import type { WrittenCold } from './written-cold.js';

/** Length of a frame of cold documents in a file that is compressed or encrypted; of others see image-file.ts. */
const CODED_FRAME_BYTES = 32 * 1024;
/** Bytes of a table in one record. */
const TABLE_PART_BYTES = 128 * 1024;
const EFFECTS_PER_TRANSACTION = 256;
/** Large documents are fewer: a transaction is held whole, as effects and as bytes. */
const TRANSACTION_BYTES = 1024 * 1024;
export interface SnapshotInput {
  readonly fileSystem: Pick<FileSystem, 'open' | 'syncDirectory'>;
  readonly directory: string;
  readonly identity: Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'>;
  readonly codecs: PageCodecs;
  readonly models: ModelTable;
  readonly view: SnapshotView;
  readonly snapshotNumber: number;
  /** The view is the state after this transaction. */
  readonly seq: number;
  readonly pace: Pace;
  /** Not before the time of any transaction in it; default: the machine's clock. */
  readonly timeMs?: number;
  /** Default: as snapshots are called. */
  readonly fileName?: string;
}

/** A snapshot that was written. */
export interface WrittenSnapshot {
  readonly entry: SnapshotEntry;
  /** Cold collections whose documents can be read from the file. */
  readonly cold: readonly WrittenCold[];
}

/** Writes the file, synced, and returns its entry for the manifest. I/O: the whole state, once. Errors are Node's. */
export async function writeSnapshot(input: SnapshotInput): Promise<SnapshotEntry> {
  return (await writeWhole(input)).entry;
}

/** As `writeSnapshot`, and says where cold documents are. */
export async function writeWhole(input: SnapshotInput): Promise<WrittenSnapshot> {
  const { fileSystem, directory, codecs, identity, snapshotNumber: number, seq, pace } = input;
  const { fileName = snapshotName(number), timeMs = Date.now() } = input;
  const form = { magic: SNAPSHOT_MAGIC, formatVersion: SNAPSHOT_FORMAT_VERSION };
  const place = { identity, ...form, number, seq, afterSeq: seq, timeMs, pace };
  return writingImageFile({ fileSystem, directory, fileName, codecs, place }, (file) =>
    new SnapshotWriter(input, file, timeMs).write(),
  );
}

class SnapshotWriter {
  readonly #input: SnapshotInput;
  readonly #file: ImageFile;
  readonly #writer: ByteWriter;
  readonly #timeMs: number;
  readonly #effects = new EffectBatch(EFFECTS_PER_TRANSACTION, TRANSACTION_BYTES);
  #transactionCount = 0;
  /** Frames of documents, and the length of their bodies, before the collection that is being written. */
  #documentFrameCount = 0;
  /** Length of the bodies since then. */
  #bodyBytes = 0;
  #collection: { readonly definition: CollectionDefinition; readonly firstFrame: number } | undefined;
  #tables: CollectionTables | undefined;
  /** Frames of the collection that is being written, if it is cold. */
  #coldFrames: ColdFrame[] | undefined;
  readonly #cold: WrittenCold[] = [];
  /** Where the effects of a transaction begin. */
  readonly #starts: number[] = [];
  /** Where tables begin, and what follows them. */
  readonly #parts: number[] = [];

  constructor(input: SnapshotInput, file: ImageFile, timeMs: number) {
    this.#input = input;
    this.#file = file;
    this.#writer = file.writer;
    this.#timeMs = timeMs;
  }

  async write(): Promise<WrittenSnapshot> {
    const { view, models } = this.#input;
    await this.#file.writeHeader(view.definitions.map((definition) => models.entryOf(definition)));
    for (const { definition, value } of view.sequences()) await this.#add({ kind: 'sequence', definition, value });
    for (const document of view.documents()) {
      if (document.definition !== this.#collection?.definition) await this.#beginCollection(document.definition);
      await this.#add(putOf(document));
    }
    await this.#endCollection();
    for (const state of view.indexStates?.() ?? []) await this.#addIndexState(state);
    const entry = { ...(await this.#file.end()), ...(this.#parts.length > 0 && { parts: this.#parts }) };
    return { entry, cold: this.#cold };
  }

  /** Its documents begin in a frame of their own: so its tables can stand for whole frames. */
  async #beginCollection(definition: CollectionDefinition): Promise<void> {
    await this.#endCollection();
    this.#collection = { definition, firstFrame: this.#documentFrameCount };
    this.#bodyBytes = 0;
    const source = this.#input.view.tablesOf?.(definition);
    this.#tables = source && new CollectionTables(definition, source, this.#file.crcSeed);
    if (source?.isCold !== true) return;
    // Said before the documents: an opening passes over them.
    this.#coldFrames = [];
    this.#writer.byte(RECORD.coldDocuments);
    const lengthAt = this.#writer.skip(4);
    this.#writer.varint(this.#input.models.entryOf(definition).modelId);
    this.#writer.uint32At(lengthAt, this.#writer.position - lengthAt - 4);
    await this.#endFrame(SNAPSHOT_FRAME.tables);
    // Nobody is to read on into the documents.
    this.#parts.push(this.#file.offset);
  }

  async #endCollection(): Promise<void> {
    this.#endTransaction();
    if (this.#transactionCount > 0) await this.#endFrame();
    const [tables, collection, frames] = [this.#tables, this.#collection, this.#coldFrames];
    this.#coldFrames = undefined;
    this.#tables = undefined;
    this.#collection = undefined;
    if (this.#input.view.tablesOf === undefined || collection === undefined) return;
    const finished = tables && (await this.#inSlices(tables.finishing(this.#bodyBytes)));
    if (finished !== undefined) {
      const { definition } = collection;
      if (finished.cold !== undefined) this.#cold.push({ definition, rows: finished.cold, frames: frames! });
      return this.#writeTables(collection, finished);
    }
    // Said, so that nobody takes it for the work of a tool and writes it again and again.
    await this.#writeDescription({
      modelId: this.#input.models.entryOf(collection.definition).modelId,
      isWithout: true,
    });
  }

  async #writeDescription(description: object): Promise<void> {
    const json = Buffer.from(JSON.stringify(description), 'utf8');
    this.#writer.byte(RECORD.collectionTables);
    this.#writer.uint32(json.length);
    this.#writer.raw(json);
    await this.#endFrame(SNAPSHOT_FRAME.tables);
  }

  async #inSlices<Result>(steps: Steps<Result>): Promise<Result> {
    const { pace } = this.#input;
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (pace.isOver) await pace.pause();
    }
  }

  async #writeTables(
    { definition, firstFrame }: { readonly definition: CollectionDefinition; readonly firstFrame: number },
    { set, description }: FinishedTables,
  ): Promise<void> {
    this.#parts.push(this.#file.offset);
    for (const [number, array] of set.arrays.entries()) await this.#writeTable(number, array);
    const { modelId } = this.#input.models.entryOf(definition);
    const place = {
      modelId,
      firstFrame,
      frameCount: this.#documentFrameCount - firstFrame,
      bodyBytes: this.#bodyBytes,
    };
    await this.#writeDescription({ ...place, ...description });
    this.#parts.push(this.#file.offset);
  }

  async #writeTable(number: number, array: TableArray): Promise<void> {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let from = 0; from < bytes.length; from += TABLE_PART_BYTES) {
      const part = bytes.subarray(from, from + TABLE_PART_BYTES);
      this.#writer.byte(RECORD.tableBytes);
      const lengthAt = this.#writer.skip(4);
      this.#writer.varint(number);
      this.#writer.raw(part);
      this.#writer.uint32At(lengthAt, this.#writer.position - lengthAt - 4);
      if (this.#writer.position >= FRAME_BYTES) await this.#endFrame(SNAPSHOT_FRAME.tables);
      if (this.#input.pace.isOver) await this.#input.pace.pause();
    }
  }

  /** A frame that is compressed or encrypted is read whole for one cold document of it. */
  get #frameBytes(): number {
    return this.#coldFrames !== undefined && this.#file.codec.codecId !== PAGE_CODEC.plain
      ? CODED_FRAME_BYTES
      : FRAME_BYTES;
  }

  async #add(effect: Effect): Promise<void> {
    if (!this.#effects.add(effect)) return;
    this.#endTransaction();
    if (this.#input.pace.isOver) await this.#input.pace.pause();
    if (this.#writer.position >= this.#frameBytes) await this.#endFrame();
  }

  /** Each piece in a frame of its own. It holds a transaction too, without effects: a frame without one is the end. */
  async #addIndexState({ collection, index, version, steps, take }: SnapshotIndexState): Promise<void> {
    const { pace, models } = this.#input;
    let part = 0;
    let bytes: Uint8Array | undefined;
    const end = async (isLast: boolean): Promise<void> => {
      if (bytes === undefined) return;
      writeTransaction(this.#writer, { timeMs: this.#timeMs, effects: [] }, models, Number.MAX_SAFE_INTEGER);
      this.#transactionCount++;
      writeIndexState(this.#writer, { collection, index, version, part: part++, isLast, bytes });
      await this.#endFrame();
    };
    for (;;) {
      const isDone = steps.next().done === true;
      for (let next = take(); next !== undefined; next = take()) {
        await end(false);
        bytes = next;
      }
      if (isDone) return end(true);
      if (pace.isOver) await pace.pause();
    }
  }

  #endTransaction(): void {
    const effects = this.#effects.take();
    if (effects.length === 0) return;
    const transaction = { timeMs: this.#timeMs, effects };
    const starts = this.#starts;
    writeTransaction(this.#writer, transaction, this.#input.models, Number.MAX_SAFE_INTEGER, undefined, starts);
    this.#transactionCount++;
    const tables = this.#tables;
    if (tables === undefined || tables.isGivenUp) return;
    const bytes = this.#coldFrames === undefined ? undefined : this.#writer.finish();
    for (const [index, effect] of effects.entries()) {
      const start = starts[index]!;
      const put = bytes?.subarray(start, index + 1 < effects.length ? starts[index + 1] : bytes.length);
      if (effect.kind === 'put') tables.add(effect, this.#bodyBytes + start - FRAME_HEADER_BYTES, put);
    }
  }

  async #endFrame(snapshotFrame: number = SNAPSHOT_FRAME.documents): Promise<void> {
    const file = this.#file;
    const { offset, bodyBytes } = file;
    const transactionCount = this.#transactionCount;
    this.#transactionCount = 0;
    if (snapshotFrame !== SNAPSHOT_FRAME.documents) {
      await file.endFrame(transactionCount, snapshotFrame);
      return;
    }
    this.#documentFrameCount++;
    this.#bodyBytes += bodyBytes;
    const frameBytes = await file.endFrame(transactionCount, snapshotFrame);
    this.#coldFrames?.push({ offset, frameBytes, bodyBytes, chain: file.chain });
  }
}

function putOf(entry: StoredDocument | PutEffect): PutEffect {
  if ('kind' in entry) return entry;
  const { definition, key, document, encoded, revision, expiresAt } = entry;
  return { kind: 'put', definition, key, document, encoded, revision, expiresAt };
}
