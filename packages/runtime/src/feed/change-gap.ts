/**
 * Stands in a stream of changes for those that were dropped because its reader was too slow. Only readers that asked
 * for `onOverflow: 'drop'` meet one; its `kind` tells it from a change.
 */
export interface ChangeGap {
  readonly kind: 'gap';
  /** Seq of the first transaction with dropped changes. */
  readonly fromSeq: bigint;
  /** Seq of the last transaction with dropped changes. The next change comes from a later one. */
  readonly toSeq: bigint;
  /** Changes dropped. */
  readonly changeCount: number;
  /** Where the gap begins: `changes({ since: gap.since })` reads what was dropped again, and nothing before it. */
  readonly since: string;
  /** Where it ends: a reader that stores the `cursor` of each item can go on after it. */
  readonly cursor: string;
  /** What `JSON.stringify` takes: seqs as text. */
  toJSON(): object;
}

export class DroppedChanges implements ChangeGap {
  readonly kind = 'gap';

  constructor(
    readonly fromSeq: bigint,
    readonly toSeq: bigint,
    readonly changeCount: number,
    readonly since: string,
    readonly cursor: string,
  ) {}

  toJSON(): object {
    const { kind, fromSeq, toSeq, changeCount, since, cursor } = this;
    return { kind, fromSeq: String(fromSeq), toSeq: String(toSeq), changeCount, since, cursor };
  }
}
