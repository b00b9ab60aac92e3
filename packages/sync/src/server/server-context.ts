import type { IncomingMessage } from 'node:http';
import type { SyncPort } from '@nuthatch/runtime/sync';
import type { OutgoingDocuments } from '../documents/outgoing-documents.js';
import type { Leases } from './leases.js';
import type { LiveSessions } from './live-sessions.js';
import type { SyncUser } from './policy.js';
import type { Reject } from './reject.js';
import type { Rights } from './rights.js';
import type { ServerLimits } from './server-options.js';
import type { Uploads } from './uploads.js';

/** A session, as its server knows it. */
export interface OpenSession {
  /** Empty before HELLO. */
  readonly clientId: string;
  readonly user: SyncUser | undefined;
  reject(code: string, message: string, isRetryable?: boolean): void;
}

/** The parts of its server that a session needs. */
export interface ServerContext {
  readonly application: string | undefined;
  readonly port: SyncPort;
  readonly outgoing: OutgoingDocuments;
  readonly live: LiveSessions;
  readonly leases: Leases;
  readonly uploads: Uploads;
  readonly limits: ServerLimits;
  /** @throws Reject when the token stands for nobody, or `authenticate` fails. */
  authenticate(token: string, request: IncomingMessage | undefined): Promise<SyncUser>;
  /** @throws Reject when the policy fails, or is wrong: nothing is granted then. */
  rightsOf(user: SyncUser): Rights;
  /** The session knows its client: an older one of the same client ends. @returns a refusal. */
  welcome(session: OpenSession): Reject | undefined;
  ended(session: OpenSession): void;
  onError(error: unknown, peer: string): void;
  /** Resolves when everything up to `seq` is settled and told. */
  settled(seq: number): Promise<void>;
  /** Gives the event loop a turn. */
  turn(): Promise<void>;
}
