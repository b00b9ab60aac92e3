/**
 * A directory that is filled by a tool: import, repair. It is marked as unfinished while that goes on and refused by
 * openers (`BACKUP_UNFINISHED`), so that a crash leaves nothing that is taken for whole.
 */

import { directoryError } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { Effect } from '../journal/effect.js';
import type { FileJournal } from '../journal/file-journal.js';
import { unfinishedBackupName } from '../journal/journal-format.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { openFileJournal } from './open-file-journal.js';
import { KeepingTarget } from './read-directory.js';

const EFFECTS_PER_TRANSACTION = 500;

export class NewDirectory {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #journal: FileJournal;
  #effects: Effect[] = [];

  private constructor(fileSystem: FileSystem, directory: string, journal: FileJournal) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#journal = journal;
  }

  /** Makes the directory, which must be missing or empty, and locks it. @throws DatabaseError as `openFileJournal`. */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    migrations: readonly string[],
    codecs: PageCodecs | undefined,
  ): Promise<NewDirectory> {
    const place = { directory, fileSystem, definitions: [], migrations, ...(codecs && { codecs }) };
    const { journal } = await openFileJournal(place, new KeepingTarget());
    const writer = new NewDirectory(fileSystem, directory, journal);
    try {
      await (await fileSystem.open(writer.#mark, 'create-exclusive')).close();
      await fileSystem.syncDirectory(directory);
    } catch (error) {
      await writer.abandon();
      throw directoryError(error, directory);
    }
    return writer;
  }

  /** Adds one put or sequence; written in transactions of some hundreds. */
  async add(effect: Effect): Promise<void> {
    this.#effects.push(effect);
    if (this.#effects.length >= EFFECTS_PER_TRANSACTION) await this.#write();
  }

  /** Syncs, closes and takes the mark away: from here on it is a database. */
  async finish(): Promise<void> {
    await this.#write();
    await this.#journal.close();
    await this.#fileSystem.remove(this.#mark);
    await this.#fileSystem.syncDirectory(this.#directory);
  }

  /** Takes away what was made, the mark last; the directory was empty. What cannot be removed stays marked. Never rejects. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#journal.close()]);
    await Promise.allSettled([this.#removeAll()]);
  }

  async #removeAll(): Promise<void> {
    const paths = (await this.#fileSystem.list(this.#directory)).map((name) => `${this.#directory}/${name}`);
    for (const path of paths.filter((each) => each !== this.#mark)) await this.#fileSystem.remove(path);
    if (paths.includes(this.#mark)) await this.#fileSystem.remove(this.#mark);
  }

  /** The name needs some uuid: that it is nobody's says that no backup completes this. */
  get #mark(): string {
    return `${this.#directory}/${unfinishedBackupName('0'.repeat(32))}`;
  }

  async #write(): Promise<void> {
    const effects = this.#effects;
    if (effects.length > 0) this.#journal.append({ timeMs: Date.now(), effects, origin: 'load' }, 'os');
    this.#effects = [];
    await this.#journal.drained();
  }
}
