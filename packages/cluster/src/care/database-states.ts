/** The last state of a database, which can be read more than once: of a directory, and of a shared journal. */
import {
  DirectoryHistory,
  effectAt,
  effectCount,
  NodeFileSystem,
  type RecoveryTarget,
  readState,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import { unpackBackup } from '@nuthatch/runtime/tools';
import { checkedParts } from '../engine/image-digest.js';
import type { ImageEntry, JournalEngine } from '../engine/journal-engine.js';
import { placeOf, startOf } from '../node/frame-place.js';
import { JournalFrames } from './journal-frames.js';

export interface DatabaseState {
  /** Every document, in order of the transactions. @param newTarget called again when what was read turns out to be worthless. */
  read<T extends RecoveryTarget>(newTarget: () => T): Promise<T>;
}

/** Takes no lock: of a directory in use it is the state at some moment. */
export function directoryState(directory: string): DatabaseState {
  const fileSystem = new NodeFileSystem();
  return { read: async (newTarget) => (await readState(fileSystem, directory, newTarget)).target };
}

/** A shared journal from its newest image on. */
export class UnpackedJournal {
  readonly #engine: JournalEngine;
  readonly #uuid: string;
  readonly #image: ImageEntry | undefined;
  readonly #directory: string;

  private constructor(engine: JournalEngine, uuid: string, image: ImageEntry | undefined, directory: string) {
    this.#engine = engine;
    this.#uuid = uuid;
    this.#image = image;
    this.#directory = directory;
  }

  /**
   * Unpacks the newest image into a directory, which the caller removes. I/O: its bytes.
   *
   * @param directory does not exist.
   * @throws DatabaseError `JOURNAL_DAMAGED`, `DIRECTORY_UNUSABLE`; what the engine throws.
   */
  static async of(engine: JournalEngine, uuid: string, directory: string): Promise<UnpackedJournal> {
    const image = await engine.newestImage();
    if (image !== undefined) {
      const stream = checkedParts(engine.imageParts(image), image, engine.description);
      await unpackBackup({ stream, destination: directory });
    }
    return new UnpackedJournal(engine, uuid, image, directory);
  }

  /** The state behind a frame that is not before the image. Each reading reads the frames in between. */
  stateAt(position: number): DatabaseState {
    return { read: (newTarget) => this.#read(newTarget, position) };
  }

  async #read<T extends RecoveryTarget>(newTarget: () => T, position: number): Promise<T> {
    const image = this.#image;
    const fileSystem = new NodeFileSystem();
    const { target, lastSeq } =
      image === undefined
        ? { target: newTarget(), lastSeq: 0 }
        : await readState(fileSystem, this.#directory, newTarget);
    const from = image === undefined ? startOf(this.#uuid) : placeOf(image);
    const frames = new JournalFrames(this.#engine, this.#uuid, image?.models);
    // An image may hold some of the transactions behind its place.
    for await (const transaction of frames.transactions(from, position))
      if (transaction.seq > lastSeq) applyTo(target, transaction);
    await target.finish();
    return target;
  }
}

/** The number of the last transaction in a directory. @throws DatabaseError `DIRECTORY_UNUSABLE`, `JOURNAL_DAMAGED`. */
export async function lastSeqOf(directory: string): Promise<number> {
  return (await DirectoryHistory.of(new NodeFileSystem(), directory)).lastSeq;
}

function applyTo(target: RecoveryTarget, { effects }: StoredTransaction): void {
  for (let index = 0; index < effectCount(effects); index++) {
    const effect = effectAt(effects, index);
    if (effect.kind === 'put') target.put(effect, effect.revision === 1);
    else if (effect.kind === 'delete') target.delete(effect.definition, effect.key);
    else target.sequence(effect.definition, effect.value);
  }
}
