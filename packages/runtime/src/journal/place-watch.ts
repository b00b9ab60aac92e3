/**
 * Whether what is written stands where an opener would look for it: asked after each write, before it is acknowledged.
 *
 * A directory may be moved or replaced while it is open, and files go on being written in it then. See decision 0014.
 */
import { directoryGone, type HeldDirectory } from '../file-system/held-directory.js';
import { nowMs } from '../time/real-time.js';

/** Writes that follow each other as fast as this leave nobody the time to take the directory away between two of them. */
const HURRIED_MS = 0.15;
const LONGEST_UNASKED_MS = 1;

/** The page being written, as far as its name goes. */
interface NamedPage {
  hasName(): boolean;
}

export class PlaceWatch {
  readonly #fileSystem: HeldDirectory;
  readonly #directory: string;
  /** When it was last asked, and when it was last looked. */
  #askedMs = 0;
  #foundMs = 0;

  constructor(fileSystem: HeldDirectory, directory: string) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
  }

  /**
   * 2 µs.
   *
   * @param file the path of the page.
   * @param isHurried the write is not synced: of such that follow each other at once one in a millisecond asks.
   * @throws DatabaseError `DIRECTORY_GONE`.
   */
  requireInPlace(page: NamedPage, file: () => string, isHurried: boolean): void {
    const askedNowMs = nowMs();
    const isFresh = askedNowMs - this.#askedMs < HURRIED_MS && askedNowMs - this.#foundMs < LONGEST_UNASKED_MS;
    this.#askedMs = askedNowMs;
    if (isHurried && isFresh) return;
    this.#fileSystem.requireInPlace();
    if (!page.hasName()) throw directoryGone(this.#directory, `${file()} was moved, replaced or removed`);
    this.#foundMs = askedNowMs;
  }
}
