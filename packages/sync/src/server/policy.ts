/** Who may read and write what. Asked for each shape and each pushed effect; refused is whatever nobody has granted. */
import type { ShapeCondition } from './shape.js';

/** One pushed effect, as a policy sees it. */
export interface PushedChange {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly key: unknown;
  readonly before: object | undefined;
  readonly after: object | undefined;
}

export interface CollectionPolicy {
  /** `true`: all; `false` or left out: none; an object: what `find` takes, which every document given out meets. */
  readonly read?: boolean | object;
  /** `true`: any change; `false` or left out: none; a function decides for each change. Must be synchronous. */
  readonly write?: boolean | ((change: PushedChange) => boolean);
}

/** By collection; what is left out is neither read nor written. */
export type Policy = Readonly<Record<string, CollectionPolicy>>;

export interface SyncUser {
  /** Names the user in leases, logs and errors. */
  readonly id: string;
}

/** What a policy grants a user of one collection. */
export interface Grant {
  readonly read: ShapeCondition | undefined;
  readonly write: boolean | ((change: PushedChange) => boolean);
}
