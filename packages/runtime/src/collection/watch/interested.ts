/** Those who are told of changes by what they ask for, and the values of a change that they are found by. */
import type { DocumentChange } from '../../feed/change-batch.js';
import type { Condition, OrderingIndex } from '../indexing/collection-index.js';
import type { OrderWindow } from './order-window.js';

/** One who asks: what meets all conditions. */
export interface Interested {
  readonly conditions: readonly Condition[];
  /** Documents that lie in this part of an order neither before nor after a change are nothing to it. Undefined: any may be. */
  readonly window?: OrderWindow | undefined;
}

/** The parts of a change that are looked at. */
export type ChangedDocument = Pick<DocumentChange, 'before' | 'after' | 'storeKey'>;

/** The index values of a document before and after a change. */
export function valuesIn(
  index: Pick<OrderingIndex, 'structure'>,
  { before, after }: ChangedDocument,
): Iterable<unknown> {
  if (isDropped(index)) return [];
  const values: unknown[] = [];
  for (const document of [before, after]) {
    if (document === undefined) continue;
    const value = index.structure.valueOf(document);
    if (Array.isArray(value)) values.push(...value);
    else if (value !== undefined) values.push(value);
  }
  return values;
}

/** The structure of a dropped index refuses to be asked. */
export function isDropped(index: Pick<OrderingIndex, 'structure'>): boolean {
  try {
    return index.structure === undefined;
  } catch {
    return true;
  }
}
