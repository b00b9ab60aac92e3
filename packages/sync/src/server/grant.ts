import type { StoreKey } from '@nuthatch/runtime/sync';
import type { ShapeCondition } from '../documents/shape-condition.js';
import { GRANT_BYTES } from '../protocol/messages.js';
import type { WriteRule } from './policy.js';

/** The rights on one collection. */
export interface Grant {
  /** Undefined: nothing. */
  readonly read: ShapeCondition | undefined;
  readonly write: WriteRule;
  readonly hidden: ReadonlySet<string>;
  readonly mayBreakLeases: boolean;
  /** Stands for `read` and `hidden`: a replica that holds a shape under another grant gets it anew. */
  readonly digest: Uint8Array;
}

export const NO_GRANT: Grant = {
  read: undefined,
  write: false,
  hidden: new Set(),
  mayBreakLeases: false,
  digest: new Uint8Array(GRANT_BYTES),
};

/** Whether a document is among what is granted. */
export function mayRead({ read }: Grant, key: StoreKey, document: object): boolean {
  return (
    read !== undefined &&
    (read.keys === undefined || read.keys.has(key)) &&
    read.conditions.every((condition) => condition.matches(document))
  );
}
