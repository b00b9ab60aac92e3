/**
 * Stands in a stream of changes for those that were dropped because its reader was too slow. Only readers that asked
 * for `onOverflow: 'drop'` meet one; its `kind` tells it from a change.
 */
export interface ChangeGap {
  readonly kind: 'gap';
  /** Seq of the first transaction with dropped changes; `changes({ since: fromSeq - 1n })` reads them again. */
  readonly fromSeq: bigint;
  /** Seq of the last transaction with dropped changes. The next change comes from a later one. */
  readonly toSeq: bigint;
  /** Changes dropped. */
  readonly changeCount: number;
}
