/** Some fields of documents in an image, read alone into one object that is used again. */
import type { PartialDocument } from '../undecoded/partial-document.js';
import type { UndecodedForm } from '../undecoded/undecoded-form.js';

interface Peeked {
  readonly fields: readonly string[];
  readonly partial: PartialDocument;
  readonly values: Record<string, unknown>;
}

export class PeekedFields {
  readonly #form: UndecodedForm;
  #last: Peeked | undefined;

  constructor(form: UndecodedForm) {
    this.#form = form;
  }

  /** How the fields are read alone, and what they are put in; undefined where the whole document has to be made. O(1) for those asked for last. */
  of(fields: readonly string[]): Peeked | undefined {
    if (this.#last?.fields === fields) return this.#last;
    const partial = this.#form.partial(fields);
    if (partial === undefined) return undefined;
    this.#last = { fields, partial, values: {} };
    return this.#last;
  }
}
