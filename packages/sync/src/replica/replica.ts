/** What a replica has beside its repositories: `db.connection`, `db.outbox`, `db.conflicts`. */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import type { LocalDocuments } from './local-documents.js';
import type { ConflictRecord, LocalState } from './local-state.js';
import type { ConnectionState, ReplicaLink } from './replica-link.js';
import type { Watchers } from './watchers.js';

/** Where the replica stands with its server. */
export interface ReplicaConnection {
  readonly state: ConnectionState;
  /** Why it is as it is; empty when there is nothing to say. */
  readonly reason: string;
  /** Calls the listener at every change. */
  watch(listener: (state: ConnectionState) => void): Subscription;
  /** Connects again, after `disconnect` or a state that ends the tries. */
  connect(): void;
  /** Goes offline on purpose; reads and writes go on. */
  disconnect(): void;
  /** Resolves in the state `live`, with everything written before answered. */
  synced(): Promise<void>;
}

/** The replica's transactions that the server has not answered. */
export interface ReplicaOutbox {
  readonly size: number;
  /** Calls the listener with the size at every change. */
  watch(listener: (size: number) => void): Subscription;
}

export interface ConflictEdit {
  readonly kind: 'put' | 'delete';
  readonly collection: string;
  readonly key: unknown;
  /** What the replica wrote; undefined for a delete. */
  readonly mine: object | undefined;
  /** The server's document when the answer came; undefined when there was none, or none the replica may see. */
  readonly theirs: object | undefined;
}

/** A transaction that the server did not accept. It stays until the application has resolved or discarded it. */
export interface Conflict {
  readonly number: number;
  /** Code of the refusal: `REVISION_MISMATCH`, `DUPLICATE_KEY`, `VALIDATION_FAILED`, `FORBIDDEN` … */
  readonly code: string;
  readonly message: string;
  readonly edits: readonly ConflictEdit[];
  readonly timeMs: number;
}

export interface ReplicaConflicts<Tx> {
  readonly size: number;
  all(): readonly Conflict[];
  get(number: number): Conflict | undefined;
  /** Calls the listener with each new one. */
  watch(listener: (conflict: Conflict) => void): Subscription;
  /** Writes what is right in one transaction, which takes the conflict away with it. */
  resolve(number: number, work: (tx: Tx, conflict: Conflict) => void): Promise<void>;
  /** Writes what the replica wrote once more, over what the server has now. */
  retry(number: number): Promise<void>;
  /** Lets the replica's edits go. */
  discard(number: number): Promise<void>;
}

interface TransactionRepository {
  upsert(input: object): unknown;
  delete(key: unknown): unknown;
}

interface WritableDatabase {
  transaction<T>(work: (collections: never) => T): Promise<T>;
}

export class Conflicts<Tx> implements ReplicaConflicts<Tx> {
  readonly #db: WritableDatabase;
  readonly #state: LocalState;
  readonly #documents: LocalDocuments;
  readonly #watchers: Watchers<Conflict>;
  /** The conflict that the transaction running now resolves; the outbox's guard takes it away with it. */
  resolving: number | undefined;

  constructor(db: WritableDatabase, state: LocalState, documents: LocalDocuments, watchers: Watchers<Conflict>) {
    this.#db = db;
    this.#state = state;
    this.#documents = documents;
    this.#watchers = watchers;
  }

  get size(): number {
    return this.#state.conflicts.length;
  }

  all(): readonly Conflict[] {
    return this.#state.conflicts.map((record) => this.#conflictOf(record));
  }

  get(number: number): Conflict | undefined {
    const record = this.#state.conflict(number);
    return record === undefined ? undefined : this.#conflictOf(record);
  }

  watch(listener: (conflict: Conflict) => void): Subscription {
    return this.#watchers.add(listener);
  }

  /** A new one. */
  tell(record: ConflictRecord): void {
    this.#watchers.tell(this.#conflictOf(record));
  }

  async resolve(number: number, work: (tx: Tx, conflict: Conflict) => void): Promise<void> {
    const conflict = this.#require(number);
    await this.#db.transaction((tx) => {
      work(tx as Tx, conflict);
      this.resolving = number;
    });
    // A resolution that wrote nothing had no guard to take it away.
    if (this.#state.conflict(number) !== undefined) await this.#remove(number);
  }

  async retry(number: number): Promise<void> {
    await this.resolve(number, (tx, { edits }) => {
      const repositories = tx as Readonly<Record<string, TransactionRepository>>;
      for (const { collection, key, mine } of edits) {
        const repository = repositories[collection] as TransactionRepository;
        if (mine === undefined) repository.delete(key);
        else repository.upsert({ ...mine });
      }
    });
  }

  async discard(number: number): Promise<void> {
    this.#require(number);
    await this.#remove(number);
  }

  async #remove(number: number): Promise<void> {
    await this.removeRecord?.(number);
  }

  /** Takes the record away in a transaction of its own; set by open-replica.ts. */
  removeRecord: ((number: number) => Promise<void>) | undefined;

  #require(number: number): Conflict {
    const conflict = this.get(number);
    if (conflict !== undefined) return conflict;
    throw new DatabaseError('DOCUMENT_NOT_FOUND', `there is no conflict ${String(number)}`, { number });
  }

  #conflictOf({ number, code, message, effects, theirs, timeMs }: ConflictRecord): Conflict {
    const edits = effects.map(({ kind, collection, key, bytes }, index): ConflictEdit => {
      const publicKey = this.#documents.collection(collection).publicKey(key);
      const [mine, other] = [this.#documents.documentOf(bytes), this.#documents.documentOf(theirs[index])];
      return { kind, collection, key: publicKey, mine, theirs: other };
    });
    return { number, code, message, edits, timeMs };
  }
}

export class Connection implements ReplicaConnection {
  readonly #link: ReplicaLink;
  readonly #state: LocalState;
  readonly #watchers: Watchers<ConnectionState>;
  readonly #outboxWatchers: Watchers<number>;
  reason = '';

  constructor(
    link: ReplicaLink,
    state: LocalState,
    watchers: Watchers<ConnectionState>,
    outboxWatchers: Watchers<number>,
  ) {
    this.#link = link;
    this.#state = state;
    this.#watchers = watchers;
    this.#outboxWatchers = outboxWatchers;
  }

  get state(): ConnectionState {
    return this.#link.state;
  }

  watch(listener: (state: ConnectionState) => void): Subscription {
    return this.#watchers.add(listener);
  }

  connect(): void {
    this.#link.start();
  }

  disconnect(): void {
    this.#link.stop('disconnected on purpose');
  }

  synced(): Promise<void> {
    const isThere = (): boolean => this.state === 'live' && this.#state.waitingCount === 0;
    if (isThere()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isThere()) return;
        for (const subscription of subscriptions) subscription.unsubscribe();
        resolve();
      };
      const subscriptions = [this.#watchers.add(look), this.#outboxWatchers.add(look)];
    });
  }
}
