/**
 * The tags without `from` and with `to`, in its place when there are both; either may be undefined. One of each, as a
 * tag index counts them; tags that are not in question stay as they are. O(tags).
 */
export function changedTags(before: readonly unknown[], from: unknown, to: unknown): readonly unknown[] {
  if (to === undefined) return before.filter((tag) => tag !== from);
  if (from === undefined) return before.includes(to) ? before : [...before, to];
  const first = before.findIndex((tag) => tag === from || tag === to);
  const rest = (tag: unknown, at: number): boolean => at === first || (tag !== from && tag !== to);
  return before.filter(rest).map((tag) => (tag === from ? to : tag));
}
