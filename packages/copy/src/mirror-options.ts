/** What `mirror` takes and tells. */
import type { DatabaseError } from '@nuthatch/model';
import type { CopyOptions } from './copy-options.js';

export type MirrorEvent =
  | { readonly kind: 'copying'; readonly reason: 'empty' | 'changed' | 'gone' | 'refused' }
  | { readonly kind: 'copied'; readonly seq: bigint }
  | { readonly kind: 'following'; readonly since: bigint }
  | { readonly kind: 'applied'; readonly seq: bigint; readonly changeCount: number }
  | { readonly kind: 'retrying'; readonly error: DatabaseError; readonly afterMs: number };

export interface MirrorOptions extends Pick<CopyOptions, 'collections' | 'existing' | 'verify' | 'onProgress'> {
  /** Changes applied at once, at most (fewer when their documents pass 8 MiB); whole transactions only, so a larger one is applied whole. Default 1,000. */
  readonly batchChangeCount?: number | undefined;
  /** Wait before the target is tried again, doubled up to 30 s. Default 500. */
  readonly retryMs?: number | undefined;
  readonly onEvent?: ((event: MirrorEvent) => void) | undefined;
}

export interface MirrorStatus {
  readonly state: 'copying' | 'following' | 'retrying' | 'stopped' | 'failed';
  /** The target holds everything up to this transaction; undefined before the first copy. */
  readonly appliedSeq: bigint | undefined;
  /** Transactions that the target lacks. */
  readonly lagCount: number;
  /** Age of the oldest change that was read and not yet applied; 0 when there is none. */
  readonly lagMs: number;
}
