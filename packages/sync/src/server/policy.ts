/** The rights of users, in the words of the application; refused is whatever it has not granted. */

import type { ReleaseStep } from '@nuthatch/runtime/sync';

/** One pushed effect, as a policy sees it. */
export interface PushedChange {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly key: unknown;
  readonly before: object | undefined;
  readonly after: object | undefined;
  /** An update that releases the document, begins its next draft, or changes the state of an earlier release. */
  readonly step?: ReleaseStep;
}

/** `true`: granted. Anything else, a promise too, is a refusal. */
export type WriteRule = boolean | ((change: PushedChange) => boolean);

export interface CollectionPolicy {
  /** `true`: all; `false` or left out: none; an object: what `find` takes, which every document given out meets. */
  readonly read?: boolean | object;
  /** `true`: any change; `false` or left out: none; a function decides for each change. Must be synchronous. */
  readonly write?: WriteRule;
  /** Optional fields that never leave the server; what the user writes keeps them as they are. */
  readonly hidden?: readonly string[];
  /** The user may end what others have checked out. */
  readonly breakLeases?: boolean;
}

/** By collection; what is left out is neither read nor written. */
export type Policy = Readonly<Record<string, CollectionPolicy>>;

export interface SyncUser {
  /** Names the user in leases, logs and errors. */
  readonly id: string;
  /** When the token ends, in epoch milliseconds: the connection ends then, unless the replica has sent another. */
  readonly expiresAtMs?: number;
}
