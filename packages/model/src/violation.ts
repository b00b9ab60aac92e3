/** One way in which a document breaks its model. */
export interface Violation {
  /** Where: `email`, `address.street`, `scores[3]`; empty for the document as a whole. */
  readonly path: string;
  /** Which rule: `type`, `required`, `unknownField`, or class-validator's constraint name such as `isEmail`. */
  readonly rule: string;
  /** The problem, for a person: `email must be an email`. */
  readonly message: string;
}

/**
 * Violations that are listed; those beyond are counted. For a list of a million bad elements, the error lists a hundred
 * of them.
 */
export const MAX_VIOLATIONS = 100;

/** One problem of a document: up to `MAX_VIOLATIONS`, and how many more there are. */
export interface ViolationList extends Array<Violation> {
  /** Absent: none. */
  omittedCount?: number;
}

/** Adds one, or counts it when the list is full. Makes the list for the first. O(1). */
export function addViolation(list: ViolationList | undefined, violation: Violation): ViolationList {
  if (list === undefined) return [violation];
  return oneMore(list) ?? addTo(list, violation);
}

/** Counts one more when the list is full; undefined when there is room to list it. O(1). */
export function oneMore(list: ViolationList | undefined): ViolationList | undefined {
  if (list === undefined || list.length < MAX_VIOLATIONS) return undefined;
  list.omittedCount = (list.omittedCount ?? 0) + 1;
  return list;
}

/** One list of several, in order; undefined when none holds any. O(violations). */
export function joinViolations(...lists: readonly (readonly Violation[] | undefined)[]): ViolationList | undefined {
  let joined: ViolationList | undefined;
  for (const list of lists) {
    if (list === undefined) continue;
    for (const violation of list) joined = addViolation(joined, violation);
    const { omittedCount } = list as ViolationList;
    if (omittedCount !== undefined && joined !== undefined)
      joined.omittedCount = (joined.omittedCount ?? 0) + omittedCount;
  }
  return joined;
}

function addTo(list: ViolationList, violation: Violation): ViolationList {
  list.push(violation);
  return list;
}
