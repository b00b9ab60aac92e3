/** Refuses a target whose tables are not those a copy makes, before anything is written. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionShape } from './collection-shape.js';
import type { CopyPosition } from './copy-position.js';
import type { ExternalStore, TargetDifference } from './external-store.js';

/**
 * @returns the differences that are no hindrance: tables to be made, and with `replace` rows to be replaced.
 * @throws DatabaseError `COPY_TARGET_MISMATCH` with all others.
 */
export async function checkTarget(
  store: ExternalStore,
  shapes: readonly CollectionShape[],
  positions: ReadonlyMap<string, CopyPosition>,
  historyId: string,
  existing: 'refuse' | 'replace',
): Promise<readonly TargetDifference[]> {
  const differences: TargetDifference[] = [...(await store.check(shapes))];
  for (const { collection, table } of shapes) {
    const position = positions.get(collection);
    if (position !== undefined && position.historyId !== historyId)
      differences.push({
        table,
        kind: 'rows',
        expected: `history ${historyId}`,
        found: `history ${position.historyId}`,
      });
  }
  const isHindrance = ({ kind }: TargetDifference): boolean =>
    kind === 'rows' ? existing === 'refuse' : kind !== 'missingTable';
  const hindrances = differences.filter(isHindrance);
  if (hindrances.length === 0) return differences;
  throw mismatch(store.name, hindrances);
}

/** A collection's differences; where its main table is missing, those that are missing with it are not told one by one. */
export function withoutFollowing(differences: readonly TargetDifference[], main: string): readonly TargetDifference[] {
  const isMissing = ({ kind }: TargetDifference): boolean => kind === 'missingTable';
  const hasMain = !differences.some((one) => isMissing(one) && one.table === main);
  return hasMain ? differences : differences.filter((one) => !isMissing(one) || one.table === main);
}

/** The refusal of a target for these differences. */
export function mismatch(target: string, differences: readonly TargetDifference[]): DatabaseError {
  const what = `${target} holds other tables than the copy makes: ${differences.map(describe).join('; ')}`;
  return new DatabaseError('COPY_TARGET_MISMATCH', what, { target, differences });
}

function describe({ table, column, kind, expected, found }: TargetDifference): string {
  const place = column === undefined ? table : `${table}.${column}`;
  switch (kind) {
    case 'missingTable':
      return `${place} is missing`;
    case 'missingColumn':
      return `${place} is missing, expected ${expected}`;
    case 'extraColumn':
      return `${place} is a column without a field`;
    case 'rows':
      return found === undefined
        ? `${place} holds rows that no copy wrote`
        : `${place} holds rows of another database (copy with \`existing: 'replace'\` to replace them)`;
    case 'owner':
      return `${place} belongs to another copy: expected ${expected}, found ${found}`;
    default:
      return `${place} has ${kind} ${found}, expected ${expected}`;
  }
}
