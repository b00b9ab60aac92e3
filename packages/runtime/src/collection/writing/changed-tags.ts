import { isSameValue } from './same-value.js';

/**
 * The tags without `from` and with `to`, in its place when there are both; either may be undefined. One of each, as a
 * tag index counts them; tags that are not in question stay as they are. O(tags).
 */
export function changedTags(before: readonly unknown[], from: unknown, to: unknown): readonly unknown[] {
  // Two dates of one time are one tag.
  const isFrom = (tag: unknown): boolean => isSameValue(tag, from);
  const isTo = (tag: unknown): boolean => isSameValue(tag, to);
  if (to === undefined) return before.filter((tag) => !isFrom(tag));
  if (from === undefined) return before.some(isTo) ? before : [...before, to];
  const first = before.findIndex((tag) => isFrom(tag) || isTo(tag));
  const rest = (tag: unknown, at: number): boolean => at === first || !(isFrom(tag) || isTo(tag));
  return before.filter(rest).map((tag) => (isFrom(tag) ? to : tag));
}
