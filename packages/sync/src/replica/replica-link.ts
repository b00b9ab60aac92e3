/**
 * The replica's connection to its server: tries, and tries again; one `LinkSession` does the talking of each.
 */
import { randomInt } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { later, nowMs, type Timer } from '@nuthatch/runtime/sync';
import { DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES } from '../protocol/limits.js';
import { ChunkedTransport } from '../transport/chunked-transport.js';
import { type ConnectionState, endingOf } from './connection-state.js';
import type { LinkParts } from './link-parts.js';
import { LinkSession } from './link-session.js';
import type { ShapeChange } from './replica-shapes.js';

const MIN_RETRY_MS = 50;
/** Somebody who uses a copy of this replica's directory answers to another try sooner. */
const REPLACED_AGAIN_MS = 60_000;

export class ReplicaLink {
  readonly #parts: LinkParts;
  #state: ConnectionState = 'offline';
  #session: LinkSession | undefined;
  /** The last message of every session is applied when it resolves. */
  #applied: Promise<unknown> = Promise.resolve();
  #retry: Timer | undefined;
  #retryMs = MIN_RETRY_MS;
  #isWanted = false;
  /** When the server last said that this replica was connected elsewhere. */
  #replacedAtMs: number | undefined;
  /** Number of the last try to connect. */
  #attempt = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The session that may be asked. @throws DatabaseError `SERVER_UNREACHABLE` without one. */
  get session(): LinkSession {
    const session = this.#session;
    if (session?.isOpen) return session;
    throw new DatabaseError('SERVER_UNREACHABLE', `the replica is ${this.#state}`, { state: this.#state });
  }

  /** Connects, and again whenever the connection is lost. Idempotent. */
  start(): void {
    if (this.#isWanted || this.#state === 'closed') return;
    this.#isWanted = true;
    this.#replacedAtMs = undefined;
    this.#try();
  }

  /** Ends the connection and tries no more until `start`. Idempotent. */
  stop(reason: string): void {
    this.#isWanted = false;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#endSession(reason);
    if (this.#state !== 'offline' && this.#state !== 'closed') this.#become('offline', reason);
  }

  /** Stops; it does not start again. */
  async close(): Promise<void> {
    this.stop('the replica was closed');
    this.#become('closed', 'the replica was closed');
    await this.#applied;
  }

  /** Something waits in the outbox. */
  send(): void {
    this.#session?.sendOutbox();
  }

  /** Other shapes from now on. @returns whether documents of the old ones may still be on their way. */
  resubscribe(change: ShapeChange): boolean {
    const session = this.#session;
    if (!session?.isOpen) return false;
    session.resubscribe(change);
    return true;
  }

  #try(): void {
    this.#become('greeting', '');
    this.#connect().catch((error: unknown) => {
      if (DatabaseError.is(error, 'PORT_CLOSED')) this.#ended('offline', 'the port was closed', error);
      else this.#lost(error instanceof Error ? error.message : String(error));
    });
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    const token = await this.#parts.token();
    const raw = await this.#parts.connect();
    // Stopped meanwhile, or started once more.
    if (!this.#isWanted || attempt !== this.#attempt) {
      raw.close('not wanted any more');
      return;
    }
    const transport = new ChunkedTransport(raw, DEFAULT_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
    const session: LinkSession = new LinkSession(this.#parts, transport, this.#applied, {
      isCurrent: () => this.#session === session,
      become: (state, reason) => this.#become(state, reason),
      opened: (nowMs) => {
        this.#retryMs = MIN_RETRY_MS;
        this.#parts.onOpen(nowMs);
      },
      rejected: (code, message) => this.#rejected(code, message),
      lost: (reason) => this.#lost(reason),
    });
    this.#session = session;
    session.begin(token);
  }

  #rejected(code: string, message: string): void {
    const ending = endingOf(code, message);
    if (ending === undefined || (ending.state === 'replaced' && this.#isReplacedByItself())) {
      this.#lost(`${code}: ${message}`);
      return;
    }
    this.#endSession(code);
    this.#ended(ending.state, message, ending.error);
  }

  /**
   * Whether it may have been an earlier connection of this replica: what it sent last can reach the server behind the greeting
   * of the next one. It is tried once more then. A copy of its directory, which does the same, wins at the second time.
   */
  #isReplacedByItself(): boolean {
    const lastMs = this.#replacedAtMs;
    this.#replacedAtMs = nowMs();
    return lastMs === undefined || this.#replacedAtMs - lastMs > REPLACED_AGAIN_MS;
  }

  /** Trying again would change nothing. */
  #ended(state: ConnectionState, reason: string, error: DatabaseError): void {
    this.#isWanted = false;
    this.#become(state, reason, error);
  }

  #endSession(reason: string): void {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    this.#applied = session.end(reason);
  }

  #lost(reason: string): void {
    this.#endSession(reason);
    if (this.#state === 'closed' || !this.#isWanted) return;
    this.#become('offline', reason);
    // With jitter: after an outage not all replicas come back in the same moment.
    const waitMs = this.#retryMs / 2 + randomInt(Math.ceil(this.#retryMs / 2) + 1);
    this.#retryMs = Math.min(this.#retryMs * 2, this.#parts.maxRetryMs);
    this.#retry?.cancel();
    this.#retry = later(() => this.#try(), waitMs);
  }

  #become(state: ConnectionState, reason: string, error?: DatabaseError): void {
    if (this.#state === 'closed' || this.#state === state) return;
    this.#state = state;
    this.#parts.onState(state, reason, error);
  }
}
