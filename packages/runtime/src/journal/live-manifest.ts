/**
 * The manifest in force: what it names, and the ways in which another takes its place.
 *
 * Every replacement is whole on disk before this object shows it. After an error in `commit` or `replace` it is not known
 * which manifest is on disk, so the journal must end.
 */
import type { FileSystem } from '../file-system/file-system.js';
import { imageBytes, pagesWithoutGap } from './deltas.js';
import {
  type CleanMark,
  commitManifest,
  type DeltaEntry,
  type Manifest,
  type PageEntry,
  type SnapshotEntry,
  stageManifest,
  writeManifest,
} from './manifest.js';
import type { ModelTable } from './model-table.js';
import { planDelta, planSnapshot, type SnapshotPlan } from './snapshot-plan.js';

export class LiveManifest {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #models: ModelTable;
  #current: Manifest;

  constructor(fileSystem: FileSystem, directory: string, models: ModelTable, current: Manifest) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#models = models;
    this.#current = current;
  }

  get current(): Manifest {
    return this.#current;
  }

  /** Live pages in order. */
  get pages(): readonly PageEntry[] {
    return this.#current.pages;
  }

  /** The page being written. */
  get lastPage(): PageEntry {
    return this.#current.pages[this.#current.pages.length - 1]!;
  }

  get snapshot(): SnapshotEntry | null {
    return this.#current.snapshot;
  }

  /** Migrations that have run over this database. */
  get migrations(): readonly string[] {
    return this.#current.migrations ?? [];
  }

  /** Number for the next snapshot's file, or delta's; never one that is in use. */
  get nextSnapshotNumber(): number {
    const { snapshot, previousSnapshot, deltas = [] } = this.#current;
    return Math.max(...[snapshot, previousSnapshot, ...deltas].map((entry) => entry?.number ?? 0)) + 1;
  }

  /** Length of the snapshots and deltas that it names. */
  get imageBytes(): number {
    return imageBytes(this.#current);
  }

  /** Every transaction after this seq, up to `lastSeq`, stands in a page, with no hole in between. O(pages). */
  oldestSince(lastSeq: number): number {
    const { salvaged } = this.#current;
    const pages = pagesWithoutGap(this.#current.pages);
    let since = lastSeq;
    for (let index = pages.length - 1; index >= 0; index--) {
      const page = pages[index]!;
      if (salvaged.some((hole) => hole.page === page.number)) break;
      since = page.firstSeq - 1;
    }
    return since;
  }

  /** The manifest with this snapshot, and the files that it then no longer names. O(pages). */
  planSnapshot(entry: SnapshotEntry): SnapshotPlan {
    return planSnapshot(this.#current, entry, this.#models.lastId);
  }

  /** The manifest with this delta, and the files that it then no longer names. O(pages). */
  planDelta(entry: DeltaEntry): SnapshotPlan {
    return planDelta(this.#current, entry, this.#models.lastId);
  }

  /** As a proper close at this end would leave it; true only of what is synced. */
  closedAt(clean: CleanMark): Manifest {
    return { ...this.#current, lastModelId: this.#models.lastId, clean };
  }

  /** Writes the next manifest beside this one. An error changes nothing. */
  async stage(manifest: Manifest): Promise<void> {
    await stageManifest(this.#fileSystem, this.#directory, manifest);
  }

  /** Puts the staged manifest in force. */
  async commit(manifest: Manifest): Promise<void> {
    await commitManifest(this.#fileSystem, this.#directory);
    this.#current = manifest;
  }

  /** Stages and commits at once. */
  async replace(manifest: Manifest): Promise<void> {
    await writeManifest(this.#fileSystem, this.#directory, manifest);
    this.#current = manifest;
  }
}
