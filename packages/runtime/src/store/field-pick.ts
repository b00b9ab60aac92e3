/** Some fields of documents: taken from one that is decoded, or from its bytes, which stay bytes. */
import { setField } from '../document/set-field.js';
import type { PartialDocument } from '../undecoded/partial-document.js';

export class FieldPick {
  readonly fields: readonly string[];
  /** How they are read from bytes; undefined where the whole document has to be made. */
  readonly partial: PartialDocument | undefined;
  /** The fields of the document that was looked at last. */
  readonly looked: Record<string, unknown>;

  /** Use `ShardedStore.pick`. @param fields each once. */
  constructor(fields: readonly string[], partial: PartialDocument | undefined) {
    this.fields = fields;
    this.partial = partial;
    this.looked = partial === undefined ? {} : this.empty();
  }

  /** A new object with the fields, in their order. O(fields). */
  of(document: object): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    for (const name of this.fields) setField(row, name, (document as Readonly<Record<string, unknown>>)[name]);
    return row;
  }

  /** A new object with the fields, all undefined, in their order: so all rows of a query have one hidden class. */
  empty(): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    for (const name of this.fields) setField(row, name, undefined);
    return row;
  }
}
