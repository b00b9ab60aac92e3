/** A database as plain maps, to which changes are applied: what a prefix of the journal must show. */
import type { Change } from '../../../runtime/src/feed/change.js';
import { textOf } from './shown-state.js';

const COLLECTIONS = ['club', 'match', 'part', 'player'] as const;

export class Replay {
  readonly #collections = new Map<string, Map<unknown, object>>(COLLECTIONS.map((name) => [name, new Map()]));

  apply({ collection, key, kind, after }: Change): void {
    const documents = this.#collections.get(collection);
    if (documents === undefined) return;
    if (kind === 'delete') documents.delete(key);
    else documents.set(key, after!);
  }

  /** As `shownDocuments`, ordered by key. */
  text(): string {
    const shown: Record<string, object[]> = {};
    for (const name of COLLECTIONS)
      shown[name] = [...this.#collections.get(name)!].sort(([a], [b]) => (a! < b! ? -1 : 1)).map(([, found]) => found);
    return textOf(shown);
  }

  /** Values of a field that more than one document has. */
  shared(collection: (typeof COLLECTIONS)[number], field: string): unknown[] {
    const values = [...this.#collections.get(collection)!.values()].map((found) => (found as never)[field] as unknown);
    return values.filter((value, index) => values.indexOf(value) !== index);
  }
}
