/** The refusal of an unknown option, for every function with options. */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from './show-value.js';

/**
 * The error of a name that is not an option: it names the nearest one, or all of them when none is near.
 *
 * @param of what was called.
 */
export function unknownOption(option: string, of: string, names: readonly string[]): DatabaseError {
  const nearest = nearestName(option, names);
  const remedy = nearest === undefined ? `: those are ${names.join(', ')}` : `; did you mean \`${nearest}\``;
  return new DatabaseError('INVALID_OPTION', `\`${option}\` is not an option of ${of}${remedy}`, { option, nearest });
}

/**
 * An argument that takes options: an object of no others than these names; left out, it has none.
 *
 * @param of what was called.
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function optionsObject<O extends object>(options: O | undefined, of: string, names: readonly string[]): O {
  if (options === undefined) return {} as O;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new DatabaseError('INVALID_OPTION', `the options of ${of} must be an object, found ${showValue(options)}`, {
      option: 'options',
    });
  for (const name in options) if (!names.includes(name)) throw unknownOption(name, of, names);
  return options;
}

/** The known name with the fewest edits from `name`, when there are at most half as many edits as letters. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, name.length / 2) ? best.candidate : undefined;
}

/** Levenshtein distance. O(a · b). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change));
    }
    row = next;
  }
  return row[b.length]!;
}
