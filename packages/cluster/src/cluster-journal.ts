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
} from '@nuthatch/runtime/cluster';
import { NodeBlobStore } from './blobs/node-blob-store.js';
import { AnsweringEngine } from './engine/answering-engine.js';
import type { JournalEngine, JournalPlace } from './engine/journal-engine.js';
import { answered, unreachable } from './node/answered.js';
import { type CopyPlace, NodeCopy, type PreparedCopy } from './node/node-copy.js';
import { NodeJournal, type NodeOptions } from './node/node-journal.js';

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

  /** An engine that is connected, to be closed by the caller. @param uuid of the journal if it is made now. */
  async connect(uuid?: string): Promise<{ readonly engine: JournalEngine; readonly place: JournalPlace }> {
    const engine = this.newEngine();
    try {
      return { engine, place: await opened(engine, uuid) };
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
    } = await this.connect();
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

async function opened(engine: JournalEngine, uuid = randomUUID().replaceAll('-', '')): Promise<JournalPlace> {
  try {
    return await engine.open(uuid);
  } catch (cause) {
    if (DatabaseError.is(cause)) throw cause;
    throw unreachable(engine.description, 'open', cause);
  }
}
