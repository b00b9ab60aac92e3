/** A shared journal over any engine: what `openDatabase({ journal })` takes. */
import { randomUUID } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { JoinedJournal, NodePlace, SharedJournal } from '@nuthatch/runtime/cluster';
import type { JournalEngine, JournalPlace } from './engine/journal-engine.js';
import { startOf } from './node/frame-place.js';
import { NodeCopy } from './node/node-copy.js';
import { NodeJournal, type NodeOptions } from './node/node-journal.js';

export class ClusterJournal implements SharedJournal {
  readonly #makeEngine: () => JournalEngine;
  readonly #options: NodeOptions;

  /** @param makeEngine another one for each node: several may be opened in one process. */
  constructor(makeEngine: () => JournalEngine, options: NodeOptions) {
    this.#makeEngine = makeEngine;
    this.#options = options;
  }

  async join(place: NodePlace): Promise<JoinedJournal> {
    const engine = this.#makeEngine();
    try {
      const { uuid } = await opened(engine);
      const kept = await NodeCopy.prepare(place, uuid, engine.description);
      const start = kept?.mark.place ?? startOf(uuid);
      return {
        uuid,
        attach: (parts) => new NodeJournal({ uuid, engine, options: this.#options, parts, kept, start }),
        leave: () => engine.close(),
      };
    } catch (error) {
      await Promise.allSettled([engine.close()]);
      throw error;
    }
  }
}

async function opened(engine: JournalEngine): Promise<JournalPlace> {
  try {
    return await engine.open(randomUUID().replaceAll('-', ''));
  } catch (cause) {
    if (DatabaseError.is(cause)) throw cause;
    const { description: journal } = engine;
    const why = cause instanceof Error ? cause.message : String(cause);
    const facts = { journal, operation: 'open', isOutcomeUnknown: false };
    throw new DatabaseError('JOURNAL_UNREACHABLE', `${journal} gives no answer: ${why}`, facts, { cause });
  }
}
