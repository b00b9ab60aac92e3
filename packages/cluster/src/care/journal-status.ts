/** What an engine holds of a journal. Asks, and changes nothing. */
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import type { ImageEntry, JournalUsage } from '../engine/journal-engine.js';
import { JournalFrames } from './journal-frames.js';
import { withJournal } from './with-journal.js';

export interface JournalStatus extends JournalUsage {
  /** The engine and the journal in words, such as `the journal 'game' in PostgreSQL`. */
  readonly journal: string;
  /** Identity of the journal, 32 hexadecimal digits. */
  readonly uuid: string;
  /** An import is running, or was interrupted: nodes are refused. */
  readonly isUnfinished: boolean;
  /** Position of its last frame; 0 before the first. */
  readonly head: number;
  /** Number of its last transaction; 0 before the first. */
  readonly seq: number;
  /** The newest image; undefined: there is none. */
  readonly image: Pick<ImageEntry, 'position' | 'seq' | 'byteCount'> | undefined;
}

/**
 * What the engine holds of a journal. Makes none, and asks nothing of the engine's settings. A few questions; over
 * Cassandra one for each partition of frames.
 *
 * @throws DatabaseError `JOURNAL_NOT_FOUND`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`,
 *   `INVALID_OPTION`.
 */
export function journalStatus(journal: SharedJournal): Promise<JournalStatus> {
  return withJournal(journal, async ({ engine, uuid, head, isUnfinished }) => {
    const image = await engine.newestImage();
    const place = await new JournalFrames(engine, uuid).headPlace(head, image);
    const usage = await engine.usage();
    const shown = image && { position: image.position, seq: image.seq, byteCount: image.byteCount };
    const { description } = engine;
    return { journal: description, uuid, isUnfinished, head, seq: place?.seq ?? 0, ...usage, image: shown };
  });
}
