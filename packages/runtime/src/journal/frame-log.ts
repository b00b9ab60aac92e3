/**
 * The port between what is ours of a journal and what an engine does for it.
 *
 *   ours       numbering, gathering, settlement: FileJournal here, NodeJournal in the cluster package     journal.ts
 *   ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   engine     append behind the expected end, read after, keep images, truncate behind them
 *
 * It has two faces, since an engine that others write to can only be asked and waited for, and a file of one's own can be
 * written within microseconds (docs/decisions/0045-two-faces-of-the-port.md):
 *
 *   | an engine        | FrameLog: files, one writer           | JournalEngine: shared by nodes, cluster package      |
 *   |------------------|---------------------------------------|------------------------------------------------------|
 *   | appends          | `append`, `appendShort`: right behind | `append(position, bytes)`: right behind the head, or |
 *   |                  | its end, or it fails                  | another frame was first                              |
 *   | makes durable    | `sync`, told apart from writing       | with its answer                                      |
 *   | takes back       | `cutBack` what was not acknowledged   | nothing: an unknown outcome is looked up             |
 *   | reads after      | `PageReading`                         | `read`, `head`, `wait`                               |
 *   | keeps images     | snapshots: checkpoint/compaction.ts   | `storeImage`, `newestImage`                          |
 *   | truncates        | pages before the last two snapshots   | `truncate`                                           |
 *   | keeps others out | lock, epoch, `requireInPlace`         | the condition of each append                         |
 *
 * One suite holds all of them to the same: packages/cluster/test/conformance/journal-conformance.ts.
 */
import type { FrameWriter } from './frame-writer.js';

/** The face of a log with one writer. One call at a time. */
export interface FrameLog {
  /**
   * Appends a frame, which must begin with the seq after the last one. It is sealed here: where it stands is known only now.
   *
   * @param isAlone nothing is written before the sync that follows: it may be done along.
   * @throws DatabaseError `JOURNAL_WRITE_FAILED` for a frame of another place; errors of the file system.
   */
  append(frame: FrameWriter, isAlone: boolean): Promise<void>;
  /** As `append` of a short frame of the page being written, blocking the loop. */
  appendShort(frame: FrameWriter): void;
  /** Makes everything appended durable. */
  sync(): Promise<void>;
  /** Before anything is acknowledged: nobody else goes on from before it. @throws DatabaseError `DIRECTORY_GONE`. */
  requireInPlace(isHurried?: boolean): void;
  /** What was appended so far has been acknowledged, and is never taken back. */
  accept(): void;
  /** After a failure: takes what was not acknowledged off again. */
  cutBack(): Promise<void>;
  /** Every transaction up to here is durable. */
  readonly syncedSeq: number;
  /** Bytes of all frames since the opening. */
  readonly writtenBytes: number;
  /** Path of the file being written; for error texts. */
  readonly file: string;
}
