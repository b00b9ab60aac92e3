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
/** Longer than a tick of any system's clock. */
const TICK_MS = 50;

/** The page being written, as far as its name goes. */
interface NamedPage {
  /** Whether the path leads to it; undefined where the file system cannot tell. */
  hasName(path: string): boolean | undefined;
}

export class PlaceWatch {
  readonly #fileSystem: HeldDirectory;
  readonly #directory: string;
  /** When it was last asked, and when it was last looked. */
  #askedMs = 0;
  #foundMs = 0;
  /** Of the directory, when the page was last found in it. */
  #stamp: bigint | undefined;

  constructor(fileSystem: HeldDirectory, directory: string) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
  }

  /**
   * Costs one look at a path, 10 µs and less.
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
    if (!this.#isAsBefore() && page.hasName(file()) === false)
      throw directoryGone(this.#directory, `${file()} was moved, replaced or removed`);
    this.#stamp = this.#fileSystem.changeStamp;
    this.#foundMs = askedNowMs;
  }

  /**
   * No name in the directory was made, moved or removed since the page was found. The page itself is not looked at each
   * time: whoever asks a file for its times makes the next write to it note new ones, which costs a synced write half its
   * time again.
   */
  #isAsBefore(): boolean {
    const stamp = this.#fileSystem.changeStamp;
    if (stamp === undefined || stamp !== this.#stamp) return false;
    // Two changes within one tick of the system's clock have one stamp.
    return Math.abs(Date.now() - Number(stamp / 1_000_000n)) > TICK_MS;
  }
}
