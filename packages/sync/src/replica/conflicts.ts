/** `db.conflicts`: the transactions that the server did not accept. */
import { DatabaseError } from '@nuthatch/model';
import type { Repository, Subscription } from '@nuthatch/runtime';
import type { StoreKey, SyncPort } from '@nuthatch/runtime/sync';
import { requireFunction } from '../arguments.js';
import { letPromiseBe } from '../call-listener.js';
import type { LocalDocuments } from './local-documents.js';
import type { ConflictRecord, LocalState } from './local-state.js';
import type { Watchers } from './watchers.js';

/** @typeParam C name of the collection. @typeParam K its key. @typeParam D its document. */
export interface ConflictEdit<C extends string = string, K = unknown, D = object> {
  /** `release`, `revise`: what the names say; `lifetime`: the state of an earlier release, which `changed` names. */
  readonly kind: 'put' | 'delete' | 'release' | 'revise' | 'lifetime';
  readonly changed?: { readonly release: number; readonly state: string };
  readonly collection: C;
  readonly key: K;
  /** The document that the replica's transaction changed; undefined when there was none. */
  readonly base: D | undefined;
  /** The replica's version; undefined for a delete. */
  readonly mine: D | undefined;
  /** The server's document when the answer came; undefined when there was none, or none the replica may see. */
  readonly theirs: D | undefined;
}

/** The edits of these collections: `if (edit.collection === 'player')` tells the compiler what `mine` is. */
export type ConflictEditOf<Repos> = [keyof Repos] extends [never]
  ? ConflictEdit
  : {
      [C in keyof Repos & string]: Repos[C] extends Repository<infer T>
        ? ConflictEdit<C, T['key'], T['document']>
        : never;
    }[keyof Repos & string];

/** A transaction that the server did not accept. It stays until the application has resolved or discarded it. */
export interface Conflict<E = ConflictEdit> {
  readonly number: number;
  /** Code of the refusal: `REVISION_MISMATCH`, `DUPLICATE_KEY`, `VALIDATION_FAILED`, `FORBIDDEN` … */
  readonly code: string;
  readonly message: string;
  readonly edits: readonly E[];
  readonly timeMs: number;
}

export interface ReplicaConflicts<Tx, E = ConflictEdit> {
  readonly size: number;
  /** Oldest first. */
  all(): readonly Conflict<E>[];
  get(number: number): Conflict<E> | undefined;
  /** Calls the listener with each new one that no `resolve` of the options has decided. */
  watch(listener: (conflict: Conflict<E>) => void): Subscription;
  /** Writes what is right in one transaction, which takes the conflict away with it. `work` is synchronous. */
  resolve(number: number, work: (tx: Tx, conflict: Conflict<E>) => void): Promise<void>;
  /** Writes what the replica wrote once more, over what the server has now. */
  retry(number: number): Promise<void>;
  /** Lets the replica's edits go. */
  discard(number: number): Promise<void>;
}

/** Decides a conflict of one document: what is right now; `theirs` to let the own edit go, undefined to leave it open. */
export type Resolver = (
  base: object | undefined,
  mine: object | undefined,
  theirs: object | undefined,
) => object | undefined;

interface TransactionRepository {
  upsert(input: object): unknown;
  delete(key: unknown): unknown;
  release?(key: unknown): unknown;
  revise?(key: unknown): unknown;
  setLifetime?(key: unknown, state: string, options: object): unknown;
}

type Writable = Readonly<Record<string, TransactionRepository>>;

export interface ConflictParts {
  readonly port: SyncPort;
  readonly state: LocalState;
  readonly documents: LocalDocuments;
  readonly watchers: Watchers<Conflict>;
  readonly resolvers: Readonly<Record<string, Resolver | undefined>>;
  transaction<T>(work: (collections: never) => T): Promise<T>;
  onError(error: unknown): void;
}

/** The conflicts that a resolver can decide: others changed the document meanwhile. */
const DECIDABLE: ReadonlySet<string> = new Set(['REVISION_MISMATCH', 'DUPLICATE_KEY']);

export class Conflicts<Tx> implements ReplicaConflicts<Tx> {
  readonly #parts: ConflictParts;
  /** The conflict that the transaction running now resolves; the guard takes it away with it. */
  #resolving: number | undefined;

  constructor(parts: ConflictParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#parts.state.conflicts.length;
  }

  all(): readonly Conflict[] {
    return this.#parts.state.conflicts.map((record) => this.#conflictOf(record));
  }

  get(number: number): Conflict | undefined {
    const record = this.#record(number);
    return record === undefined ? undefined : this.#conflictOf(record);
  }

  watch(listener: (conflict: Conflict) => void): Subscription {
    return this.#parts.watchers.add(listener);
  }

  /** The number of the conflict that the transaction in the guard resolves; undefined for most. */
  takeResolving(): number | undefined {
    const number = this.#resolving;
    this.#resolving = undefined;
    return number;
  }

  /** Revision of the server's document at a conflict that is being resolved, where no shape holds the document; 0: none. */
  theirRevision(number: number, collection: string, key: StoreKey): number {
    const { effects, theirs } = this.#record(number) ?? { effects: [], theirs: [] };
    const index = effects.findIndex((effect) => effect.collection === collection && effect.key === key);
    return theirs[index]?.revision ?? 0;
  }

  /** A new one: decided by the application's resolvers, or told. */
  async take(record: ConflictRecord): Promise<void> {
    if (!(await this.#decide(record))) this.#parts.watchers.tell(this.#conflictOf(record));
  }

  /** The conflicts that a dead process left undecided. */
  async decideAll(): Promise<void> {
    for (const record of this.#parts.state.conflicts) await this.#decide(record);
  }

  async resolve(number: number, work: (tx: Tx, conflict: Conflict) => void): Promise<void> {
    requireFunction('work', work);
    const conflict = this.#require(number);
    const done = this.#parts.transaction((tx) => {
      const result: unknown = work(tx as Tx, conflict);
      this.#resolving = number;
      return result;
    });
    // The transaction has run, or was refused: nothing that comes later resolves this conflict.
    this.#resolving = undefined;
    await done;
    // A resolution that wrote nothing had no guard to take it away.
    if (this.#record(number) !== undefined) await this.#remove(number);
  }

  async retry(number: number): Promise<void> {
    await this.resolve(number, (tx, { edits }) => {
      for (const edit of edits) writeAgain((tx as unknown as Writable)[edit.collection]!, edit);
    });
  }

  async discard(number: number): Promise<void> {
    this.#require(number);
    await this.#remove(number);
  }

  /** @returns whether it is decided: every edit of it has a resolver that says what is right. */
  async #decide(record: ConflictRecord): Promise<boolean> {
    if (!DECIDABLE.has(record.code)) return false;
    try {
      const { edits, number } = this.#conflictOf(record);
      const decisions = edits.map((edit) => this.#decision(edit));
      if (decisions.some((decision) => decision === undefined)) return false;
      await this.resolve(number, (tx) => {
        for (const { collection, theirs, decided } of decisions as readonly Decision[])
          if (decided !== theirs) (tx as unknown as Writable)[collection]?.upsert(decided);
      });
      return true;
    } catch (error) {
      this.#parts.onError(error);
      return false;
    }
  }

  /** Against what is shown now: an earlier decision of the same document counts as theirs. */
  #decision({ collection: name, key, base, mine, theirs: told }: ConflictEdit): Decision | undefined {
    const resolver = this.#parts.resolvers[name];
    if (resolver === undefined) return undefined;
    const collection = this.#parts.documents.collection(name);
    const slot = collection.store.get(collection.keys.toStoreKey(key));
    const theirs = slot === undefined ? told : collection.store.documentOf(slot);
    const decided = resolver(base, mine, theirs);
    if (letPromiseBe(decided, (error) => this.#parts.onError(error)))
      throw new DatabaseError('INVALID_OPTION', `resolve.${name} must say at once what is right, found a promise`, {
        option: 'resolve',
        collection: name,
      });
    return decided === undefined ? undefined : { collection: name, theirs, decided };
  }

  async #remove(number: number): Promise<void> {
    await this.#parts.port.replicate((sync) => this.#parts.state.setConflict(sync, number, undefined));
  }

  #record(number: number): ConflictRecord | undefined {
    return Number.isSafeInteger(number) ? this.#parts.state.conflict(number) : undefined;
  }

  #require(number: number): Conflict {
    const conflict = this.get(number);
    if (conflict !== undefined) return conflict;
    throw new DatabaseError('DOCUMENT_NOT_FOUND', `there is no conflict ${String(number)}`, { number });
  }

  #conflictOf({ number, code, message, effects, theirs, timeMs }: ConflictRecord): Conflict {
    const { documents } = this.#parts;
    const edits = effects.map(({ collection, key, bytes, before, ...effect }, index): ConflictEdit => {
      const publicKey = documents.collection(collection).publicKey(key);
      const base = documents.documentOf(before);
      const kind = effect.step === undefined || effect.step === 'discard' ? effect.kind : effect.step;
      const mine = kind === 'delete' ? undefined : documents.documentOf(bytes);
      const { release, state } = effect.changed ?? {};
      const changed = release === undefined || state === undefined ? {} : { changed: { release, state } };
      return { kind, collection, key: publicKey, base, mine, theirs: documents.documentOf(theirs[index]), ...changed };
    });
    return { number, code, message, edits, timeMs };
  }
}

interface Decision {
  readonly collection: string;
  readonly theirs: object | undefined;
  readonly decided: object;
}

function writeAgain(repository: TransactionRepository, { kind, key, mine, changed }: ConflictEdit): void {
  if (kind === 'release') repository.release?.(key);
  else if (kind === 'revise') repository.revise?.(key);
  else if (kind === 'lifetime' && changed !== undefined)
    repository.setLifetime?.(key, changed.state, { release: changed.release });
  else if (mine === undefined) repository.delete(key);
  else repository.upsert(mine);
}
