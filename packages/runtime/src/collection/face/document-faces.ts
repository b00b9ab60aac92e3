/** Runs the functions of `view(key, fn)` of one collection, and holds the documents still that they look at. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { Slot } from '../../structures/slot.js';
import { DocumentFace } from './document-face.js';
import { FaceForm } from './face-form.js';

/** Stands for a document that has no entry any more. */
const NO_SLOT: Slot = -1;

export class DocumentFaces {
  readonly #store: ShardedStore;
  readonly #definition: CollectionDefinition;
  #ownForm: FaceForm | undefined;
  /** Of the innermost function that runs. */
  #open: DocumentFace | undefined;

  constructor(store: ShardedStore, definition: CollectionDefinition) {
    this.#store = store;
    this.#definition = definition;
  }

  /** Whether a function looks at a document now. */
  get areOpen(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Calls `fn` with a face of a document, and answers what it answers. The face ends with the call.
   *
   * @param document its entry, or a document that was one. Undefined: there is none, and `fn` is not called.
   * @param form left out: fields as they are, with the getters of the class.
   * @throws DatabaseError `INVALID_QUERY` when `fn` is not a function; `VIEW_ENDED` when it answers the face; what `fn` throws.
   */
  view<R>(document: Slot | object | undefined, fn: (document: never) => R, form: FaceForm = this.#form): R | undefined {
    if (typeof fn !== 'function')
      throw new DatabaseError('INVALID_QUERY', `\`view\` takes a key and a function, found ${showValue(fn)}`);
    if (document === undefined) return undefined;
    const outer = this.#open;
    const isEntry = typeof document === 'number';
    const face = new DocumentFace(form, this.#store, isEntry ? document : NO_SLOT, outer);
    if (!isEntry) face.hold(document);
    const given = new Proxy(form.target, face);
    this.#open = face;
    let answer: R;
    try {
      answer = fn(given as never);
    } finally {
      this.#open = outer;
      face.end();
    }
    if ((answer as unknown) === given) throw form.ended('the whole was given out');
    return answer;
  }

  /** Called before an entry is written to: who looks at it goes on looking at what it was. O(open views). */
  keep(slot: Slot): void {
    for (let face = this.#open; face !== undefined; face = face.outer)
      if (face.slot === slot) face.hold(this.#store.documentOf(slot));
  }

  get #form(): FaceForm {
    this.#ownForm ??= new FaceForm(this.#definition);
    return this.#ownForm;
  }
}
