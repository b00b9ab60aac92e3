/**
 * How a database lives and ends:
 *
 *   opening ─▶ open ─▶ closing ─▶ closed
 *                └──▶ failed ─▶ closed      the journal failed: reads go on, writes are refused
 *
 * A crash while it closes is one of an open database: whatever was acknowledged is in the journal, and the next opening
 * looks at references once more.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CommitPath } from '../commit/commit-path.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import { databaseFailed } from '../journal/failed-journal.js';
import { forgetSignals } from './close-on-signal.js';
import type { DatabaseParts } from './database-parts.js';
import { traced } from './diagnostics.js';
import type { ExpiryTimer } from './expiry-timer.js';
import type { Maintenance } from './maintenance.js';
import { noteClosed } from './open-databases.js';
import type { DatabaseReaders } from './readers/database-readers.js';
import { isMarked, leaveMark, stateOf } from './reference-mark.js';
import { isKeptOpen, noteClosing } from './shared-databases.js';
import { syncPortOf } from './sync-port.js';

export type DatabaseState = 'opening' | 'open' | 'failed' | 'closing' | 'closed';

/** The database as those know it who have it open. */
interface OpenDatabase {
  readonly state: DatabaseState;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What goes on while a database is open, and is ended with it. */
export interface RunningWork {
  readonly commitPath: CommitPath;
  readonly expiryTimer: ExpiryTimer;
  readonly maintenance: Maintenance;
}

export class DatabaseLife {
  readonly #database: OpenDatabase;
  readonly #parts: DatabaseParts;
  readonly #readers: DatabaseReaders;
  /** Set once, when everything is tied. */
  #work: RunningWork | undefined;
  #state: DatabaseState = 'open';
  #closing: Promise<void> | undefined;
  readonly #trace = (): { readonly database: DatabaseSource } => ({ database: this.#parts.source });

  constructor(database: OpenDatabase, parts: DatabaseParts, readers: DatabaseReaders) {
    this.#database = database;
    this.#parts = parts;
    this.#readers = readers;
  }

  /** Called once, before the database is anybody's. */
  begin(work: RunningWork): void {
    this.#work = work;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** The journal has failed: everything that was not settled is taken back. */
  fail(error: DatabaseError): void {
    const { collections, views, events } = this.#parts;
    if (this.#state === 'open') this.#state = 'failed';
    this.#readers.fail(error);
    events.emit('failed', error);
    for (const collection of [...collections.values(), ...views.values()])
      events.isolate(() => collection.watched.refresh());
  }

  /** See `Database.flush`. */
  flush(): Promise<void> {
    return traced('nuthatch:flush', this.#trace, () => this.#flush(), noResult);
  }

  async #flush(): Promise<void> {
    try {
      await this.#parts.journal.flush();
    } catch (cause) {
      throw this.#refusal(cause);
    }
  }

  /** See `Database.drained`. */
  async drained(): Promise<void> {
    try {
      await this.#parts.journal.drained();
      await this.#parts.feed.drained();
    } catch (cause) {
      throw this.#refusal(cause);
    }
  }

  #refusal(cause: unknown): unknown {
    const failure = this.#work?.commitPath.failure;
    if (failure === undefined || DatabaseError.is(cause, 'DATABASE_FAILED')) return cause;
    return databaseFailed(failure, {}, cause);
  }

  /** See `Database.close`: one opener less. */
  close(): Promise<void> {
    if (this.#closing === undefined && isKeptOpen(this.#database))
      return this.#state === 'open' ? this.flush() : Promise.resolve();
    return this.closeForAll();
  }

  /** However many openers it has. */
  closeForAll(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = traced('nuthatch:close', this.#trace, () => this.#close(this.#work!), noResult);
      noteClosing(this.#database, this.#closing);
    }
    return this.#closing;
  }

  async #close({ commitPath, expiryTimer, maintenance }: RunningWork): Promise<void> {
    const { journal, feed, events, options, collections } = this.#parts;
    const wasFailed = this.#state === 'failed';
    this.#state = 'closing';
    expiryTimer.stop();
    this.#parts.memory?.close();
    const marked = this.#markReferences(commitPath);
    commitPath.close();
    await marked;
    await this.#parts.blobs.store.close();
    await maintenance.finish(wasFailed);
    try {
      await journal.close();
    } catch (error) {
      if (!wasFailed) throw error; // A failure that is known already was reported by it.
    } finally {
      feed.close();
      this.#readers.close();
      for (const { search } of collections.values()) search?.stop();
      this.#state = 'closed';
      if (options.directory !== undefined) noteClosed(this.#database);
      forgetSignals(this.#database);
      events.emit('closed', undefined);
    }
  }

  /** The last transaction, before any other is refused. What keeps it from the disk, the close itself meets and says. */
  async #markReferences(commitPath: CommitPath): Promise<void> {
    const { files, node, records, identity, collections, journal, recovery } = this.#parts;
    const isChecked = commitPath.references !== undefined && recovery?.danglingReferences === undefined;
    if (files === undefined || node !== undefined || !isChecked || commitPath.state !== 'open') return;
    const state = stateOf(identity, collections);
    try {
      await leaveMark(syncPortOf(this.#database), state, isMarked(records, state, journal.lastSeq));
    } catch {
      // Without it the next opening looks at every key.
    }
  }
}

/** Nothing that a trace could show. */
function noResult(): undefined {
  return undefined;
}
