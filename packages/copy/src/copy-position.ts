/** How far a target holds a collection: kept in the target itself, written together with the rows where it can. */
import { requireArgument, requireShape } from './argument-check.js';
import type { CollectionShape } from './collection-shape.js';

export interface CopyPosition {
  readonly collection: string;
  /** `describeDatabase(db).historyId` of the database that the seq counts in. */
  readonly historyId: string;
  /** The target holds exactly the documents of this seq, if `isComplete`. */
  readonly seq: bigint;
  /** Fingerprint of the model whose columns were written. */
  readonly fingerprint: string;
  /**
   * False: a copy is under way or was cut off, and rows of several seqs may stand side by side. A target that swaps a
   * collection's rows in one transaction never shows it.
   */
  readonly isComplete: boolean;
}

/** The table (or name) that positions are kept under. */
export const POSITION_TABLE = 'nuthatch_position';

/** The position of a collection held whole at `seq`. */
export function completeAt(shape: CollectionShape, historyId: string, seq: bigint): CopyPosition {
  requireShape(shape);
  requireArgument(historyId, 'historyId', 'text');
  if (typeof seq !== 'bigint') requireArgument(seq, 'seq', ['a bigint']);
  return { collection: shape.collection, historyId, seq, fingerprint: shape.fingerprint, isComplete: true };
}

/** True when `position` says that the target holds this shape of this history whole. */
export function isUsable(
  position: CopyPosition | undefined,
  shape: CollectionShape,
  historyId: string,
): position is CopyPosition {
  requireShape(shape);
  return (
    position?.isComplete === true && position.historyId === historyId && position.fingerprint === shape.fingerprint
  );
}
