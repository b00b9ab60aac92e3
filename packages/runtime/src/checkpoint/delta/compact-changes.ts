/**
 * Compacts by a delta: writes what changed since the newest snapshot, and drops the pages that it stands in for. Costs about as
 * much as what changed, however large the database is. Decision 0049.
 *
 *   journal synced up to seq ─▶ effects of the delta before and of the pages looked at ─▶ the last of each document written ─▶
 *   read back and verified ─▶ manifest ─▶ old files removed
 *
 * The delta before and the pages after it stay, and so do both snapshots with all that leads from one to the other. An error before
 * the manifest's rename changes nothing; one from there on ends the journal.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { STORAGE_DEFINITION } from '../../definition/storage-mark.js';
import { fromHex } from '../../journal/chain.js';
import { deltaBehind } from '../../journal/deltas.js';
import { DELTA_MAGIC, deltaName, SNAPSHOT_MAGIC, snapshotName } from '../../journal/journal-format.js';
import type { DeltaEntry, SnapshotEntry } from '../../journal/manifest.js';
import type { PageHeader } from '../../journal/page-header.js';
import { readDelta } from '../../recovery/delta-replay.js';
import { imageHeader } from '../../recovery/snapshot-reader.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { nowMs } from '../../time/real-time.js';
import type { CompactionInput, CompactionReport } from '../compaction.js';
import {
  endOfPage,
  failed,
  install,
  nextPage,
  removeFiles,
  removeUnfinished,
  verifying,
  withoutFile,
} from '../compaction-steps.js';
import type { DeltaRule } from '../delta-rule.js';
import { GivenUp } from '../given-up.js';
import { Pace } from '../pace.js';
import { writeDelta } from './delta-writer.js';
import { LastEffects, NoDelta } from './last-effects.js';
import { visitStoredEffects } from './stored-effects.js';

export interface ChangesInput
  extends Pick<CompactionInput, 'journal' | 'fileSystem' | 'directory' | 'sliceMs' | 'isGivenUp'> {
  readonly rule: DeltaRule;
  /** All that is on disk and in memory today, as each is written now: whatever else is on the disk takes a whole snapshot. */
  readonly definitions: readonly CollectionDefinition[];
  /** The delta is to be half as long as what it takes the place of, or none is written. */
  readonly mustSave: boolean;
}

/**
 * Compacts by a delta, once. One compaction at a time, as `compact`.
 *
 * @returns undefined, with nothing changed, when a whole snapshot is to be written instead, or nothing.
 * @throws DatabaseError as `compact`; GivenUp.
 */
export async function compactChanges(input: ChangesInput): Promise<CompactionReport | undefined> {
  const { journal, fileSystem, directory } = input;
  const startMs = nowMs();
  const port = journal.checkpointPort;
  port.requireOpen();
  const { snapshot } = port.log.manifest;
  // Memory holds what cannot be read from the disk, here and below: a whole snapshot mends it.
  if (snapshot === null || !(await mayStandOn(input, snapshot).catch(() => false))) return undefined;
  const { seq, covered } = endOfPage(journal, port);
  const before = deltaBehind(port.log.manifest.current);
  if (seq === (before ?? snapshot).seq) return undefined;
  await journal.flush();
  const entry = await makeDelta(input, { snapshot, before, seq });
  if (entry === undefined) return undefined;
  const dropped = await install(journal, seq, covered, () => port.log.manifest.planDelta(entry));
  const leftFiles = await removeFiles(fileSystem, directory, dropped);
  return {
    seq,
    isWhole: false,
    snapshotBytes: entry.byteCount,
    removedFiles: dropped.filter((name) => !leftFiles.includes(name)),
    leftFiles,
    durationMs: nowMs() - startMs,
  };
}

/**
 * Whether documents of the snapshot are written as they would be today, by the same classes, and all files with codec and key of
 * today: else whole snapshots are written until nothing of the old ones is left. I/O: their headers.
 */
async function mayStandOn(input: ChangesInput, snapshot: SnapshotEntry): Promise<boolean> {
  const { journal, rule } = input;
  const { models, log } = journal.checkpointPort;
  const { deltas = [], previousSnapshot, salvaged } = log.manifest.current;
  const hasDetour = deltas.some(({ afterSeq }) => afterSeq > snapshot.seq);
  if (rule.share <= 0 || snapshot.byteCount < rule.leastImageBytes || hasDetour || salvaged.length > 0) return false;
  if (log.backlog.untabledBytes > 0) return false;
  const header = await currentHeader(input, snapshotName(snapshot.number), SNAPSHOT_MAGIC);
  // Marks of switched collections stand in the snapshot, and in no delta: they say what of a journal before them counts.
  const today = new Set([STORAGE_DEFINITION, ...input.definitions].map((definition) => models.idOf(definition)));
  if (header === undefined || !header.models.every(({ modelId }) => today.has(modelId))) return false;
  const others: readonly (readonly [string, number])[] = [
    ...(previousSnapshot === null ? [] : [[snapshotName(previousSnapshot.number), SNAPSHOT_MAGIC] as const]),
    ...deltas.map(({ number }) => [deltaName(number), DELTA_MAGIC] as const),
  ];
  for (const [name, magic] of others) if ((await currentHeader(input, name, magic)) === undefined) return false;
  return true;
}

/** The header of a file whose codec and key are those of today; undefined for others. */
async function currentHeader(
  { journal, fileSystem, directory }: ChangesInput,
  name: string,
  magic: number,
): Promise<PageHeader | undefined> {
  const { codecs, identity } = journal.checkpointPort.log;
  const header = await imageHeader(fileSystem, `${directory}/${name}`, magic);
  if (header === undefined) return undefined;
  const codec = await codecs.begin(fromHex(identity.uuid), header.pageNumber, magic);
  const isCurrent = header.codecId === codec.codecId && header.encryption?.keyId === codec.encryption?.keyId;
  return isCurrent ? header : undefined;
}

interface DeltaPlace {
  readonly snapshot: SnapshotEntry;
  readonly before: DeltaEntry | undefined;
  readonly seq: number;
}

/** Writes the file and reads it back; undefined, and no file is left, when it is not worth it or the pages cannot be read. */
async function makeDelta(input: ChangesInput, place: DeltaPlace): Promise<DeltaEntry | undefined> {
  const { journal, fileSystem, directory, rule, definitions, mustSave } = input;
  const { snapshot, before, seq } = place;
  const { models, log } = journal.checkpointPort;
  const { identity, codecs } = log;
  const number = log.manifest.nextSnapshotNumber;
  const file = `${directory}/${deltaName(number)}`;
  const pace = new Pace(input.sliceMs ?? SLICE_MS.writing, () => journal.isBusy, input.isGivenUp);
  const replacedBytes = log.backlog.byteCount + (before?.byteCount ?? 0);
  const mostBytes = Math.min(rule.share * snapshot.byteCount, mustSave ? replacedBytes / 2 : Number.POSITIVE_INFINITY);
  const modelIds = new Set(definitions.map((definition) => models.idOf(definition)));
  const last = new LastEffects((modelId) => modelIds.has(modelId), mostBytes);
  try {
    await removeUnfinished(fileSystem, file);
    await nextPage(journal);
    const effects = {
      ...{ fileSystem, directory, codecs, seq, pace, delta: before, uuid: identity.uuid },
      pages: log.manifest.pages,
      afterSeq: (before ?? snapshot).seq,
    };
    await visitStoredEffects(effects, last).catch((error: unknown) => {
      const isOurs = error instanceof GivenUp || error instanceof NoDelta;
      throw isOurs ? error : new NoDelta('what it is made of cannot be read');
    });
    const timeMs = log.clock.now();
    const fromMs = before?.fromMs ?? log.backlog.fromMs ?? timeMs;
    const entry = await writeDelta({ ...effects, identity, number, sinceSeq: snapshot.seq, timeMs, fromMs, last });
    await readDelta(fileSystem, directory, identity.uuid, entry, { codecs }, verifying(pace));
    return entry;
  } catch (error) {
    const cause = await withoutFile(fileSystem, file, failed(file, error));
    if (cause instanceof NoDelta || DatabaseError.is(cause, 'JOURNAL_DAMAGED')) return undefined;
    throw cause;
  }
}
