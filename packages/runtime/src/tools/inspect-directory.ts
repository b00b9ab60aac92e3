/**
 * The parts of a directory, read without the user's code and without a lock: pages, snapshots, frames, models,
 * commands.
 */

import { listBlobs } from '../blobs/list-blobs.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { documentSizer } from '../document/document-bytes.js';
import type { FileSystem } from '../file-system/file-system.js';
import { pagesSince } from '../journal/deltas.js';
import type { DeltaEntry, PageEntry, SnapshotEntry } from '../journal/manifest.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { JournalReader } from '../recovery/journal-reader.js';
import { LastState } from '../recovery/last-state.js';
import { type FrameSummary, readPages, requireDatabase } from '../recovery/read-directory.js';
import type { LostRange, RecoveryTarget } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { StoredDocuments } from '../recovery/stored-documents.js';
import type { StoreKey } from '../structures/store-key.js';

export interface InspectInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Keys of encrypted files; without them their documents are not counted. */
  readonly codecs?: PageCodecs;
}

export interface InspectedModel {
  readonly collection: string;
  readonly fingerprint: string;
  readonly fieldNames: readonly string[];
  readonly indexNames: readonly string[];
  /** Documents now in the collection that were written with this model. */
  readonly documentCount: number;
  /** About how much memory those documents take when they are decoded, indexes left out: an estimate from above. */
  readonly documentBytes: number;
}

export interface InspectReport {
  readonly uuid: string;
  readonly incarnation: number;
  readonly epoch: number;
  /** Closed properly. False: a process has it open, or had when it ended. */
  readonly isClosed: boolean;
  readonly lastSeq: number;
  /** Changes after this seq can be read back, and states restored. */
  readonly oldestSeq: number;
  readonly diskBytes: number;
  readonly cutBytes: number;
  /** Encrypted frames that were not read, since their key was not given: their documents are not counted. */
  readonly undecodedFrameCount: number;
  readonly snapshots: readonly SnapshotEntry[];
  /** Each stands in for the transactions after its `afterSeq` up to its `seq`. */
  readonly deltas: readonly DeltaEntry[];
  readonly pages: readonly PageEntry[];
  readonly blobCount: number;
  readonly blobBytes: number;
  readonly models: readonly InspectedModel[];
  /** Those that an opening replays. */
  readonly frames: readonly FrameSummary[];
  readonly damage: readonly LostRange[];
}

/**
 * Inspects. I/O: as an opening; memory: all keys, and a line per frame.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `FORMAT_UNSUPPORTED`.
 */
export async function inspectDirectory(input: InspectInput): Promise<InspectReport> {
  await requireDatabase(input.fileSystem, input.directory);
  return readSteadily(
    () => inspectOnce(input),
    ({ damage }) => damage,
  );
}

async function inspectOnce(input: InspectInput): Promise<InspectReport> {
  const frames: FrameSummary[] = [];
  const target = new CountingTarget();
  const { report } = await readPages({ ...input, target, mayLackKeys: true, onFrame: (frame) => frames.push(frame) });
  const { manifest, lastSeq, diskBytes, cutBytes, undecodedFrameCount } = report;
  const { uuid, incarnation, epoch, pages } = manifest;
  const { blobs } = await listBlobs(input.fileSystem, input.directory);
  return {
    ...{ uuid, incarnation, epoch, lastSeq, diskBytes, cutBytes, undecodedFrameCount, pages, frames },
    isClosed: manifest.clean !== undefined,
    oldestSeq: pagesSince(pages),
    snapshots: [manifest.snapshot, manifest.previousSnapshot].filter((entry) => entry !== null),
    deltas: manifest.deltas ?? [],
    blobCount: blobs.length,
    blobBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    models: target.models(),
    damage: [...report.damagedSnapshots, ...report.lost],
  };
}

/** A transaction of the audit trail, without its documents. */
export interface InspectedTransaction {
  readonly seq: number;
  readonly timeMs: number;
  readonly origin: string;
  readonly command?: { readonly name: string; readonly argumentsJson: string };
  readonly putCount: number;
  readonly deleteCount: number;
  readonly collections: readonly string[];
}

/**
 * The transactions that the pages still hold, in order: what happened when, and by which command. I/O: the pages.
 *
 * @throws DatabaseError as `inspectDirectory`, `CHANGES_GONE` when compaction takes a page away meanwhile.
 */
export async function* auditTrail(input: InspectInput): AsyncGenerator<InspectedTransaction, void> {
  const { fileSystem, directory } = input;
  const { report } = await readSteadily(() => readPages(input));
  const { manifest, lastSeq } = report;
  const documents = new StoredDocuments([], { define: storedDefinition });
  const reader = new JournalReader(fileSystem, directory, manifest.uuid, documents, input.codecs ?? PLAIN_CODECS);
  for await (const { seq, timeMs, origin = 'live', command, effects } of reader.read(manifest.pages, 0, lastSeq)) {
    const collections = [...new Set(effects.map(({ definition }) => definition.model.collection))];
    const putCount = effects.filter(({ kind }) => kind === 'put').length;
    const deleteCount = effects.filter(({ kind }) => kind === 'delete').length;
    yield { seq, timeMs, origin, ...(command ? { command } : {}), putCount, deleteCount, collections };
  }
}

/** One document: its model, and about how much memory it takes. */
interface Counted {
  readonly definition: CollectionDefinition;
  readonly bytes: number;
}

/** Which keys there are, and the model and size of each. */
class CountingTarget implements RecoveryTarget {
  readonly #state = new LastState<Counted>();
  readonly #sizers = new Map<CollectionDefinition, (document: object) => number>();

  put(stored: StoredDocument): void {
    const { definition, document } = stored;
    let bytesOf = this.#sizers.get(definition);
    if (bytesOf === undefined) {
      bytesOf = documentSizer(definition.model);
      this.#sizers.set(definition, bytesOf);
    }
    this.#state.put(stored, { definition, bytes: bytesOf(document) });
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#state.delete(definition, key);
  }

  sequence(): void {}

  finish(): void {}

  /** Every model that was met, those without documents too. O(documents). */
  models(): readonly InspectedModel[] {
    const tallies = new Map([...this.#sizers.keys()].map((each) => [each, { documentCount: 0, documentBytes: 0 }]));
    for (const [, documents] of this.#state.collections())
      for (const { definition, bytes } of documents.values()) {
        const tally = tallies.get(definition)!;
        tally.documentCount++;
        tally.documentBytes += bytes;
      }
    return Array.from(tallies, ([{ model, fingerprint }, tally]) => ({
      collection: model.collection,
      fingerprint,
      fieldNames: model.fields.map(({ name }) => name),
      indexNames: model.indexes.map(({ name }) => name),
      ...tally,
    }));
  }
}
