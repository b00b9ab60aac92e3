/**
 * A mark that all references were in order when the database was closed: the next opening need not look at them again.
 *
 * It is a record of the engine's own, written by the last transaction before the close, and says its seq. It counts only
 * while it is the very last transaction: a program that knows no references, checks none, or was killed leaves
 * another one behind it. Restored, imported and migrated directories have another history; a class that was
 * changed has other models. In doubt, the opening looks at every key.
 *
 *   references   { seq, history, models }      about 150 bytes, for each opening that writes
 */
import { modelsHash } from '@nuthatch/model';
import type { Collection } from '../collection/collection.js';
import { KeyedRecords } from '../collection/keyed-records.js';
import type { SyncPort } from './sync-port.js';

/** Never change: files hold it. */
const NAME = 'references';

/** Which history of which database, by which classes. */
interface MarkedState {
  readonly history: string;
  readonly models: string;
}

interface ReferenceMark extends MarkedState {
  readonly seq: number;
}

export function stateOf(
  { uuid, incarnation }: { readonly uuid: string; readonly incarnation: number },
  collections: ReadonlyMap<string, Collection>,
): MarkedState {
  const models = Array.from(collections.values(), ({ definition }) => definition.model);
  return { history: `${uuid}-${incarnation}`, models: modelsHash(models) };
}

/** Whether nothing was written since all references were in order. O(1). @param records of sync. */
export function isMarked(records: Collection, state: MarkedState, lastSeq: number): boolean {
  const mark = new KeyedRecords(records).get(NAME) as ReferenceMark | undefined;
  return mark?.seq === lastSeq && mark.history === state.history && mark.models === state.models;
}

/** Leaves the mark, unless it is there. Nothing may be written behind it. Rejects as a write. */
export async function leaveMark(port: SyncPort, state: MarkedState, isThere: boolean): Promise<void> {
  if (isThere) return;
  const mark: ReferenceMark = { seq: port.lastSeq + 1, ...state };
  await port.replicate((sync) => sync.setRecord(NAME, mark), { durability: 'os' });
}
