/**
 * A watched query that gives out rows: told when a row differs, not when another field of its document does. The row of a
 * document stays the same object as long as its values stay.
 */
import type { RowForm } from '../collection/query/row-form.js';
import type { QueryDelta } from '../collection/query-types.js';
import { isSameValue } from '../collection/writing/same-value.js';

type Listener = (rows: readonly object[], delta: QueryDelta<object>) => unknown;

/** The listener of documents that tells one of rows. */
export function watchedRows(form: RowForm, listener: Listener): Listener {
  const known = new WeakMap<object, object>();
  const rowOf = (document: object): object => {
    let row = known.get(document);
    if (row === undefined) {
      row = form.of(document);
      known.set(document, row);
    }
    return row;
  };
  let shown: readonly object[] | undefined;
  return (documents, { added, removed, changed }) => {
    const differing: { before: object; after: object }[] = [];
    for (const { before, after } of changed) {
      const old = rowOf(before);
      const row = rowOf(after);
      if (areSame(old, row)) known.set(after, old);
      else differing.push({ before: old, after: row });
    }
    const rows = documents.map(rowOf);
    const earlier = shown;
    shown = rows;
    if (earlier?.length === rows.length && rows.every((row, place) => row === earlier[place])) return undefined;
    return listener(rows, { added: added.map(rowOf), removed: removed.map(rowOf), changed: differing });
  };
}

function areSame(a: object, b: object): boolean {
  const [before, after] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  return Object.keys(a).every((name) => isSameValue(before![name], after![name]));
}
