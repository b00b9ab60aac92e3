/**
 * What a write checks of one document besides its class: that its key is a key, and that each index can hold its value.
 * By the very parts that the write uses, over an empty store. Unique values need the other documents: they are the write's.
 */
import { DatabaseError } from '@nuthatch/model';
import { createIndexes } from '../collection/indexing/create-indexes.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { KeyCodec } from '../definition/key-codec.js';
import { ShardedStore } from '../store/sharded-store.js';
import type { StandardIssue } from './standard-schema.js';

export class WriteChecks {
  readonly #keys: KeyCodec;
  readonly #checks: readonly ((document: object) => unknown)[];
  readonly #fieldNames: ReadonlySet<string>;

  constructor(definition: CollectionDefinition) {
    this.#keys = new KeyCodec(definition.model);
    const indexes = createIndexes(definition, new ShardedStore());
    this.#checks = [
      (document) => this.#keys.ofDocument(document),
      ...indexes.map(
        ({ structure }) =>
          (document: object) =>
            structure.valueOf(document),
      ),
    ];
    this.#fieldNames = new Set(definition.model.fields.map(({ name }) => name));
  }

  /** An issue for each that an insert would refuse; no issue for a document that it takes. O(fields). */
  issuesOf(document: object): readonly StandardIssue[] {
    const issues: StandardIssue[] = [];
    for (const check of this.#checks) {
      try {
        check(document);
      } catch (error) {
        if (!DatabaseError.is(error)) throw error;
        issues.push(this.#issueOf(error));
      }
    }
    return issues;
  }

  #issueOf({ code, message, hint, facts }: DatabaseError): StandardIssue {
    const name = facts['field'] ?? facts['index'];
    // `CODE: what happened. What to do.`: the remedy speaks of writes.
    const what = message.slice(code.length + 2, -hint.length - 2);
    return typeof name === 'string' && this.#fieldNames.has(name) ? { message: what, path: [name] } : { message: what };
  }
}
