/** `db.connection`: where the replica stands with its server, and what it holds of it. */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import { later, type SyncPort } from '@nuthatch/runtime/sync';
import { requireObject, requireSignal } from '../arguments.js';
import type { Adoption } from './adoption.js';
import type { ConnectionState } from './connection-state.js';
import type { KeyRanges } from './key-ranges.js';
import type { LocalState } from './local-state.js';
import type { Mirror } from './mirror.js';
import type { ReplicaLink } from './replica-link.js';
import type { ShapesOf } from './replica-options.js';
import type { ReplicaShapes } from './replica-shapes.js';
import type { Watchers } from './watchers.js';

/** Where the replica stands with its server. */
export interface ReplicaConnection<Repos = object, Names extends string = string> {
  readonly state: ConnectionState;
  /** Why it is as it is; empty when there is nothing to say. */
  readonly reason: string;
  /** Why no try is made any more: `SERVER_FOREIGN`, `SERVER_RESTORED`, `UNAUTHENTICATED`, `PORT_CLOSED` …; undefined otherwise. */
  readonly error: DatabaseError | undefined;
  /** Calls the listener at every change. @throws DatabaseError `INVALID_OPTION`. */
  watch(listener: (state: ConnectionState) => void): Subscription;
  /** Connects again, after `disconnect` or a state that ends the tries. */
  connect(): void;
  /** Goes offline on purpose; reads and writes go on. */
  disconnect(): void;
  /**
   * Resolves in the state `live`, with everything written before answered, and with numbers for ids of a sequence. Waits while
   * the replica is offline, without an end unless `signal` sets one: `AbortSignal.timeout(2_000)`.
   *
   * @throws DatabaseError `connection.error` when the tries have ended; `SERVER_UNREACHABLE` when the signal is aborted first;
   *   `DATABASE_CLOSED`, `INVALID_OPTION`.
   */
  synced(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Holds this from now on, and nothing else: what only earlier shapes held is removed when the promise resolves; the rest
   * comes when there is a connection. It is for this opening: the next goes by its own `subscribe`.
   *
   * @throws DatabaseError `INVALID_OPTION`, `UNINDEXED_FIELD`, `INVALID_QUERY`, `INVALID_KEY`; then nothing has changed.
   */
  subscribe(shapes: ShapesOf<Repos, Names>): Promise<void>;
  /**
   * The way out of `restored`, `rolled back` and `forgotten`: the server's state counts from now on. Documents come again; edits in the
   * outbox go on where the document is still the same, and become conflicts where it is not. Nothing to do in other states.
   *
   * @throws DatabaseError `SERVER_FOREIGN`, `APPLICATION_MISMATCH`: another database is never adopted.
   */
  adopt(): Promise<void>;
}

export interface ConnectionParts {
  readonly port: SyncPort;
  readonly link: ReplicaLink;
  readonly state: LocalState;
  readonly mirror: Mirror;
  readonly shapes: ReplicaShapes;
  readonly adoption: Adoption;
  readonly ranges: Pick<KeyRanges, 'settled' | 'isSettled'>;
  readonly states: Watchers<ConnectionState>;
  readonly sizes: Watchers<number>;
}

/** Longest delay of a timer: 2^31 - 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;
const REFUSED: ReadonlySet<ConnectionState> = new Set(['foreign', 'other application']);
const ADOPTABLE: ReadonlySet<ConnectionState> = new Set(['restored', 'rolled back', 'forgotten']);

export class Connection<Repos> implements ReplicaConnection<Repos> {
  readonly #parts: ConnectionParts;
  #reason = '';
  #error: DatabaseError | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#parts.link.state;
  }

  get reason(): string {
    return this.#reason;
  }

  get error(): DatabaseError | undefined {
    return this.#error;
  }

  /** Called by the link, before listeners hear of it. */
  note(reason: string, error: DatabaseError | undefined): void {
    this.#reason = reason;
    this.#error = error;
  }

  watch(listener: (state: ConnectionState) => void): Subscription {
    return this.#parts.states.add(listener);
  }

  connect(): void {
    this.#requireOpen();
    this.#parts.link.start();
  }

  disconnect(): void {
    this.#parts.link.stop('disconnected on purpose');
  }

  async synced(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    requireObject('options', options);
    const { signal } = options;
    if (signal !== undefined) requireSignal('signal', signal);
    const { state, ranges } = this.#parts;
    const look = (): boolean | DatabaseError => {
      if (this.state === 'live' && state.waitingCount === 0) return true;
      return (this.state === 'closed' ? this.#closedError() : this.#error) ?? false;
    };
    do {
      await ranges.settled();
      await this.#until(look, signal);
      // Numbers are asked for when a connection begins: an insert right behind this call has one.
    } while (!ranges.isSettled);
  }

  /** Resolves when every transaction written so far is answered. @throws DatabaseError `SERVER_UNREACHABLE` when it ends first. */
  answered(): Promise<void> {
    const { state } = this.#parts;
    const last = state.next - 1;
    return this.#until(() => {
      if (state.answered >= last) return true;
      if (this.state === 'live' || this.state === 'catching up') return false;
      return new DatabaseError('SERVER_UNREACHABLE', `the replica is ${this.state}`, { state: this.state });
    });
  }

  async subscribe(subscribe: ShapesOf<Repos>): Promise<void> {
    this.#requireOpen();
    const { port, state, shapes, link, mirror } = this.#parts;
    const change = shapes.change(subscribe);
    if (change.removed.length > 0)
      await port.replicate((sync) => {
        for (const { name } of change.removed) state.setShapeHeld(sync, name, undefined);
        // Until it is sure that nothing of them is on its way: a crash before that leaves it to the next opening.
        state.setFlag(sync, 'sweep', true);
      });
    const isConnected = link.resubscribe(change);
    if (change.removed.length > 0) await mirror.keepOnly(shapes.all, !isConnected);
  }

  async adopt(): Promise<void> {
    this.#requireOpen();
    if (REFUSED.has(this.state) && this.#error !== undefined) throw this.#error;
    if (!ADOPTABLE.has(this.state)) return;
    await this.#parts.adoption.begin();
    this.#parts.link.start();
  }

  /** Looks now and at every change of the state or of the outbox; resolves at true, rejects with an error. */
  #until(look: () => boolean | DatabaseError, signal?: AbortSignal): Promise<void> {
    const { states, sizes } = this.#parts;
    return new Promise((resolve, reject) => {
      const subscriptions: Subscription[] = [];
      // The timer of the next try lets a process end. One that awaits this does not: it would end without a word.
      const stay = later(() => undefined, MAX_DELAY_MS, true);
      const lookAgain = (): void => {
        let found = look();
        if (found === false && signal?.aborted) found = this.#notInTime(signal);
        if (found === false) return;
        stay.cancel();
        for (const subscription of subscriptions) subscription.unsubscribe();
        signal?.removeEventListener('abort', lookAgain);
        if (found === true) resolve();
        else reject(found);
      };
      subscriptions.push(states.add(lookAgain), sizes.add(lookAgain));
      signal?.addEventListener('abort', lookAgain);
      lookAgain();
    });
  }

  #requireOpen(): void {
    if (this.state === 'closed') throw this.#closedError();
  }

  #notInTime({ reason }: AbortSignal): DatabaseError {
    const { waitingCount } = this.#parts.state;
    const why = this.#reason === '' ? '' : ` (${this.#reason.replace(/\.$/, '')})`;
    const what = `the replica is ${this.state}${why}, and ${waitingCount} transactions wait for an answer`;
    return new DatabaseError('SERVER_UNREACHABLE', what, { state: this.state, waitingCount }, { cause: reason });
  }

  #closedError(): DatabaseError {
    return new DatabaseError('DATABASE_CLOSED', 'the replica was closed');
  }
}
