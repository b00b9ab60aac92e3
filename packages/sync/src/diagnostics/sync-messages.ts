/**
 * What servers and replicas say on `node:diagnostics_channel`, by the rules of packages/runtime/docs/diagnostics.md.
 * No message holds a token, the id of a user or an address.
 */
import type { DatabaseSource } from '@nuthatch/runtime';
import { channelOf } from '@nuthatch/runtime/sync';
import type { ConnectionState } from '../replica/connection-state.js';

/** A replica was admitted by a server, or one that was has gone. */
export interface SyncConnectionMessage {
  readonly database: DatabaseSource;
  /** Connections of the server now, those that have not said who they are included. */
  readonly connectionCount: number;
}

/** What `onError` of a server gets. */
export interface SyncErrorMessage {
  readonly database: DatabaseSource;
  readonly error: unknown;
}

/** A replica's connection has another state now. */
export interface SyncStateMessage {
  readonly database: DatabaseSource;
  readonly state: ConnectionState;
  /** Transactions that the server has not answered yet. */
  readonly outboxSize: number;
}

/** Messages by the names of their channels. */
export interface SyncDiagnosticsMessages {
  'nuthatch:sync:connected': SyncConnectionMessage;
  'nuthatch:sync:disconnected': SyncConnectionMessage;
  'nuthatch:sync:error': SyncErrorMessage;
  'nuthatch:sync:state': SyncStateMessage;
}

export const CONNECTED = channelOf<SyncConnectionMessage>('nuthatch:sync:connected');
export const DISCONNECTED = channelOf<SyncConnectionMessage>('nuthatch:sync:disconnected');
export const SYNC_ERROR = channelOf<SyncErrorMessage>('nuthatch:sync:error');
export const SYNC_STATE = channelOf<SyncStateMessage>('nuthatch:sync:state');
