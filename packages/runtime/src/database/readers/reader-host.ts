/**
 * The database's side of its readers in other threads: makes the image, keeps the log, and lets go of who is too far behind.
 *
 *   settled transaction ─▶ log (encoded once) ─▶ head ─▶ news to readers that wait
 *
 * A database without readers has none of this. A slow reader costs a comparison for each mebibyte of log; the log grows by no
 * more than `maxBehindBytes` for it.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { DatabaseError } from '@nuthatch/model';
import { Pace } from '../../checkpoint/pace.js';
import type { SnapshotView } from '../../checkpoint/snapshot-source.js';
import type { Collection } from '../../collection/collection.js';
import type { WriteRecord, Written } from '../../commit/write-record.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { ChangeFeed } from '../../feed/change-feed.js';
import type { ChangeOrigin, Effect } from '../../journal/effect.js';
import { ModelTable } from '../../journal/model-table.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { requireSameIdentities } from './identities.js';
import { type CollectionIdentity, type Hello, messageToOwner, PROTOCOL } from './messages.js';
import { ReaderSession } from './reader-session.js';
import { makeSharedImage, type SharedImage } from './shared-image.js';
import { type LogSegment, SharedLog } from './shared-log.js';
import { OwnerWords } from './shared-words.js';

/** Readers that come later share the image of the first, as long as this much log lies behind it. */
const REUSED_LOG_BYTES = 16 * 2 ** 20;

export interface ReaderHostParts {
  /** Those that readers see; no rows of views, which each reader makes for itself. */
  readonly collections: readonly Collection[];
  readonly identities: readonly CollectionIdentity[];
  readonly keyValues: readonly string[];
  readonly feed: ChangeFeed;
  readonly uuid: string;
  readonly name: string;
  /** Holds the collections still. In one turn, outside of a transaction. */
  readonly openView: (collections: readonly Collection[]) => SnapshotView;
  /** Runs work in a turn in which it is known which transactions memory shows. */
  readonly atSettled: (work: () => void) => Promise<void>;
  /** Of the last transaction that memory shows. */
  readonly lastSeq: () => number;
  /** Whether somebody waits for the disk. */
  readonly isBusy: () => boolean;
  readonly now: () => number;
}

export interface ReaderHostStats {
  /** Readers that are open. */
  readonly readerCount: number;
  /** Bytes of shared memory that hold the image and the log. */
  readonly sharedBytes: number;
  /** Bytes of log that the slowest of them has not read. */
  readonly behindBytes: number;
}

export const NO_READERS: ReaderHostStats = { readerCount: 0, sharedBytes: 0, behindBytes: 0 };

/** An image, and where the log goes on behind it. */
interface PlacedImage {
  readonly image: SharedImage;
  readonly position: number;
}

/** Waits until as many transactions are settled as memory showed when the image was begun. */
interface Mark {
  readonly publishedNumber: number;
  readonly resolve: (position: number) => void;
  readonly reject: (error: unknown) => void;
}

export class ReaderHost {
  readonly #parts: ReaderHostParts;
  readonly #followed: ReadonlySet<object>;
  readonly #models = new ModelTable();
  readonly #words = new OwnerWords();
  readonly #log: SharedLog;
  readonly #sessions = new Set<ReaderSession>();
  #image: PlacedImage | undefined;
  #making: Promise<PlacedImage> | undefined;
  readonly #marks = new Set<Mark>();
  #isClosed = false;

  constructor(parts: ReaderHostParts) {
    this.#parts = parts;
    this.#followed = new Set(parts.collections);
    for (const { definition } of parts.collections) this.#models.entryOf(definition);
    this.#log = new SharedLog(this.#words, this.#models, (segment) => this.#handOn(segment));
  }

  /** A port for one more reader. O(1). */
  newPort(maxBehindBytes: number): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const session = new ReaderSession(port1, maxBehindBytes);
    this.#sessions.add(session);
    port1.on('message', (message) => this.#hear(session, message));
    port1.on('messageerror', () => this.#leave(session));
    port1.on('close', () => this.#leave(session));
    // A reader is no reason for a process to go on.
    port1.unref();
    // It lies at the port when that is handed over: a reader knows at once that a database will answer, however late.
    session.say({ kind: 'here' });
    return port2;
  }

  stats(): ReaderHostStats {
    const following = [...this.#sessions].filter(({ state }) => state === 'following');
    const positions = following.map(({ words }) => words.position);
    return {
      readerCount: following.length,
      sharedBytes: (this.#image?.image.byteCount ?? 0) + this.#log.heldBytes,
      behindBytes: this.#log.head - Math.min(this.#log.head, ...positions),
    };
  }

  /** The journal failed: what is not settled never will be, and an image that shows it is of no use. */
  fail(error: DatabaseError): void {
    for (const mark of this.#marks) mark.reject(error);
    this.#marks.clear();
  }

  /** Everything is settled. Readers keep what they have, and are told that there will be no more. */
  close(): void {
    this.#isClosed = true;
    this.#words.close();
    for (const mark of this.#marks) mark.reject(ownerClosed());
    this.#marks.clear();
    for (const session of this.#sessions) {
      session.say({ kind: 'closed' });
      session.end();
    }
    this.#rest();
  }

  #hear(session: ReaderSession, given: unknown): void {
    const message = messageToOwner(given);
    if (message?.kind === 'hello' && session.state === 'new') void this.#welcome(session, message);
    else if (message?.kind === 'again' && session.state === 'letGo') void this.#sendAgain(session);
    // Whoever sends something else is no reader.
    else this.#leave(session);
  }

  #leave(session: ReaderSession): void {
    session.end();
    this.#sessions.delete(session);
    this.#forget();
  }

  async #welcome(session: ReaderSession, { protocol, identities }: Hello): Promise<void> {
    session.state = 'waiting';
    try {
      if (protocol !== PROTOCOL) throw otherProtocol(protocol);
      requireSameIdentities(this.#parts.identities, identities);
      const placed = await this.#imageFor(session);
      const { collections, keyValues, uuid, name } = this.#parts;
      const models = collections.map(({ definition }) => modelOf(this.#models, definition));
      const { memory: ownerWords } = this.#words;
      const { memory: readerWords } = session.words;
      this.#follow(session, placed);
      session.say({
        ...{ kind: 'welcome', ownerWords, readerWords, models, keyValues, uuid, name },
        ...{ ...placed, segments: this.#log.from(placed.position) },
      });
    } catch (error) {
      this.#refuse(session, error);
      this.#leave(session);
    }
  }

  async #sendAgain(session: ReaderSession): Promise<void> {
    session.state = 'waiting';
    try {
      const placed = await this.#imageFor(session);
      this.#follow(session, placed);
      session.words.isLetGo = false;
      session.say({ kind: 'image', ...placed, segments: this.#log.from(placed.position) });
    } catch (error) {
      this.#refuse(session, error);
    }
  }

  #follow(session: ReaderSession, { position }: PlacedImage): void {
    session.words.position = position;
    session.state = 'following';
  }

  #refuse(session: ReaderSession, error: unknown): void {
    const { code, message, hint, facts } = DatabaseError.is(error) ? error : failed(error);
    const what = message.slice(code.length + 2).replace(` ${hint}`, '');
    try {
      session.say({ kind: 'refused', code, what, facts });
    } catch {
      // Facts may hold what cannot be sent, such as a function.
      session.say({ kind: 'refused', code, what, facts: {} });
    }
    session.state = 'letGo';
  }

  /** Of now, or one behind which the log is kept: never one from before what the reader shows, nor one too far behind for it. */
  async #imageFor({ words, maxBehindBytes }: ReaderSession): Promise<PlacedImage> {
    const { position } = words;
    const image = this.#image;
    if (image !== undefined && image.position >= position && this.#isReusable(image, maxBehindBytes)) return image;
    const made = await this.#imageInMaking();
    // It may have been begun for another reader, before this one read what it shows.
    return made.position >= position ? made : this.#imageInMaking();
  }

  #imageInMaking(): Promise<PlacedImage> {
    this.#making ??= this.#makeImage().finally(() => {
      this.#making = undefined;
      this.#forget();
    });
    return this.#making;
  }

  #isReusable({ position }: PlacedImage, maxBehindBytes: number = REUSED_LOG_BYTES): boolean {
    return this.#log.head - position <= Math.min(REUSED_LOG_BYTES, maxBehindBytes);
  }

  async #makeImage(): Promise<PlacedImage> {
    const { collections, feed, atSettled, openView, lastSeq, isBusy, now } = this.#parts;
    for (const { search } of collections) await search?.complete().catch(() => undefined);
    let begun: { readonly view: SnapshotView; readonly seq: number; readonly position: Promise<number> } | undefined;
    await atSettled(() => {
      if (this.#isClosed) throw ownerClosed();
      feed.tap ??= (seq, timeMs, origin, written) => this.#append(seq, timeMs, origin, written);
      this.#log.goOnAfter(feed.publishedSeq);
      const shown = collections.filter(({ isHidden, size }) => !(isHidden && size === 0));
      begun = { view: openView(shown), seq: lastSeq(), position: this.#positionAfter(feed.appliedNumber) };
    });
    const { view, seq, position } = begun!;
    // Whichever ends first: the other must not stay behind unhandled.
    position.catch(() => undefined);
    const pace = new Pace(SLICE_MS.writing, isBusy, () => this.#isClosed);
    const models = this.#models;
    const image = await makeSharedImage({ view, seq, models, pace, timeMs: now() }).catch((error: unknown) => {
      throw this.#isClosed ? ownerClosed() : error;
    });
    const placed = { image, position: await position };
    this.#image = placed;
    return placed;
  }

  /** Where the log is when so many transactions are settled. */
  #positionAfter(publishedNumber: number): Promise<number> {
    if (this.#parts.feed.publishedNumber >= publishedNumber) return Promise.resolve(this.#log.head);
    return new Promise((resolve, reject) => this.#marks.add({ publishedNumber, resolve, reject }));
  }

  /** Takes a settled transaction. Never throws: it is no part of the write. */
  #append(seq: number, timeMs: number, origin: ChangeOrigin, written: Written): void {
    try {
      const effects = this.#effectsOf(written);
      const isNews = Array.isArray(effects) ? effects.length > 0 : true;
      if (isNews || seq > this.#log.seq) this.#log.append(seq, { timeMs, origin, effects });
      for (const mark of this.#marks) {
        if (mark.publishedNumber > this.#parts.feed.publishedNumber) continue;
        this.#marks.delete(mark);
        mark.resolve(this.#log.head);
      }
      for (const session of this.#sessions) if (session.state === 'following') session.tellNews();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** What readers see of it: no rows of views, no records of sync. */
  #effectsOf(written: Written): Effect | readonly Effect[] {
    if (!Array.isArray(written)) {
      const record = written as WriteRecord;
      return this.#followed.has(record.target) ? (record as Effect) : [];
    }
    return (written as readonly WriteRecord[]).filter(({ target }) => this.#followed.has(target)) as readonly Effect[];
  }

  /** A transaction is missing in the log: nobody may go on behind it. */
  #giveUp(error: unknown): void {
    for (const session of this.#sessions) {
      this.#refuse(session, error);
      this.#leave(session);
    }
    this.#rest();
  }

  #handOn(segment: LogSegment): void {
    for (const session of this.#sessions) {
      if (session.state !== 'following') continue;
      if (this.#log.head - session.words.position <= session.maxBehindBytes) session.say({ kind: 'segment', segment });
      else {
        session.state = 'letGo';
        session.words.isLetGo = true;
        session.tellNews();
      }
    }
    this.#forget();
  }

  /** Lets go of what nobody needs any more. O(readers). */
  #forget(): void {
    // A port that no reader was opened with needs nothing yet.
    if (![...this.#sessions].some(({ state }) => state !== 'new')) {
      this.#rest();
      return;
    }
    const isAwaited = [...this.#sessions].some(({ state }) => state === 'waiting');
    if (this.#image !== undefined && !isAwaited && !this.#isReusable(this.#image)) this.#image = undefined;
    // The place of an image that is being made is known later, and not before this.
    if (this.#making !== undefined) return;
    const positions = [...this.#sessions]
      .filter(({ state }) => state === 'following')
      .map(({ words }) => words.position);
    this.#log.forgetBefore(Math.min(this.#log.head, this.#image?.position ?? this.#log.head, ...positions));
  }

  /** Nobody is left: writes go on as if nobody had ever been there. */
  #rest(): void {
    this.#image = undefined;
    if (this.#making !== undefined) return;
    this.#parts.feed.tap = undefined;
    this.#log.forgetAll();
  }
}

function modelOf(
  models: ModelTable,
  definition: CollectionDefinition,
): { modelId: number; fingerprint: string; json: string } {
  const { modelId, fingerprint, json } = models.entryOf(definition);
  return { modelId, fingerprint, json };
}

function failed(error: unknown): DatabaseError {
  return new DatabaseError('READER_ENDED', `the database could not go on with its readers: ${String(error)}`);
}

function ownerClosed(): DatabaseError {
  return new DatabaseError('READER_ENDED', 'the database of the reader was closed');
}

function otherProtocol(protocol: string): DatabaseError {
  const what = `the reader speaks ${protocol}, the database ${PROTOCOL}: both threads need the same version of Nuthatch`;
  return new DatabaseError('MODEL_MISMATCH', what, { protocol, supported: PROTOCOL });
}
