/** The documents of entries, in their order, as an array of the caller's own. O(entries). */
export function documentsOf(entries: readonly { readonly document: object }[]): object[] {
  const { length } = entries;
  const documents = new Array<object>(length);
  for (let index = 0; index < length; index++) documents[index] = (entries[index] as (typeof entries)[number]).document;
  return documents;
}
