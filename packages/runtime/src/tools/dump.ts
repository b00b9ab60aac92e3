/**
 * A database as lines of JSON, and the ground of `import`: what a directory holds, read without the user's code.
 *
 *   dump := header model* (blob bytes*)* sequence* document* end      one JSON object per line
 *
 *   {"nuthatch":"dump","version":1,"uuid":…,"lastSeq":…,"migrations":[…]?}   ids of those that have run
 *   {"model":1,"fingerprint":…,"definition":{…}}                 the document model, as pages hold it
 *   {"blob":"9f86…","size":4}, {"bytes":"dGVzdA=="}              a blob that documents refer to, up to 1 MiB a line
 *   {"sequence":12,"model":1}                                    the highest number given out
 *   {"collection":"player","model":1,"key":"p1","revision":3,"expiresAt":…?,"document":{…},"kept":…?}
 *   {"end":{"documents":1}}                                      a dump without it was cut
 *
 * Values: json-values.ts. Keys: text and numbers as they are, a bigint as {"bigint":"12"}. `kept`: fields that the
 * document's own model does not know, in base64.
 */
import { canonicalText } from '@nuthatch/model';
import { BlobReader } from '../blobs/blob-reader.js';
import { hashesIn } from '../blobs/hashes-in.js';
import { listBlobs } from '../blobs/list-blobs.js';
import { keptFieldsOf } from '../codec/kept-fields.js';
import { blobFinder } from '../definition/blob-references.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { RELEASES_COLLECTION } from '../definition/release-records.js';
import { type JsonValues, jsonValues } from '../document/json-values.js';
import type { FileSystem } from '../file-system/file-system.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { type GivenNumber, KeepingTarget } from '../recovery/keeping-target.js';
import { type DirectoryReport, readDirectory } from '../recovery/read-directory.js';
import type { RecoveryProgress } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';
import type { StoreKey } from '../structures/store-key.js';
import { wantedDocuments } from './wanted-documents.js';

export const DUMP_VERSION = 1;

export interface DumpInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Keys of encrypted files. */
  readonly codecs?: PageCodecs;
  /** Collections to write, with their releases; default: all. */
  readonly collections?: readonly string[];
  /** Told now and then how far the reading has come, which ends before the first line. */
  readonly onProgress?: (progress: RecoveryProgress) => void;
}

/**
 * The lines, without line ends. Reads the directory whole before the first; memory: all documents. Takes no lock: of a
 * database in use it is the state at some moment while it reads.
 *
 * @throws DatabaseError `JOURNAL_DAMAGED`, `DIRECTORY_UNUSABLE`, `FORMAT_UNSUPPORTED`.
 */
export async function* dumpDirectory(input: DumpInput): AsyncGenerator<string, void> {
  const { state, report } = await readState(input);
  const documents = wantedDocuments(state.documents(), input.collections);
  const sequences = [...state.sequences()].filter(
    ({ definition }) => input.collections?.includes(definition.model.collection) ?? true,
  );
  const { lastSeq } = report;
  const { uuid, migrations } = report.manifest;
  yield* dumpLines({ uuid, lastSeq, migrations }, documents, sequences, () => blobLines(input, uuid, documents));
}

/** What a dump says of the database that it is of. */
export interface DumpedDatabase {
  readonly uuid: string;
  readonly lastSeq: number;
  /** Ids of those that have run. */
  readonly migrations?: readonly string[] | undefined;
}

/** The lines of a dump with these documents, without line ends. O(documents). @param blobs the lines of files. */
export async function* dumpLines(
  { uuid, lastSeq, migrations }: DumpedDatabase,
  documents: readonly StoredDocument[],
  sequences: readonly GivenNumber[],
  blobs: () => AsyncIterable<string> | Iterable<string> = () => [],
): AsyncGenerator<string, void> {
  yield JSON.stringify({ nuthatch: 'dump', version: DUMP_VERSION, uuid, lastSeq, migrations });
  const models = new Map<CollectionDefinition, { readonly number: number; readonly values: JsonValues }>();
  const used = [...sequences, ...documents].map(({ definition }) => definition);
  for (const definition of new Set(used)) {
    const number = models.size + 1;
    const { model, fingerprint } = definition;
    models.set(definition, { number, values: jsonValues({ kind: 'object', fields: model.fields }) });
    yield JSON.stringify({ model: number, fingerprint, definition: JSON.parse(canonicalText(model)) });
  }
  yield* blobs();
  for (const { definition, value } of sequences)
    yield JSON.stringify({ sequence: value, model: models.get(definition)!.number });
  let documentCount = 0;
  for (const { definition, key, document, revision, expiresAt } of documents) {
    const model = models.get(definition)!;
    const kept = keptFieldsOf(document);
    documentCount++;
    yield JSON.stringify({
      collection: definition.model.collection,
      ...{ model: model.number, key: keyToJson(key), revision, expiresAt },
      document: model.values.toJson(document),
      kept: kept && Buffer.from(kept.bytes).toString('base64'),
    });
  }
  yield JSON.stringify({ end: { documents: documentCount } });
}

/**
 * All blobs; of a part of the collections, those that the documents and their releases refer to. Those that are not there (in a replica) are
 * left out.
 */
async function* blobLines(
  { fileSystem, directory, collections, codecs = PLAIN_CODECS }: DumpInput,
  uuid: string,
  documents: readonly StoredDocument[],
): AsyncGenerator<string, void> {
  const wanted = new Set(collections === undefined ? [] : documents.flatMap(hashesOf));
  const { blobs } = await listBlobs(fileSystem, directory);
  for (const blob of blobs.filter(({ hash }) => collections === undefined || wanted.has(hash))) {
    yield JSON.stringify({ blob: blob.hash, size: blob.size });
    const reader = await BlobReader.open({ fileSystem, directory, uuid, codecs }, blob);
    for await (const bytes of reader.chunks({ start: 0, end: blob.size }))
      yield JSON.stringify({ bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') });
  }
}

/** Releases refer to blobs within bytes. */
function hashesOf({ definition, document }: StoredDocument): readonly string[] {
  if (definition.model.collection === RELEASES_COLLECTION) return [...hashesIn(document)];
  return (blobFinder(definition.model)?.(document) ?? []).map(({ hash }) => hash);
}

function readState({
  fileSystem,
  directory,
  codecs,
  onProgress,
}: DumpInput): Promise<{ state: KeepingTarget; report: DirectoryReport }> {
  return readSteadily(async () => {
    const state = new KeepingTarget();
    const place = { fileSystem, directory, ...(codecs && { codecs }), ...(onProgress && { onProgress }) };
    const report = await readDirectory({ ...place, mode: 'refuse', target: state, isLocking: false });
    return { state, report };
  });
}

/** A key as JSON, which has no form for some. */
export function keyToJson(key: StoreKey): unknown {
  if (typeof key === 'bigint') return { bigint: String(key) };
  if (typeof key === 'number' && (!Number.isFinite(key) || Object.is(key, -0)))
    return { number: Object.is(key, -0) ? '-0' : String(key) };
  return key;
}
