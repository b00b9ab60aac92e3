/** The public face of sync; re-exports only. */

export type {
  SyncConnectionMessage,
  SyncDiagnosticsMessages,
  SyncErrorMessage,
  SyncStateMessage,
} from './diagnostics/sync-messages.js';
export type { CheckOuts, CheckOutsOf, Holder, Lease } from './replica/check-out.js';
export type { Conflict, ConflictEdit, ConflictEditOf, ReplicaConflicts } from './replica/conflicts.js';
export type { ReplicaConnection } from './replica/connection.js';
export type { ConnectionState } from './replica/connection-state.js';
export type { HeldLease, LeaseTime, LostLease, ReplicaLeases } from './replica/leases.js';
export { openReplica, type Replica, type ReplicaFace } from './replica/open-replica.js';
export type { ReplicaOutbox } from './replica/outbox.js';
export type {
  KeyValueShape,
  ReplicaOptions,
  ResolverOf,
  ResolversOf,
  ShapeOf,
  ShapesOf,
} from './replica/replica-options.js';
export type { ServerClient } from './server/clients.js';
export type { CollectionPolicy, KeyValuePolicy, Policy, PolicyOf, PushedChange, SyncUser } from './server/policy.js';
export { type ServerLease, type ServerLeaseEvent, SyncServer, type SyncServerStats, serve } from './server/serve.js';
export type { ServeOptions } from './server/server-options.js';
export { MessagePortTransport } from './transport/message-port-transport.js';
export type { Transport, TransportListener } from './transport/transport.js';
export { WebSocketTransport } from './transport/web-socket-transport.js';
