/** The parts that the connection of a replica works with. */
import type { DatabaseError } from '@nuthatch/model';
import type { SyncPort } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../protocol/messages.js';
import type { Transport } from '../transport/transport.js';
import type { Adoption } from './adoption.js';
import type { ConnectionState } from './connection-state.js';
import type { LocalDocuments } from './local-documents.js';
import type { ConflictRecord, LocalState } from './local-state.js';
import type { Mirror } from './mirror.js';
import type { Outbox } from './outbox.js';
import type { ReplicaBlobs } from './replica-blobs.js';
import type { ReplicaShapes } from './replica-shapes.js';

export interface LinkParts {
  readonly port: SyncPort;
  readonly state: LocalState;
  readonly documents: LocalDocuments;
  readonly mirror: Mirror;
  readonly outbox: Outbox;
  readonly shapes: ReplicaShapes;
  readonly adoption: Adoption;
  readonly blobs: ReplicaBlobs;
  readonly application: string;
  readonly maxRetryMs: number;
  /** How often a silent server is asked for a sign. */
  readonly pingMs: number;
  connect(): Promise<Transport>;
  token(): Promise<string>;
  /** Makes everything written before durable. */
  flush(): Promise<void>;
  onState(state: ConnectionState, reason: string, error: DatabaseError | undefined): void;
  onConflict(conflict: ConflictRecord): void;
  onOutbox(): void;
  onRefused(reason: string): void;
  /** The server has said who it is, and what its clock says: questions can be asked. */
  onOpen(nowMs: number): void;
  onLeaseLost(lost: MessageOf<'leaseLost'>): Promise<void>;
  onError(error: unknown): void;
}
