/**
 * The generator's output for one document class: its model and the compiled functions over it.
 *
 * An insert runs `unknownFields`, `build`, `seal`, `validate` in this order; an update `unknownFields`, `given`,
 * `merge`, `differing`, `seal`, `validate`. They do not throw for bad user data: `validate` returns what is wrong.
 */
import type { DocumentModel, Violation } from '@nuthatch/model';
import type { DocumentCodec } from '../codec/document-codec.js';
import type { RankedIndex } from './ranked-index.js';

/** A user's class as the engine sees it; its constructor is never called by the engine. */
export type DocumentClass<D extends object = object> = abstract new (...args: never[]) => D;

export interface CollectionDefinition<D extends object = object> {
  /** The full model, equal to its entry in `models.json`. */
  readonly model: DocumentModel;
  /** Fingerprint of `model`; stored with every document it wrote. */
  readonly fingerprint: string;
  /** Fingerprint of the part of the model that decorators know at run time; compared with the class on open. */
  readonly declarationFingerprint: string;
  readonly documentClass: DocumentClass<D>;
  /**
   * `seal` takes values of any type and leaves what is not of its field's type as it is, so it runs before `validate`:
   * what is checked is then what is stored. Code of earlier generators has it not, and seals what is valid alone.
   */
  readonly sealsAnyValue?: boolean;
  /** Fields beyond the key's that the class calls `readonly`: an insert sets them, no update changes them. */
  readonly readonlyFields?: readonly string[];
  readonly codec: DocumentCodec<D>;
  /** Own keys of `input` that the model does not know, `__proto__` included; undefined when there are none. */
  unknownFields(input: object): readonly string[] | undefined;
  /** A new instance with every field assigned in model order; absent ones get their default or undefined. */
  build(input: object): D;
  /** The fields that are in `patch`, the key's included, as a set of bits: see `fieldBit` of the model package. */
  given?(patch: object): number;
  /**
   * A new instance: fields in `patch` come from it (undefined removes), the others from `document`.
   *
   * @param given what `given` said of the patch; always passed to a definition that has it.
   */
  merge(document: D, patch: object, given?: number): D;
  /**
   * The fields whose values are not the very same, as a set of bits. Fields that an update did not change are not
   * validated or frozen again, and no index looks at them. Without this function all fields count as changed.
   *
   * @param given those to look at: no other can differ; all when left out.
   */
  differing?(before: D, after: D, given?: number): number;
  /**
   * Violations of types and rules (see ViolationList), or undefined. `document` may hold values of any type.
   *
   * @param fields those to look at, as `differing` gives them; all when left out.
   */
  validate(document: D, fields?: number): readonly Violation[] | undefined;
  /** Replaces containers by frozen copies the caller has no hold on (in `fields`), and freezes the document. */
  seal(document: D, fields?: number): D;
  /** Makes the text index of a class with `@Search`. */
  search?(): RankedIndex;
  /** Its codec gives other values than the model says, so that no field is read without the whole document. Default false. */
  readonly isReadWhole?: boolean;
  /** Keys with values of any shape; it is asked by `db.keyValue(name)`. Default false. */
  readonly isKeyValue?: boolean;
  /** The engine's own: it has no repository, and its changes are announced to nobody. Default false. */
  readonly isHidden?: boolean;
  /** Rows of a view: they follow the documents of another collection, and are neither journaled nor written by callers. */
  readonly isDerived?: boolean;
}
