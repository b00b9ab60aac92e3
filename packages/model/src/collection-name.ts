/** The collection of a class whose decorator names none: `Player` → `player`. */
export function collectionNameOf(className: string): string {
  return className.charAt(0).toLowerCase() + className.slice(1);
}
