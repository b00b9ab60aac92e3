/**
 * The finished parts of a migration, in the directory beside the data: a run after a kill goes on from there.
 *
 *   migration-0000000001.nut.tmp    a part: the changed documents of so many stored ones, in a snapshot's form
 *   migration-note.nut.tmp          which parts there are, and what they were made of and by
 *
 * A part counts once the note names it, with length and chain. The note is of one state of the data (uuid, incarnation,
 * seq and chain of the journal) and of one plan (migrations with their code, classes, target): with any other nothing
 * of it is used. Any other opening of the directory removes all of it, like all temporary files; so does damage to it.
 */

import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { Pace } from '../checkpoint/pace.js';
import { writeSnapshot } from '../checkpoint/snapshot-writer.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { directoryError } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { isOfMigration, MIGRATION_NOTE_NAME, migrationPartName, TEMPORARY_SUFFIX } from '../journal/journal-format.js';
import type { Manifest, SnapshotEntry } from '../journal/manifest.js';
import { ModelTable } from '../journal/model-table.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { FrameApplier } from '../recovery/frame-applier.js';
import { KeepingTarget } from '../recovery/keeping-target.js';
import { readSnapshot, type SnapshotVisitor } from '../recovery/snapshot-reader.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { StoredDocuments } from '../recovery/stored-documents.js';
import { SLICE_MS } from '../scheduling/slice-clock.js';
import { type MigrationNote, readNote, writeNote } from './migration-note.js';

const STAGED_NOTE_NAME = `migration-next${TEMPORARY_SUFFIX}`;

export interface PartsPlace {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly codecs: PageCodecs;
  readonly identity: Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'>;
  /** Of the journal's last transaction. */
  readonly lastSeq: number;
  /** Running hash of the journal up to there, in hexadecimal: the state of the data. */
  readonly chain: string;
}

export interface ReadPart {
  readonly changed: readonly StoredDocument[];
  readonly unchanged: readonly StoredDocument[];
}

/**
 * Why finished parts were not taken over: the data has changed; migrations, classes or the target have; what the
 * migrations call does something else; a part is damaged.
 */
export type RestartReason = 'data' | 'plan' | 'code' | 'damage';

export class MigrationParts {
  /** Set when something was there that is made again. */
  restarted: RestartReason | undefined;
  readonly #place: PartsPlace;
  #note: MigrationNote;

  private constructor(place: PartsPlace, note: MigrationNote) {
    this.#place = place;
    this.#note = note;
  }

  /**
   * Takes up what an earlier run of the same plan over the same data has left; else begins again. I/O: the note.
   *
   * @param fresh of a run that begins again.
   */
  static async open(
    place: PartsPlace,
    fresh: Pick<MigrationNote, 'plan' | 'nowMs' | 'documentsPerPart'>,
  ): Promise<MigrationParts> {
    const { uuid, incarnation } = place.identity;
    const source = `${uuid} ${incarnation} ${place.lastSeq} ${place.chain}`;
    const found = await readNote(place.fileSystem, `${place.directory}/${MIGRATION_NOTE_NAME}`);
    const isSame = found?.source === source && found.plan === fresh.plan;
    const parts = new MigrationParts(place, isSame ? found : { ...fresh, source, parts: [] });
    if (isSame) return parts;
    await parts.remove();
    if (found !== undefined) parts.restarted = found.source === source ? 'plan' : 'data';
    return parts;
  }

  get nowMs(): number {
    return this.#note.nowMs;
  }

  get documentsPerPart(): number {
    return this.#note.documentsPerPart;
  }

  get count(): number {
    return this.#note.parts.length;
  }

  /**
   * A finished part. I/O: the part, once.
   *
   * @param stored the documents it is to be of.
   * @returns changed documents and those that stayed as they were; undefined when there is no such part, it is of others,
   *   or it is damaged: then it is to be made again.
   */
  async read(
    index: number,
    stored: readonly StoredDocument[],
    definitions: readonly CollectionDefinition[],
  ): Promise<ReadPart | undefined> {
    const part = this.#note.parts[index];
    if (part === undefined || part.source !== sourceOf(stored)) return undefined;
    const unchanged = part.unchanged.flatMap(([first, count]) => stored.slice(first, first + count));
    if (part.snapshot === null) return { changed: [], unchanged };
    const { fileSystem, directory, codecs, identity } = this.#place;
    const models = new ModelTable();
    const documents = new StoredDocuments(definitions, { define: storedDefinition });
    const target = new KeepingTarget();
    const applier = new FrameApplier(documents, models, target, SLICE_MS.offline);
    const visitor: SnapshotVisitor = {
      model: (model) => {
        models.add(model);
        documents.add(model);
      },
      frame: async (frame, codec) => {
        if (codec !== undefined) await applier.apply(frame, -1, codec);
      },
    };
    const name = migrationPartName(part.snapshot.number);
    try {
      await readSnapshot(fileSystem, directory, identity.uuid, part.snapshot, { codecs }, visitor, name);
    } catch (error) {
      // It was only made to save time.
      if (DatabaseError.is(error, 'JOURNAL_DAMAGED')) return undefined;
      throw error;
    }
    return { changed: [...target.documents()], unchanged };
  }

  /** Gives up the part at `index` and all after it, for a reason. */
  cut(index: number, reason: RestartReason): void {
    if (index >= this.count) return;
    this.restarted = reason;
    this.#note = { ...this.#note, parts: this.#note.parts.slice(0, index) };
  }

  /**
   * Adds the next part. I/O: the part and the note, synced. A kill in between leaves a part that nothing names.
   *
   * @param finished what became of the stored ones.
   */
  async add(stored: readonly StoredDocument[], finished: readonly StoredDocument[]): Promise<void> {
    const known = new Set(stored.map(({ document }) => document));
    const changed = finished.filter(({ document }) => !known.has(document));
    const kept = new Set(finished.map(({ document }) => document));
    const unchanged = rangesOf(stored.map(({ document }) => kept.has(document)));
    const { fileSystem, directory } = this.#place;
    try {
      const snapshot = changed.length === 0 ? null : await this.#write(changed);
      const part = { source: sourceOf(stored), unchanged, snapshot };
      this.#note = { ...this.#note, parts: [...this.#note.parts, part] };
      await writeNote(fileSystem, directory, STAGED_NOTE_NAME, MIGRATION_NOTE_NAME, this.#note);
    } catch (error) {
      throw directoryError(error, directory);
    }
  }

  /** Removes the note first: parts without it are nothing. */
  async remove(): Promise<void> {
    const { fileSystem, directory } = this.#place;
    const names = (await fileSystem.list(directory)).filter(isOfMigration);
    const ordered = [...names].sort((a, b) => Number(b === MIGRATION_NOTE_NAME) - Number(a === MIGRATION_NOTE_NAME));
    for (const name of ordered) await fileSystem.remove(`${directory}/${name}`);
    this.#note = { ...this.#note, parts: [] };
  }

  async #write(changed: readonly StoredDocument[]): Promise<SnapshotEntry> {
    const { fileSystem, directory, codecs, identity, lastSeq: seq } = this.#place;
    const snapshotNumber = this.count + 1;
    const fileName = migrationPartName(snapshotNumber);
    const file = `${directory}/${fileName}`;
    if ((await fileSystem.stat(file)) !== undefined) await fileSystem.remove(file);
    const definitions = [...new Set(changed.map(({ definition }) => definition))];
    const view = { definitions, sequences: () => [], documents: () => changed, release: () => undefined };
    const models = new ModelTable();
    const place = { fileSystem, directory, codecs, identity, models };
    return await writeSnapshot({
      ...place,
      view,
      snapshotNumber,
      seq,
      pace: new Pace(SLICE_MS.offline, () => false),
      fileName,
    });
  }
}

/** A hash of which documents these are; their contents are the data's, of which the note has a hash. O(documents). */
function sourceOf(stored: readonly StoredDocument[]): string {
  const lines: string[] = [];
  let last: CollectionDefinition | undefined;
  for (const { definition, key, revision } of stored) {
    if (definition !== last) lines.push(`${definition.model.collection} ${definition.fingerprint}`);
    last = definition;
    lines.push(`${typeof key} ${String(key).length} ${String(key)} ${revision}`);
  }
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Where the list is true: places of the first ones, with counts. */
function rangesOf(list: readonly boolean[]): readonly (readonly [first: number, count: number])[] {
  const ranges: [number, number][] = [];
  for (const [index, isIn] of list.entries()) {
    const last = ranges.at(-1);
    if (!isIn) continue;
    if (last !== undefined && last[0] + last[1] === index) last[1]++;
    else ranges.push([index, 1]);
  }
  return ranges;
}
