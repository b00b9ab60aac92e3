/**
 * A directory that is filled by a tool: import, repair. It is marked as unfinished while that goes on and refused by
 * openers (`BACKUP_UNFINISHED`), so that a crash leaves nothing that is taken for whole.
 */
import type { BlobPlace } from '../blobs/blob-form.js';
import type { FileSystem } from '../file-system/file-system.js';
import { HeldDirectory } from '../file-system/held-directory.js';
import type { Effect } from '../journal/effect.js';
import { EffectBatch } from '../journal/effect-batch.js';
import type { FileJournal } from '../journal/file-journal.js';
import { readManifest } from '../journal/manifest.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { removeAll, removeMark } from './fill-directory.js';
import { KeepingTarget } from './keeping-target.js';
import { type OpenedFileJournal, openFileJournal } from './open-file-journal.js';

const EFFECTS_PER_TRANSACTION = 500;
/** Large documents are fewer: a transaction must fit a frame. */
const TRANSACTION_BYTES = 1024 * 1024;

export class NewDirectory {
  readonly #inner: FileSystem;
  /** The same, in the locked directory, while the journal is open. */
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #journal: FileJournal;
  readonly #uuid: string;
  readonly #effects = new EffectBatch(EFFECTS_PER_TRANSACTION, TRANSACTION_BYTES);

  private constructor(inner: FileSystem, directory: string, { fileSystem, journal }: OpenedFileJournal) {
    this.#inner = inner;
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#journal = journal;
    this.#uuid = journal.checkpointPort.log.identity.uuid;
  }

  /** Makes the directory, which must be missing or empty, and locks it. @throws DatabaseError as `openFileJournal`. */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    migrations: readonly string[],
    codecs: PageCodecs | undefined,
  ): Promise<NewDirectory> {
    const place = { directory, fileSystem, definitions: [], migrations, isUnfinished: true, ...(codecs && { codecs }) };
    const opened = await openFileJournal(place, new KeepingTarget());
    return new NewDirectory(fileSystem, directory, opened);
  }

  /** Where its blobs are put, before the documents that refer to them. */
  get blobPlace(): BlobPlace {
    const { codecs } = this.#journal.checkpointPort.log;
    return { fileSystem: this.#fileSystem, directory: this.#directory, uuid: this.#uuid, codecs };
  }

  /** Adds one put or sequence; written in transactions of some hundreds. */
  async add(effect: Effect): Promise<void> {
    if (this.#effects.add(effect)) await this.#write();
  }

  /**
   * Syncs, takes the mark away and closes: from here on it is a database. A crash before the mark is gone leaves an
   * unfinished directory; one after it leaves a database that was not closed.
   */
  async finish(): Promise<void> {
    await this.#write();
    await this.#journal.flush();
    await removeMark(this.#fileSystem, this.#directory);
    await this.#journal.close();
  }

  /**
   * Takes away what was made, the mark last; the directory was empty. Files that cannot be removed stay marked. Never
   * rejects.
   */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#journal.close()]);
    const work = (held: HeldDirectory): Promise<void> => this.#removeAll(held);
    await Promise.allSettled([HeldDirectory.during(this.#inner, this.#directory, work)]);
  }

  /** Only while it is the directory that was made: its name may lead to another one by now. */
  async #removeAll(held: HeldDirectory): Promise<void> {
    if ((await readManifest(held, this.#directory))?.uuid === this.#uuid) await removeAll(held, this.#directory);
  }

  async #write(): Promise<void> {
    const effects = this.#effects.take();
    if (effects.length > 0) this.#journal.append({ timeMs: this.#journal.clock.now(), effects, origin: 'load' }, 'os');
    await this.#journal.drained();
  }
}
