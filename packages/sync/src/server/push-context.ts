import type { BlobId, SyncPort } from '@nuthatch/runtime/sync';
import type { IncomingDocuments } from '../documents/incoming-documents.js';
import type { OutgoingDocuments } from '../documents/outgoing-documents.js';
import type { ClientAnswers } from './answers.js';
import type { Grant } from './grant.js';
import type { Leases } from './leases.js';

/** The parts of its server that the transactions of one replica need. */
export interface PushContext {
  readonly port: SyncPort;
  readonly answers: ClientAnswers;
  readonly incoming: IncomingDocuments;
  readonly outgoing: OutgoingDocuments;
  readonly leases: Leases;
  readonly clientId: string;
  /** Name of the user. */
  readonly user: () => string;
  /** Whether the user has sent every byte of a blob. */
  hasUploaded(blob: BlobId): boolean;
  grantOf(collection: string): Grant;
  /** Told of faults of the application's policy. */
  onPolicyError(error: unknown): void;
}
