/** What the conformance suite asks of a journal, whichever keeps it: files of one process, or an engine of several. */

import type { openDatabase } from '../../../../generated/index.js';
import type { FrameHeader } from '../../../runtime/src/journal/frame-reader.js';

export type Db = Awaited<ReturnType<typeof openDatabase>>;

/** A database open over the journal, as if in a process of its own. */
export interface Writer {
  readonly db: Db;
  /** The process ends at this moment. What it had sent may be in the journal or not. */
  kill(): Promise<void>;
  /** The process stands still until it is told to go on. Left out: then nobody else could go on either. */
  pause?(): () => void;
}

/** A frame that was sent and that others came before. */
export interface StaleFrame {
  /** Gives it to the journal, as late as that. Resolves when it has had its chance; it must not have landed. */
  arrive(): Promise<void>;
  /** Whether the journal holds it now. */
  isThere(): Promise<boolean>;
}

export interface JournalSubject {
  /** How many databases may write at a time. */
  readonly writerCount: number;
  /** Opens a database. The same name again: its copy, if it keeps one. */
  open(name: string, more?: { readonly isFromStart?: boolean }): Promise<Writer>;
  /** From now on faults come by these random numbers; undefined: all is well. */
  weather(random: (() => number) | undefined): void;
  /** Headers of all frames that are kept, oldest first. */
  frames(): Promise<readonly FrameHeader[]>;
  /** Stores an image of what is settled. @param isTruncating frames that it covers go, too. */
  storeImage(isTruncating: boolean): Promise<void>;
  /**
   * Brings a writer to send a frame that it gets no answer for, and lets another one go on from before that frame.
   *
   * @param write what the writer sends.
   * @param next what the other one does.
   */
  staleFrame(write: (db: Db) => Promise<unknown>, next: (db: Db) => Promise<unknown>): Promise<StaleFrame>;
  /** Ends everything that is open. */
  end(): Promise<void>;
}
