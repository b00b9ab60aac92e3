/**
 * Deltas in the place of pages: each says what many transactions have come to. docs/journal-format.md, "Delta".
 *
 * A delta is read twice. The first time it is only checked, so that of a damaged one nothing is in memory: then another one is
 * taken, or pages are, which hold all that it would have said.
 */
import { DatabaseError } from '@nuthatch/model';
import { DELTA_MAGIC, deltaName } from '../journal/journal-format.js';
import type { DeltaEntry } from '../journal/manifest.js';
import { rangeOf } from './load-snapshot.js';
import type { RecoveryInput } from './recovery-input.js';
import type { LostRange } from './recovery-target.js';
import { DECODE_ONLY, readSnapshot, type SnapshotVisitor } from './snapshot-reader.js';

export class DeltaReplay {
  readonly #input: RecoveryInput;
  #left: readonly DeltaEntry[];
  /** Those that could not be read. */
  readonly damaged: LostRange[] = [];
  /** Length of those that were applied. */
  appliedBytes = 0;
  /** Wall clock of the oldest change in the last one applied; undefined: none was. */
  fromMs: number | undefined;
  /** When the last of them was written; 0: none was. */
  timeMs = 0;
  /** Frames whose key was not there. */
  undecodedFrameCount = 0;

  constructor(input: RecoveryInput) {
    this.#input = input;
    this.#left = input.manifest.deltas ?? [];
  }

  /** Those that are not known to be damaged. */
  get good(): readonly DeltaEntry[] {
    return this.#left;
  }

  /**
   * Goes on from a state after this seq as far as a delta goes. I/O: the delta, twice.
   *
   * @returns the seq that is reached: the same when no good delta goes on from there.
   * @throws DatabaseError `JOURNAL_DAMAGED` for a delta that has right checksums and a wrong content.
   */
  async goOnFrom(seq: number): Promise<number> {
    for (const entry of this.#candidates(seq)) {
      if (!(await this.#isGood(entry))) continue;
      await this.#apply(entry);
      return entry.seq;
    }
    return seq;
  }

  /** The one that goes farthest comes first. */
  #candidates(seq: number): readonly DeltaEntry[] {
    return this.#left.filter((entry) => entry.afterSeq <= seq && entry.seq > seq).toReversed();
  }

  async #isGood(entry: DeltaEntry): Promise<boolean> {
    const { directory } = this.#input;
    try {
      await this.#read(entry, DECODE_ONLY);
      return true;
    } catch (error) {
      if (!DatabaseError.is(error, 'JOURNAL_DAMAGED')) throw error;
      this.damaged.push(rangeOf(directory, deltaName(entry.number), entry, error));
      this.#left = this.#left.filter((other) => other !== entry);
      return false;
    }
  }

  async #apply(entry: DeltaEntry): Promise<void> {
    const { applier, models, documents } = this.#input;
    await this.#read(entry, {
      model: (model) => {
        models.add(model);
        documents.add(model);
      },
      frame: async (frame, codec) => {
        this.timeMs = frame.header.timeMs;
        if (codec === undefined) this.undecodedFrameCount++;
        else await applier.applyDelta(frame, codec);
      },
    });
    this.appliedBytes += entry.byteCount;
    this.fromMs = entry.fromMs;
  }

  #read(entry: DeltaEntry, visitor: SnapshotVisitor): Promise<void> {
    const { fileSystem, directory, manifest } = this.#input;
    return readDelta(fileSystem, directory, manifest.uuid, entry, this.#input, visitor);
  }
}

/** As `readSnapshot`, of a delta. */
export function readDelta(
  fileSystem: RecoveryInput['fileSystem'],
  directory: string,
  uuid: string,
  entry: DeltaEntry,
  keys: Pick<RecoveryInput, 'codecs' | 'mayLackKeys'>,
  visitor: SnapshotVisitor,
): Promise<void> {
  return readSnapshot(fileSystem, directory, uuid, entry, keys, visitor, deltaName(entry.number), DELTA_MAGIC);
}
