import type { IncomingMessage } from 'node:http';
import type { SyncPort } from '@nuthatch/runtime/sync';
import type { OutgoingDocuments } from '../documents/outgoing-documents.js';
import type { LiveSessions } from './live-sessions.js';
import type { Grant, SyncUser } from './policy.js';

/** A session, as its server knows it. */
export interface OpenSession {
  /** Empty before HELLO. */
  readonly clientId: string;
  reject(code: string, message: string, isRetryable?: boolean): void;
}

/** What a session needs of its server. */
export interface ServerContext {
  readonly request: IncomingMessage | undefined;
  readonly application: string | undefined;
  readonly port: SyncPort;
  readonly outgoing: OutgoingDocuments;
  readonly live: LiveSessions;
  readonly maxMessageBytes: number;
  authenticate(token: string, request: IncomingMessage | undefined): Promise<SyncUser | undefined>;
  grantOf(user: SyncUser, collection: string): Grant;
  /** The session knows its client: an older one of the same client ends. */
  welcome(session: OpenSession): void;
  ended(session: OpenSession): void;
  onError(error: unknown, peer: string): void;
  /** Resolves when everything up to `seq` is settled and told. */
  settled(seq: number): Promise<void>;
  /** Gives the event loop a turn. */
  turn(): Promise<void>;
}
