/**
 * The port between a node and the engine that keeps the shared journal. Order, copies and election are the engine's
 * work; it stores bytes at positions and knows nothing of their meaning.
 *
 *   position 1, 2, 3 …    one frame at each, never changed; a frame lands only where the head is right before it
 *
 * Contract, held by `test/engine-contract.ts` for every engine:
 *   1  of several appends at one position exactly one wins, and its frame is what every later read finds
 *   2  `won` means durable: no restart and no failover that the engine claims to survive loses it
 *   3  an append that throws may have landed or not; it never lands after a later read at its position found nothing
 *      and another append took the position
 *   4  a read is a contiguous run from the position after `after` on; after a truncation it begins with the oldest frame
 *   5  an image is there as a whole or not at all; frames behind the newest one are never truncated
 *   6  a call without an answer rejects after some seconds: a node waits for each call, at closing too
 *      An engine that can compares what a frame follows, too (frame-links.ts): a node whose history it has lost then
 *      writes nowhere. The others are looked after by the node, which finds that out a little later
 *   7  a journal that was begun is refused to nodes until it is finished
 *   8  parts of blobs are as durable as frames, and stay until they are dropped
 */
import type { StoredModel } from '@nuthatch/runtime/cluster';

/** One frame as the engine keeps it. */
export interface StoredFrame {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** The whole database as it was behind one frame. */
export interface ImageEntry {
  readonly position: number;
  readonly seq: number;
  /** Chain value of that frame, 32 hexadecimal digits. */
  readonly chain: string;
  /** Models that frames up to there hold. */
  readonly models: readonly StoredModel[];
  readonly byteCount: number;
  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What is known of an image before its bytes are. */
export type ImagePlace = Omit<ImageEntry, 'byteCount' | 'sha256'>;

/** Which frames go that an image covers. */
export interface Truncation {
  /** Those up to this position; not above that of the newest image. */
  readonly upTo: number;
  /** Kept for so long, in milliseconds. */
  readonly retentionMs: number;
  /** Of those that are kept for their time, no more than so many bytes. */
  readonly retentionBytes: number;
}

/** What the engine holds of a journal. */
export interface JournalUsage {
  /** Position of the oldest frame that is kept; one above the head when there is none. */
  readonly oldest: number;
  readonly frameCount: number;
  readonly frameBytes: number;
  /** Bytes of the frames behind the newest image, or of all. */
  readonly bytesSinceImage: number;
}

/** What an engine says of a journal when it is opened. */
export interface JournalPlace {
  /** Identity of the journal, 32 hexadecimal digits; the proposed one when the journal was made by this call. */
  readonly uuid: string;
  /** Position of the last frame; 0 before the first. */
  readonly head: number;
}

/** A journal that is there. */
export interface FoundJournal extends JournalPlace {
  /** It is being made of a database that was there before, or this was interrupted: nodes are refused. */
  readonly isUnfinished: boolean;
}

export interface JournalEngine {
  /** The engine and the journal in words, for messages: no credentials. */
  readonly description: string;
  /** The largest frame that the engine takes, in bytes. */
  readonly maxFrameBytes: number;
  /**
   * Connects, makes what is missing, and checks that settings lose no acknowledged write.
   *
   * @param proposedUuid of the journal, if there is none of this name.
   * @throws DatabaseError `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `JOURNAL_UNFINISHED`, `FORMAT_UNSUPPORTED`.
   */
  open(proposedUuid: string): Promise<JournalPlace>;
  /**
   * Connects, and looks whether there is a journal of this name. Nothing is made, and nothing is asked of the settings.
   *
   * @throws DatabaseError `FORMAT_UNSUPPORTED`.
   */
  find(): Promise<FoundJournal | undefined>;
  /**
   * As `open`, and a journal that is made now is not finished. One that is there stays as it is.
   *
   * @throws DatabaseError `JOURNAL_UNSAFE`, `JOURNAL_UNREACHABLE`, `FORMAT_UNSUPPORTED`.
   */
  begin(proposedUuid: string): Promise<FoundJournal>;
  /** Lets nodes open the journal that was begun. Idempotent. */
  finish(): Promise<void>;
  /**
   * Stores the frame at `position` if the head stands right before it. Anything thrown leaves the outcome unknown.
   *
   * @returns `lost` when another frame stands there, or before it one that it does not follow.
   */
  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'>;
  /** Frames from the one after `after` on, as many as fit `limitBytes` and at least one; none at the head. */
  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]>;
  /** Position of the last frame now: no frame that was acknowledged before the call is missed. */
  head(): Promise<number>;
  /**
   * Resolves when there may be a frame after `after`, and after a while in any case; at once when the signal is aborted.
   * Never rejects.
   */
  wait(after: number, signal: AbortSignal): Promise<void>;
  /** Tells the other nodes that this one waits to write. A hint that may be lost; left out: the engine has no way to tell. */
  readonly requestTurn?: (() => void) | undefined;
  /** Set by the node: called when another one has requested its turn. */
  onTurnRequest?: (() => void) | undefined;
  usage(): Promise<JournalUsage>;
  /** The newest image; undefined: there is none. */
  newestImage(): Promise<ImageEntry | undefined>;
  /** The bytes of an image, in order. @throws Error when it is gone meanwhile. */
  imageParts(entry: ImageEntry): AsyncIterable<Uint8Array>;
  /**
   * Stores an image; the one before it is kept, older ones go.
   *
   * @returns undefined, with nothing stored, when another node is storing one, or a newer one is there.
   */
  storeImage(place: ImagePlace, parts: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined>;
  /**
   * Stores a part of a blob, at most 300 KiB. Resolves when it is as durable as a frame. One node writes the parts of an id,
   * from 0 on; a part that is stored again has the same bytes.
   *
   * @param id letters, digits and hyphens; of no other blob.
   */
  storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void>;
  /** A part that `storeBlobPart` has stored; undefined: there is none. */
  blobPart(id: string, part: number): Promise<Uint8Array | undefined>;
  /** Removes the parts of a blob. Idempotent; one that failed is repeated. */
  dropBlob(id: string): Promise<void>;
  /** Removes frames that nodes can do without. Idempotent. */
  truncate(truncation: Truncation): Promise<void>;
  /** Lets go of connections. Idempotent; calls on their way reject. */
  close(): Promise<void>;
}
