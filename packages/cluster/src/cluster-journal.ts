/** A shared journal over any engine: what `openDatabase({ journal })` takes. */
import { createHash, randomUUID } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import {
  type BlobStore,
  type JoinedJournal,
  MemoryFileSystem,
  type NodeParts,
  type NodePlace,
  type SharedJournal,
  withDirectoryErrors,
} from '@nuthatch/runtime/cluster';
import { NodeBlobStore } from './blobs/node-blob-store.js';
import { AnsweringEngine } from './engine/answering-engine.js';
import type { JournalEngine, JournalPlace } from './engine/journal-engine.js';
import { answered, unreachable } from './node/answered.js';
import { type CopyPlace, NodeCopy, type PreparedCopy } from './node/node-copy.js';
import { NodeJournal } from './node/node-journal.js';
import type { NodeOptions } from './node/node-parts.js';

export class ClusterJournal implements SharedJournal {
  readonly #makeEngine: () => JournalEngine;
  readonly #options: NodeOptions;
  readonly identity: string;

  /**
   * @param makeEngine another one for each node: several may be opened in one process.
   * @param place which journal it is: equal for two that lead to the same one, in the same way. Default: like no other.
   */
  constructor(makeEngine: () => JournalEngine, options: NodeOptions, place: unknown = randomUUID()) {
    this.#makeEngine = makeEngine;
    this.#options = options;
    // There may be passwords in it.
    this.identity = createHash('sha256').update(JSON.stringify(place)).digest('hex');
  }

  /** What nodes of the journal do about images and retention. */
  get options(): NodeOptions {
    return this.#options;
  }

  /** An engine of which nothing was asked yet, to be closed by the caller. */
  newEngine(): JournalEngine {
    return new AnsweringEngine(this.#makeEngine(), this.#options.answerMs);
  }

  /** An engine that is connected, to be closed by the caller. A journal that is not there is made, unless there is a copy of one. */
  async #connect(node: NodePlace): Promise<{ readonly engine: JournalEngine; readonly place: JournalPlace }> {
    const engine = this.newEngine();
    try {
      return { engine, place: await opened(engine, node) };
    } catch (error) {
      await Promise.allSettled([engine.close()]);
      throw error;
    }
  }

  /** How long an engine that gives no answer is waited for, in milliseconds. */
  get unreachableMs(): number {
    return this.#options.unreachableMs;
  }

  makeBlobs(): BlobStore {
    return new NodeBlobStore();
  }

  async join(place: NodePlace): Promise<JoinedJournal> {
    const {
      engine,
      place: { uuid },
    } = await this.#connect(place);
    try {
      const { description } = engine;
      const { directory, fileSystem } = place;
      const journal = { uuid, engine, description };
      const options = this.#options;
      const prepared = (copyPlace: CopyPlace): Promise<PreparedCopy> =>
        answered(() => NodeCopy.prepare(copyPlace, journal), options.unreachableMs, description);
      if (directory !== undefined) {
        const kept = await prepared({ directory, fileSystem });
        const start = kept.mark.place;
        const attach = (parts: NodeParts): NodeJournal =>
          new NodeJournal({ uuid, engine, options, parts, kept, start });
        return { uuid, attach, leave: () => engine.close() };
      }
      // Read from an image as from a directory, which goes when it has been read.
      const image = { directory: '/image', fileSystem: new MemoryFileSystem() };
      const { mark } = await prepared(image);
      const attach = (parts: NodeParts): NodeJournal =>
        new NodeJournal({ uuid, engine, options, parts, kept: undefined, models: mark.models, start: mark.place });
      const leave = (): Promise<void> => engine.close();
      return mark.place.seq === 0 ? { uuid, attach, leave } : { uuid, attach, leave, image };
    } catch (error) {
      await Promise.allSettled([engine.close()]);
      throw error;
    }
  }
}

async function opened(engine: JournalEngine, node: NodePlace): Promise<JournalPlace> {
  try {
    await requireJournalOfCopy(engine, node);
    return await engine.open(randomUUID().replaceAll('-', ''));
  } catch (cause) {
    if (DatabaseError.is(cause)) throw cause;
    throw unreachable(engine.description, 'open', cause);
  }
}

/**
 * A directory that is a copy says that there was a journal: with a name that was misspelt, or a server that lost its
 * tables, the node must not begin with nothing.
 *
 * @throws DatabaseError `JOURNAL_NOT_FOUND`; what the engine throws.
 */
async function requireJournalOfCopy(engine: JournalEngine, { directory, fileSystem }: NodePlace): Promise<void> {
  if (directory === undefined) return;
  const mark = await withDirectoryErrors(directory, () => NodeCopy.markOf({ directory, fileSystem }));
  if (mark === undefined || (await engine.find()) !== undefined) return;
  const { description } = engine;
  const what = `there is no such journal: ${description}, and ${directory} is a copy of one that ended with seq ${mark.place.seq} or later; give the node another directory if it is to begin with nothing`;
  throw new DatabaseError('JOURNAL_NOT_FOUND', what, { journal: description, directory });
}
